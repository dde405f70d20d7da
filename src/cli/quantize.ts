import { chooseIndices, firstSamples } from '../data/subset.ts';
import type { Dataset } from '../data/types.ts';
import { formatBytes } from '../diagnostics/units.ts';
import { accuracyOf, type Measured } from '../execute/evaluate.ts';
import { predictFloat } from '../execute/predict.ts';
import { predictQuantized } from '../execute/predict-quantized.ts';
import type { Graph } from '../graph/types.ts';
import { exportModel } from '../onnx/export.ts';
import { importModel } from '../onnx/import.ts';
import { toolVersion } from '../package-root.ts';
import { prepareGraph } from '../passes/pipeline.ts';
import { judgeAccuracy, judgeLayers } from '../quantize/judge.ts';
import { errorSamples, type LayerError, layerErrors } from '../quantize/layer-error.ts';
import type { ObserverKind } from '../quantize/observers/index.ts';
import {
  QUANTIZE_DEFAULTS,
  type Quantized,
  type QuantizeReport,
  quantizeGraph,
} from '../quantize/quantize-graph.ts';
import { evaluationText } from '../report/evaluation-text.ts';
import { ERROR_COLUMNS, errorRows } from '../report/layer-rows.ts';
import { quantizePage } from '../report/quantize-page.ts';
import { fieldList, textTable } from '../report/table.ts';
import { loadTarget } from '../targets/index.ts';
import type { CommandResult, Context } from './context.ts';
import { dataFor } from './dataset.ts';
import { measure } from './evaluation.ts';
import { evaluateGates, gateFailure } from './gates.ts';
import { dimensions, openModel, warnOfGates } from './model.ts';
import { flagOption, type Options, requiredNumber, requiredText, textOption } from './options.ts';
import { dependencyRule } from './output-files.ts';
import { withFloatState } from './state.ts';

/** `tinyml quantize m.onnx -o m.int8.onnx --data D`: post-training quantisation to standard QDQ ONNX. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path] = args as readonly [string];
  const output = requiredText(options, 'output');
  const named = textOption(options, 'target');
  const target = named === undefined ? null : loadTarget(named); // a misspelt target is said before the work
  const graph = await readGraph(path, options, context);
  const calibration = await dataFor(requiredText(options, 'data'), graph, options, context);
  const evalPath = textOption(options, 'eval');
  const evaluationData = evalPath === undefined ? null : await dataFor(evalPath, graph, options, context);

  const wanted = requiredNumber(options, 'calibration-size');
  const count = Math.min(wanted, calibration.length);
  if (count < wanted && !calibration.sequences)
    context.warn('W_SAMPLES', `${calibration.name} has ${count} samples, not ${wanted}; all are used`);
  const indices = chooseIndices(calibration.length, count, context.seed);
  const task = context.progress('calibrate', calibration.sequences ? null : count, 'samples');
  const quantized = await quantizeGraph(graph, () => calibration.samples(indices), {
    observer: observerOf(options),
    io: requiredText(options, 'io') as 'int8' | 'float',
    equalize: flagOption(options, 'equalize'),
    biasCorrection: requiredText(options, 'bias-correction') === 'on',
    jobs: context.jobs,
    ...(target === null ? {} : { scheme: target.scheme }),
    onProgress: task.update,
  }).finally(task.finish);

  const written = target === null ? quantized.graph : target.forms(quantized.graph);
  const bytes = exportModel(written, { producerVersion: toolVersion() });
  const layers = await errorsOf(quantized, calibration, indices, context);
  const measured =
    evaluationData === null ? null : await compare(graph, bytes, output, evaluationData, context);

  for (const { code, message, at, hint } of [
    ...judgeLayers(quantized.reference, quantized.report, layers),
    ...(measured === null ? [] : judgeAccuracy(measured.float.evaluation, measured.int8.evaluation)),
  ]) {
    context.warn(code, message, { at, ...(hint === null ? {} : { hint }) });
  }
  context.outputs.file(output, bytes);
  const depfile = textOption(options, 'depfile');
  if (depfile !== undefined) context.outputs.file(depfile, dependencyRule(output, context.filesRead()));
  const summary = { ...accuracies(measured), output, bytes: bytes.length };
  const report = textOption(options, 'report');
  if (report !== undefined) {
    context.outputs.file(report, quantizePage(path, quantized.report, layers, measured, context.warnings()));
  }
  const gates = evaluateGates(options, gateValues(summary.accuracy));
  return {
    json: { model: path, ...summary, quantisation: quantized.report, layers, gates },
    text: () => quantizeText(summary, quantized.report, layers, measured, calibration),
    failure: gateFailure(gates),
  };
}

/** The prepared graph. The model as it was in the file is not kept. */
async function readGraph(path: string, options: Options, context: Context): Promise<Graph> {
  const model = await openModel(path, context);
  const graph = prepareGraph(model, { dims: dimensions(options) });
  warnOfGates(model, graph, context);
  return withFloatState(graph, options, context);
}

function observerOf(options: Options): ObserverKind {
  const kind = requiredText(options, 'observer') as ObserverKind['kind'];
  return kind === QUANTIZE_DEFAULTS.observer.kind ? QUANTIZE_DEFAULTS.observer : ({ kind } as ObserverKind);
}

type Comparison = { readonly float: Measured; readonly int8: Measured };

async function compare(
  float: Graph,
  bytes: Uint8Array,
  output: string,
  dataset: Dataset,
  context: Context,
): Promise<Comparison> {
  // What is measured is what is written: the file's own bytes, read back.
  const int8 = prepareGraph(importModel(bytes, { path: output }));
  return {
    float: await measure('evaluate float', predictFloat(float, context.jobs), dataset, context),
    int8: await measure('evaluate int8', predictQuantized(int8, context.jobs), dataset, context),
  };
}

async function errorsOf(
  { reference, graph: quantized, clip }: Quantized,
  dataset: Dataset,
  indices: readonly number[],
  context: Context,
): Promise<readonly LayerError[]> {
  const wanted = errorSamples(quantized);
  const some = indices.slice(0, wanted);
  const task = context.progress('layer errors', dataset.sequences ? null : some.length, 'samples');
  const samples = clip(firstSamples(dataset.samples(some), wanted));
  return layerErrors(reference, quantized, samples, task.update).finally(task.finish);
}

type Accuracies = {
  readonly accuracy: {
    readonly float: number | null;
    readonly int8: number | null;
    readonly samples: number;
  } | null;
};

function accuracies(measured: Comparison | null): Accuracies {
  if (measured === null) return { accuracy: null };
  return {
    accuracy: {
      float: accuracyOf(measured.float.evaluation),
      int8: accuracyOf(measured.int8.evaluation),
      samples: measured.int8.evaluation.samples,
    },
  };
}

function gateValues(accuracy: Accuracies['accuracy']): Parameters<typeof evaluateGates>[1] {
  if (accuracy === null || accuracy.int8 === null || accuracy.float === null) return {};
  return { 'min-accuracy': accuracy.int8, 'max-drop': accuracy.float - accuracy.int8 };
}

function quantizeText(
  summary: { readonly output: string; readonly bytes: number },
  report: QuantizeReport,
  layers: readonly LayerError[],
  measured: Comparison | null,
  calibration: Dataset,
): string {
  const table = textTable(ERROR_COLUMNS, errorRows(layers));
  const facts = fieldList([
    ['output', `${summary.output} (${formatBytes(summary.bytes)})`],
    ['calibration', `${report.samples} samples of ${calibration.name}, observer ${report.observer.kind}`],
    ...(measured === null
      ? [['accuracy', 'not measured: no --eval'] as const]
      : [
          ['float', evaluationText(measured.float.evaluation)] as const,
          ['int8', `${evaluationText(measured.int8.evaluation)}, as the device computes it`] as const,
        ]),
  ]);
  return `${table}\n\n${facts}`;
}
