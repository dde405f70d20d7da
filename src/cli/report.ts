import { TinymlError } from '../diagnostics/errors.ts';
import { oneLine } from '../diagnostics/printable.ts';
import { prepareGraph } from '../passes/pipeline.ts';
import { inspectGraph } from '../report/inspection.ts';
import { fieldList, textTable } from '../report/table.ts';
import { timePage } from '../report/time-page.ts';
import { shareColumns, shareRows, TIME_COLUMNS, timeRows } from '../report/time-rows.ts';
import type { ReadTimes, Subject, TimeFinding, TimeReport } from '../targets/target.ts';
import type { CommandResult, Context } from './context.ts';
import { dimensions, openModel } from './model.ts';
import { type Options, requiredText, textOption } from './options.ts';
import { requiredTarget } from './target.ts';

/** Layers that the text shows; with --verbose, in JSON and on the page there are all. */
const SHOWN = 15;

/** `tinyml report [m.onnx] --trt-profile p.json --target P`: where the time of an engine goes, and what to do about it. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const { title, readTimes } = await timesOf(options);
  const model = args[0] === undefined ? null : await readModel(args[0], options, context);
  const files = {
    profile: requiredText(options, 'trt-profile'),
    layers: textOption(options, 'layers') ?? null,
    times: textOption(options, 'times') ?? null,
  };
  const report = readTimes(files, model);
  const page = textOption(options, 'report');
  if (page !== undefined) context.outputs.file(page, timePage(report, title));
  return { json: report, text: () => reportText(report, title, context.verbose) };
}

/** @throws TinymlError E_PROFILE for a target whose profiler is not known */
async function timesOf(options: Options): Promise<{ readonly title: string; readonly readTimes: ReadTimes }> {
  const { id, title, times } = await requiredTarget(options);
  if (times !== null) return { title, readTimes: times };
  throw new TinymlError('E_PROFILE', `there is no profiler of ${id} whose files are read`, {
    at: `--target ${requiredText(options, 'target')}`,
    hint: 'report is for Jetson modules; "tinyml verify" counts instructions of firmware',
  });
}

async function readModel(path: string, options: Options, context: Context): Promise<Subject> {
  const model = await openModel(path, options, context);
  const dims = dimensions(options);
  const graph = prepareGraph(model, { dims });
  return { model, graph, float: inspectGraph(graph).quantisation === 'float', dims };
}

function reportText(report: TimeReport, title: string, all: boolean): string {
  const { layers, kinds, precisions, findings, inferences, totalMs, runs } = report;
  const shown = all ? layers : layers.slice(0, SHOWN);
  const more = layers.length - shown.length;
  return [
    textTable(TIME_COLUMNS, timeRows(shown)),
    ...(more === 0 ? [] : [`and ${more} faster ones (--verbose lists them)`]),
    textTable(shareColumns('kind'), shareRows(kinds)),
    ...(precisions.length === 0 ? [] : [textTable(shareColumns('computed in'), shareRows(precisions))]),
    fieldList([
      ['target', title],
      ['layers', `${totalMs.toFixed(3)} ms one after another, the mean of ${runs} runs`],
      ...(inferences === null
        ? []
        : [
            [
              'latency',
              `${inferences.latencyMs.toFixed(3)} ms (median of ${inferences.count}; p99 ${inferences.p99Ms.toFixed(3)} ms), ${inferences.computeMs.toFixed(3)} ms of it on the GPU`,
            ] as const,
          ]),
    ]),
    ...(findings.length === 0 ? ['nothing stands out'] : findings.map(findingText)),
  ].join('\n\n');
}

function findingText({ message, at, remedy }: TimeFinding): string {
  return [
    oneLine(message),
    ...at.map((place) => `  - ${oneLine(place)}`),
    `  what to do: ${oneLine(remedy)}`,
  ].join('\n');
}
