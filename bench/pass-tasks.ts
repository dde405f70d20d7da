/**
 * What skipping patches costs a task: real items that move over the clips, told apart or found in every frame (docs/pass.md).
 * Trains the networks of both tasks where they are not there yet, then runs them in integers behind gates.
 *
 *   npm run bench:pass-tasks -- [--json] [--folder dist/pass] [--tasks classify,locate] [--clips vtest,bridge]
 *     [--gates diff,random,learned] [--skips 0.7,0.8,0.85,0.88] [--seeds 3] [--training-frames 15000] [--epochs 6]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Images, readDebianImages } from '../fixtures/fashion-mnist/images.ts';
import { plain } from '../src/diagnostics/color.ts';
import { TinymlError } from '../src/diagnostics/errors.ts';
import type { Graph } from '../src/graph/types.ts';
import { loadModel } from '../src/onnx/load.ts';
import { prepareGraph } from '../src/passes/pipeline.ts';
import { asTinymlError, errorText } from '../src/report/print.ts';
import { textTable } from '../src/report/table.ts';
import { type Accuracy, accuracyOf, answerOf, held } from './pass/accuracy.ts';
import { CLIP_NAMES, type ClipName, PIXELS, readFrames } from './pass/clips.ts';
import type { Frames } from './pass/frames.ts';
import { GATES, type GateName, gateAt, gated, quantized, USUAL_GATES } from './pass/gates.ts';
import { createPlayer } from './pass/play.ts';
import { type Frame, scenes } from './pass/scenes.ts';
import { EVALUATION_FRAMES, TASK_SIZE, TASKS, type Task, trainTasks } from './pass/training.ts';

process.on('uncaughtException', (thrown) => {
  process.stderr.write(errorText(asTinymlError(thrown), plain, false));
  process.exit(2);
});

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    folder: { type: 'string', default: join('dist', 'pass') },
    tasks: { type: 'string', default: TASKS.join() },
    clips: { type: 'string', default: CLIP_NAMES.join() },
    gates: { type: 'string', default: USUAL_GATES.join() },
    skips: { type: 'string', default: '0.7,0.8,0.85,0.88' },
    seeds: { type: 'string', default: '3' },
    'training-frames': { type: 'string', default: '15000' },
    epochs: { type: 'string', default: '6' },
  },
});

type Row = {
  readonly task: Task;
  readonly clip: ClipName;
  readonly gate: 'dense' | 'interval' | GateName;
  readonly skip: number;
} & Accuracy;

/** Frames until another item comes, and frames that gates are made for. */
const SCENE = 20;
const CALIBRATION = 60;
/** Whole frames in so many, for the comparison with gates. */
const INTERVALS = [2, 4, 8];

type Scene = { readonly frames: Frames; readonly truths: readonly Frame[] };

const trained = await trainTasks({
  folder: flags.folder,
  frames: Number(flags['training-frames']),
  epochs: Number(flags.epochs),
});
const skips = flags.skips.split(',').map(Number);
const seeds = Array.from({ length: Number(flags.seeds) }, (_, i) => i + 1);
const rows: Row[] = [];
for (const clip of chosen('clips', flags.clips, CLIP_NAMES)) {
  const [seen, behind] = await Promise.all([
    readFrames(clip, TASK_SIZE, { first: 0, end: EVALUATION_FRAMES }),
    readFrames(clip, TASK_SIZE, { first: EVALUATION_FRAMES, end: EVALUATION_FRAMES + CALIBRATION }),
  ]);
  const calibration = sceneOf(behind, readDebianImages('train'), 0).frames;
  const judged = seeds.map((seed) => sceneOf(seen, readDebianImages('t10k'), seed));
  for (const task of chosen('tasks', flags.tasks, TASKS)) {
    const network = prepareGraph(await loadModel(trained[task].float));
    const label = { task, clip };
    const dense = await answersOf(network, calibration, judged);
    rows.push({ ...label, gate: 'dense', skip: 0, ...meanOf(task, dense.answers, judged) });
    for (const interval of INTERVALS) {
      const answers = dense.answers.map((each) => held(each, interval));
      rows.push({ ...label, gate: 'interval', skip: 1 - 1 / interval, ...meanOf(task, answers, judged) });
    }
    for (const gate of chosen('gates', flags.gates, GATES)) {
      for (const wanted of skips) {
        process.stderr.write(`${clip} ${task} ${gate} ${wanted}\n`);
        const model = gated(network, await gateAt(gate, wanted, network, calibration), 'exact');
        const { answers, skip } = await answersOf(model, calibration, judged);
        rows.push({ ...label, gate, skip, ...meanOf(task, answers, judged) });
      }
    }
  }
}
process.stdout.write(`${flags.json ? JSON.stringify({ rows }) : tableOf(rows)}\n`);

/** Answers for every frame of every scene in integers, and the share of patches that were skipped. */
async function answersOf(model: Graph, calibration: Frames, judged: readonly Scene[]) {
  const player = createPlayer(await quantized(model, calibration));
  let [computed, frames] = [0, 0];
  const answers = judged.map((scene) => {
    player.reset();
    return Array.from({ length: scene.frames.length }, (_, i) => {
      const { output, mask } = player.watch(player.encode(scene.frames.at(i)));
      computed += mask.length === 0 ? 1 : mask.filter((one: number) => one !== 0).length / mask.length;
      frames++;
      return answerOf(output);
    });
  });
  return { answers, skip: 1 - computed / frames };
}

function meanOf(task: Task, answers: readonly (readonly number[])[], judged: readonly Scene[]): Accuracy {
  return accuracyOf(
    task,
    answers.flat(),
    judged.flatMap(({ truths }) => truths),
  );
}

/** Items over the frames of a clip, as the networks take them. */
function sceneOf(backgrounds: readonly Uint8Array[], items: Images, seed: number): Scene {
  const truths = [...scenes(backgrounds, { ...TASK_SIZE, items, length: SCENE, seed: 1000 + seed })];
  const pixels = TASK_SIZE.width * TASK_SIZE.height;
  const at = (index: number): Float32Array =>
    Float32Array.from({ length: 3 * pixels }, (_, i) => {
      const [channel, pixel] = [Math.floor(i / pixels), i % pixels];
      return PIXELS.scale * truths[index]!.pixels[3 * pixel + channel]!;
    });
  return { frames: { length: truths.length, at }, truths };
}

function chosen<Name extends string>(flag: string, text: string, names: readonly Name[]): readonly Name[] {
  return text.split(',').map((one) => {
    const name = names.find((known) => known === one);
    if (name !== undefined) return name;
    throw new TinymlError('E_USAGE', `--${flag} takes no "${one}"`, { hint: `one of ${names.join(', ')}` });
  });
}

function tableOf(all: readonly Row[]): string {
  const left = ['task', 'clip', 'gate'].map((title) => ({ title, align: 'left' as const }));
  const right = ['skip %', 'right %', 'pixels'].map((title) => ({ title, align: 'right' as const }));
  const cells = all.map(({ task, clip, gate, skip, right: share, pixels }) => [
    ...[task, clip, gate],
    ...[(100 * skip).toFixed(1), (100 * share).toFixed(1), pixels?.toFixed(2) ?? '-'],
  ]);
  return textTable([...left, ...right], cells);
}
