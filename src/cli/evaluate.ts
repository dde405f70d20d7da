import { basename } from 'node:path';
import type { Paint } from '../diagnostics/color.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { formatCount } from '../diagnostics/units.ts';
import { accuracyOf } from '../execute/evaluate.ts';
import { predictFloat } from '../execute/predict.ts';
import { predictQuantized } from '../execute/predict-quantized.ts';
import { isUnlabelled, readingOf } from '../execute/predictions.ts';
import { dataOutputs } from '../graph/state.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { contractOf } from '../input/contract.ts';
import { judgeGuessing } from '../quantize/judge.ts';
import { classFacts, classJson } from '../report/class-rows.ts';
import { evaluationPage } from '../report/evaluation-page.ts';
import { evaluationText } from '../report/evaluation-text.ts';
import { inspectGraph } from '../report/inspection.ts';
import { type Cell, fieldList } from '../report/table.ts';
import { toned } from '../report/tones.ts';
import type { CommandResult, Context } from './context.ts';
import { dataFor, warnOfUnits } from './dataset.ts';
import { diagnoseLine } from './diagnose-line.ts';
import { evaluateUnlabelled, listingText, SHOWN, startListing } from './evaluate-unlabelled.ts';
import { measure } from './evaluation.ts';
import { evaluateGates, gateFailure } from './gates.ts';
import { requireAllFolders } from './input-contract.ts';
import { dimensions, openModel, preparedModel } from './model.ts';
import { flagOption, numberOption, type Options, textOption } from './options.ts';
import { withAskedState, withFloatState } from './state.ts';
import { targetOf } from './target.ts';

/** What only clips have. */
const OF_VIDEO = ['compare', 'overlay'] as const;
/** What only labelled data have. */
const OF_DATA = ['limit', 'min-accuracy', 'unlabelled'] as const;

/**
 * `tinyml evaluate m.onnx --data D`: a float model in float, a quantised one in the integers of the device; without labels what
 * it makes of each sample; with --video what its gates skip.
 */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const data = dataOf(options);
  const target = await targetOf(options);
  const model = await openModel(args[0]!, options, context);
  const dims = dimensions(options);
  const { graph: prepared } = preparedModel(model, { dims }, options, context);
  const float = inspectGraph(prepared).quantisation === 'float';
  const graph = float ? withFloatState(prepared, options, context) : withAskedState(prepared, options);
  if (data === undefined) {
    const { evaluateVideo } = await import('./evaluate-video.ts');
    return evaluateVideo(model.source.path, graph, float ? 'float32' : 'int8', options, context);
  }
  const dataset = await dataFor(data, graph, options, context, {
    limit: numberOption(options, 'limit'),
    draw: true,
    unlabelled: flagOption(options, 'unlabelled'),
    outputs: outputsOf(graph),
  });
  if (dataset.numbered === 'indices' || dataset.numbered === 'names') {
    context.note('labels are the numbers that names of files begin with; --unlabelled predicts without');
  }
  requireAllFolders(graph, dataset);
  await warnOfUnits(data, dataset, graph, context);
  const predict =
    target === null
      ? float
        ? predictFloat(graph, context.jobs)
        : predictQuantized(graph, context.jobs)
      : target.predict({ model, graph, float, dims }, context.jobs);
  const { labels } = contractOf(graph);
  const arithmetic = float ? 'float32' : `int8, ${target?.predicted ?? 'as the device computes it'}`;
  const reading = (await isUnlabelled(dataset)) ? readingOf(graph, labels) : null;
  if (reading !== null && reading.kind !== 'reconstruction') {
    const kind = float ? 'float32' : 'int8';
    const subject = { predict, dataset, reading, labels, arithmetic: { kind, text: arithmetic } } as const;
    return evaluateUnlabelled({ ...subject, model: model.source.path }, options, context);
  }
  const listing = reading === null ? null : startListing(reading, labels, dataset);
  const watched = listing === null ? predict : listing.watching(predict);
  const { evaluation, samplesPerSecond } = await measure('evaluate', watched, dataset, context);
  const accuracy = accuracyOf(evaluation);
  const diagnose = diagnoseLine(
    float
      ? { float: model.source.path, quantised: null, options }
      : { float: null, quantised: model.source.path, options },
  );
  for (const { code, message, hint } of judgeGuessing(evaluation, diagnose)) {
    context.warn(code, message, { at: data, ...(hint === null ? {} : { hint }) });
  }
  const gates = evaluateGates(options, accuracy === null ? {} : { 'min-accuracy': accuracy });
  const page = textOption(options, 'report');
  if (page !== undefined) {
    const measured = { model: basename(model.source.path), data: dataset.name, arithmetic };
    context.outputs.file(page, evaluationPage(measured, evaluation, labels));
  }
  return {
    json: {
      model: model.source.path,
      data: dataset.name,
      arithmetic: float ? 'float32' : 'int8',
      accuracy: { [float ? 'float' : 'int8']: accuracy, samples: evaluation.samples },
      evaluation,
      ...classJson(evaluation, labels),
      ...(listing === null ? {} : { predictions: listing.predictions }),
      gates,
    },
    text: () =>
      [
        ...(listing === null || evaluation.samples > SHOWN ? [] : [listingText(listing, evaluation.samples)]),
        fieldList([
          ['model', `${model.source.path} in ${arithmetic}`],
          ['data', `${dataset.name}, ${evaluation.samples} samples`],
          [
            evaluation.kind === 'classification' ? 'accuracy' : 'error',
            judged(evaluationText(evaluation), gates, context.paint),
          ],
          ...classFacts(evaluation, labels),
          ['speed', `${speedText(samplesPerSecond)} samples/s`],
        ]),
      ].join('\n\n'),
    failure: gateFailure(gates),
  };
}

/** Painted by the limits on it, if there are any. */
function judged(text: string, gates: ReturnType<typeof evaluateGates>, paint: Paint): Cell {
  if (gates.length === 0) return text;
  return toned(paint, gates.every(({ passed }) => passed) ? 'good' : 'bad', text);
}

/** The data set, undefined where clips are given instead. @throws TinymlError E_USAGE */
function dataOf(options: Options): string | undefined {
  const data = textOption(options, 'data');
  const video = textOption(options, 'video');
  if ((data === undefined) === (video === undefined)) {
    throw new TinymlError(
      'E_USAGE',
      data === undefined ? '--data or --video is missing' : '--data and --video exclude each other',
      {
        hint: '--data measures accuracy on a data set, --video what the gates of a model skip on clips.',
      },
    );
  }
  const idle = data === undefined ? OF_DATA.find((name) => options[name] !== undefined) : undefined;
  if (idle !== undefined) {
    throw new TinymlError('E_USAGE', `--${idle} needs --data`, {
      hint: `Leave out --${idle}; --max-frames takes the first frames of each clip.`,
    });
  }
  if (options.unlabelled !== undefined && options['min-accuracy'] !== undefined) {
    throw new TinymlError('E_USAGE', '--unlabelled and --min-accuracy exclude each other', {
      hint: 'Accuracy takes labels: leave out one of the two.',
    });
  }
  const alone = OF_VIDEO.find((name) => options[name] !== undefined);
  if (data === undefined || alone === undefined) return data;
  throw new TinymlError('E_USAGE', `--${alone} needs --video`, {
    hint: `Leave out --${alone}, or give clips with --video.`,
  });
}

/** Values of the first output. */
function outputsOf(graph: Graph): number {
  const [output] = dataOutputs(graph);
  return output === undefined ? 0 : elementCount(graph.values.get(output.value)!.shape);
}

function speedText(samplesPerSecond: number): string {
  return samplesPerSecond < 100 ? samplesPerSecond.toFixed(1) : formatCount(Math.round(samplesPerSecond));
}
