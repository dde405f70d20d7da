/** `tinyml evaluate gated.onnx --video clip.mp4`: what the gates of a model skip, beside the model without them. */
import { basename } from 'node:path';
import { pictureOf } from '../data/picture.ts';
import { RAW_VALUES } from '../data/preprocess.ts';
import type { Image } from '../data/source.ts';
import type { Sample } from '../data/types.ts';
import { createEncoder, isVideoName, type VideoEncoder } from '../data/video/encode.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { during } from '../diagnostics/progress.ts';
import { formatPercent } from '../diagnostics/units.ts';
import { BASELINES, type Baseline, CURVE_FRAMES, type Curve, skipDriftCurves } from '../gate/video/curves.ts';
import { evaluateOnVideo, type SeenFrame } from '../gate/video/evaluate.ts';
import { gatesIn } from '../gate/video/gates.ts';
import type { Arithmetic } from '../gate/video/runner.ts';
import type { Graph } from '../graph/types.ts';
import { contractOf } from '../input/contract.ts';
import { shadeSkipped } from '../report/shading.ts';
import { createStills } from '../report/stills.ts';
import { fieldList, textTable } from '../report/table.ts';
import { videoPage } from '../report/video-page.ts';
import { STAGE_COLUMNS, stageRows, videoFacts } from '../report/video-rows.ts';
import type { CommandResult, Context } from './context.ts';
import { inputShapesOf, videoFor } from './dataset.ts';
import { evaluateGates, gateFailure } from './gates.ts';
import { listOption, type Options, requiredText, textOption } from './options.ts';

/** Stills in a report. */
const STILLS = 9;
/** An overlay is at least about so many pixels wide, so that patches can be seen. */
const OVERLAY_WIDTH = 480;
/** Frames per second of an overlay. */
const RATE = 25;

export async function evaluateVideo(
  model: string,
  graph: Graph,
  arithmetic: Arithmetic,
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const path = requiredText(options, 'video');
  const baselines = baselinesOf(options);
  const overlay = createOverlay(textOption(options, 'overlay'));
  const picture = picturesOf(graph);
  const stills = createStills(STILLS);
  const first: Sample[] = [];
  const clips = await videoFor(path, graph, options, context);
  const task = context.progress('evaluate', null, 'frames');
  let done = 0;
  const rows = gatesIn(graph)[0]?.rows ?? 1;
  const onFrame = async ({ inputs, masks, result }: SeenFrame): Promise<void> => {
    task.update(++done);
    if (baselines !== null && first.length < CURVE_FRAMES) first.push(sampleOf(inputs, result.frame));
    const shown = picture(inputs[0]!);
    await overlay.add(shown, masks[0]!, rows);
    if (shown === null) return;
    stills.offer(() => ({
      caption: `frame ${result.frame}: ${formatPercent(result.skip[0]!)} skipped`,
      picture: shadeSkipped(shown, masks[0]!, rows),
    }));
  };
  try {
    const evaluation = await during(task, evaluateOnVideo(graph, arithmetic, clips, onFrame));
    const curves: readonly Curve[] =
      baselines === null ? [] : await curvesOf(graph, arithmetic, first, baselines, context);
    const report = textOption(options, 'report');
    if (report !== undefined) {
      const page = videoPage(
        basename(model),
        clips.name,
        evaluation,
        stills.all(),
        curves,
        context.warnings(),
      );
      context.outputs.file(report, page);
    }
    await overlay.finish(context);
    const gates = evaluateGates(options, {});
    return {
      json: { model, video: clips.name, ...evaluation, curves, gates },
      text: () =>
        `${textTable(STAGE_COLUMNS, stageRows(evaluation))}\n\n${fieldList([['model', model], ...videoFacts(evaluation)])}`,
      failure: gateFailure(gates),
    };
  } finally {
    overlay.close();
  }
}

/** What the gate of a model loses at each share of skipped patches, with progress. */
export async function curvesOf(
  graph: Graph,
  arithmetic: Arithmetic,
  frames: readonly Sample[],
  baselines: readonly Baseline[],
  { progress, seed }: Context,
): Promise<readonly Curve[]> {
  const task = progress('try gates', null, 'settings');
  const work = async () => skipDriftCurves(graph, arithmetic, frames, baselines, seed, task.update);
  return during(task, work());
}

/** Gates to compare with; null for no curves at all. @throws TinymlError E_USAGE */
function baselinesOf(options: Options): readonly Baseline[] | null {
  const asked = listOption(options, 'compare');
  if (asked.length === 0) return textOption(options, 'report') === undefined ? null : BASELINES;
  if (!asked.includes('none')) return asked as readonly Baseline[];
  if (asked.length === 1) return null;
  throw new TinymlError('E_USAGE', '--compare none stands alone', { hint: 'Leave out "none".' });
}

/** What an input shows; what raw pixels show where no preprocessing is known. */
function picturesOf(graph: Graph): (values: Float32Array) => Image | null {
  const preprocess = contractOf(graph).preprocess ?? RAW_VALUES;
  const [shape = []] = inputShapesOf(graph);
  return (values) => pictureOf(values, shape, preprocess);
}

function sampleOf(inputs: readonly Float32Array[], index: number): Sample {
  return { inputs, label: null, frame: { index, last: false, judged: true } };
}

type Overlay = {
  /** @throws TinymlError E_DATA for null: a frame that is no picture */
  readonly add: (frame: Image | null, mask: Float32Array, rows: number) => Promise<void>;
  readonly finish: (context: Context) => Promise<void>;
  readonly close: () => void;
};

/** @throws TinymlError E_USAGE for a name that is not that of a video */
function createOverlay(path: string | undefined): Overlay {
  if (path === undefined) return { add: async () => {}, finish: async () => {}, close: () => {} };
  if (!isVideoName(path)) {
    throw new TinymlError('E_USAGE', '--overlay takes the name of a video', {
      at: path,
      hint: 'Let it end in .mp4, .mkv, .webm or .avi.',
    });
  }
  let encoder: VideoEncoder | null = null;
  return {
    add: async (frame, mask, rows) => {
      if (frame === null) {
        throw new TinymlError('E_DATA', 'what the model takes is no picture: there is nothing to shade', {
          at: ['--overlay', path],
          hint: 'Leave out --overlay: pictures have one channel, or three.',
        });
      }
      const zoom = Math.max(1, Math.round(OVERLAY_WIDTH / frame.width));
      encoder ??= createEncoder(path, frame.width * zoom, frame.height * zoom, RATE);
      await encoder.add(shadeSkipped(frame, mask, rows, zoom));
    },
    finish: async ({ outputs }) => {
      if (encoder !== null) outputs.file(path, await encoder.finish());
    },
    close: () => encoder?.close(),
  };
}
