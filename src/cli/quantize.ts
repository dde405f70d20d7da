import { firstSamples } from '../data/subset.ts';
import type { Dataset } from '../data/types.ts';
import type { Paint } from '../diagnostics/color.ts';
import { during } from '../diagnostics/progress.ts';
import { formatBytes } from '../diagnostics/units.ts';
import { accuracyOf, type Measured } from '../execute/evaluate.ts';
import { type PredictAll, predictFloat } from '../execute/predict.ts';
import { predictQuantized } from '../execute/predict-quantized.ts';
import { outputValues } from '../graph/rewrite.ts';
import type { Graph } from '../graph/types.ts';
import { contractOf } from '../input/contract.ts';
import { importModel } from '../onnx/import.ts';
import { prepareGraph } from '../passes/pipeline.ts';
import { judgeAccuracy } from '../quantize/judge.ts';
import type { LayerError } from '../quantize/layer-error.ts';
import { affineQuantizer, type MeasurableFile, type QuantizedModel } from '../quantize/quantize-model.ts';
import { TFLITE_INT8 } from '../quantize/scheme.ts';
import { BITS_COLUMNS, bitsRows, bitsText } from '../report/bits-rows.ts';
import { classFacts, classJson } from '../report/class-rows.ts';
import { evaluationText } from '../report/evaluation-text.ts';
import { inspectGraph } from '../report/inspection.ts';
import {
  ERROR_COLUMNS,
  errorRows,
  PRECISION_COLUMNS,
  precisionRows,
  SQNR_COLUMN,
} from '../report/layer-rows.ts';
import { fitsField, type Need, needFields, needJson } from '../report/need.ts';
import { quantizePage } from '../report/quantize-page.ts';
import { type Cell, fieldList, textTable } from '../report/table.ts';
import { dropTone, sqnrTone, toneColumn, toned } from '../report/tones.ts';
import type { Target } from '../targets/target.ts';
import { bitsBeside } from './bits.ts';
import { calibrationData, quantizeRequest } from './calibration.ts';
import type { CommandResult, Context } from './context.ts';
import { dataFor } from './dataset.ts';
import { writeDepfile } from './depfile.ts';
import { diagnoseLine } from './diagnose-line.ts';
import { measure } from './evaluation.ts';
import { evaluateGates, gateFailure, limitsMet } from './gates.ts';
import { withClassNames, withColumns } from './input-contract.ts';
import { dimensions, openModel, preparedModel } from './model.ts';
import { needWhereItMatters, warnIfUncertain } from './need.ts';
import { type Options, requiredText, textOption } from './options.ts';
import { withFloatState } from './state.ts';
import { targetOf } from './target.ts';

/** `tinyml quantize m.onnx -o m.int8.onnx --data D`: post-training quantisation to standard QDQ ONNX. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path] = args as readonly [string];
  const output = requiredText(options, 'output');
  const target = await targetOf(options); // a misspelt target is said before the work
  const given = await readGraph(path, options, context);
  const { dataset, indices } = await calibrationData(requiredText(options, 'data'), given, options, context);
  const named = withColumns(withClassNames(given, dataset, context), dataset, context);
  const evalPath = textOption(options, 'eval');
  const evaluationData = evalPath === undefined ? null : await dataFor(evalPath, named, options, context);
  // Calibration data need no folders of classes: names are then those of the others.
  const graph = evaluationData === null ? named : withClassNames(named, evaluationData, context);

  const task = context.progress('calibrate', dataset.sequences ? null : indices.length, 'samples');
  const quantize = target?.quantize ?? affineQuantizer(TFLITE_INT8, (same) => same);
  const quantized = await during(
    task,
    quantize(graph, () => dataset.samples(indices), {
      ...quantizeRequest(options, context),
      onProgress: task.update,
    }),
  );

  const { bytes, report, precisions } = quantized;
  const predicted = target?.predicted ?? 'as the device computes it';
  const layers = await errorsOf(quantized, quantized.errorSamples, dataset, indices, context);
  const measured =
    evaluationData === null ? null : await compare(graph, bytes, output, target, evaluationData, context);
  const { narrow } = quantized;
  const bits =
    narrow === null
      ? null
      : bitsBeside(
          report,
          outputValues(graph),
          {
            narrow: {
              bytes: narrow.bytes,
              layers: await errorsOf(narrow, quantized.errorSamples, dataset, indices, context),
              measured:
                evaluationData === null
                  ? null
                  : await measureFile(
                      'evaluate 8 bits',
                      narrow.bytes,
                      output,
                      target,
                      evaluationData,
                      context,
                    ),
            },
            wide: { bytes, layers, measured: measured?.int8 ?? null },
          },
          target,
          context,
        );

  for (const { code, message, at, hint } of [
    ...quantized.judge(layers),
    ...(measured === null
      ? []
      : judgeAccuracy(
          measured.float.evaluation,
          measured.int8.evaluation,
          diagnoseLine({ float: path, quantised: null, options }),
        )),
  ]) {
    context.warn(code, message, { at, ...(hint === null ? {} : { hint }) });
  }
  const need = await needOnTarget(target, bytes, output, context);
  context.outputs.file(output, bytes);
  writeDepfile(output, options, context);
  const { labels } = contractOf(graph);
  const summary = { ...accuracies(measured), output, bytes: bytes.length };
  const gates = evaluateGates(options, gateValues(summary.accuracy));
  const page = textOption(options, 'report');
  if (page !== undefined) {
    const limits = limitsMet(gates);
    context.outputs.file(
      page,
      quantizePage(path, quantized, layers, measured, context.warnings(), labels, limits),
    );
  }
  const facts = (): string =>
    [
      factsText(summary, quantized, measured, dataset, predicted, labels, context.paint),
      ...(bits === null ? [] : [`${bitsText(bits)}\n${textTable(BITS_COLUMNS, bitsRows(bits))}`]),
      ...(need === null ? [] : [fieldList([...needFields(need), fitsField(need, context.paint)])]),
    ].join('\n\n');
  return {
    json: {
      model: path,
      ...summary,
      ...(measured === null ? {} : classJson(measured.int8.evaluation, labels, measured.float.evaluation)),
      ...(need === null ? {} : needJson(need)),
      ...(bits === null ? {} : { bits }),
      quantisation: report,
      layers,
      ...(precisions.length === 0 ? {} : { precisions }),
      gates,
    },
    text: () =>
      [
        errorTable(layers, context.paint),
        ...(precisions.length === 0 ? [] : [textTable(PRECISION_COLUMNS, precisionRows(precisions))]),
        facts(),
      ].join('\n\n'),
    brief: facts,
    failure: gateFailure(gates),
  };
}

/** What the written file needs on the target, with a warning where it does not fit; null where no target plans memory here. */
async function needOnTarget(
  target: Target | null,
  bytes: Uint8Array,
  output: string,
  { seed, jobs, warn }: Context,
): Promise<Need | null> {
  const assess = target?.emit?.assess ?? null;
  if (assess === null) return null;
  const graph = prepareGraph(importModel(bytes, { path: output }));
  const assessment = assess({ graph, float: false }, { library: 'builtin', seed });
  const need = await needWhereItMatters(assessment, null, jobs);
  const { misfit } = need;
  if (misfit !== null) {
    const hint = misfit.hint === undefined ? {} : { hint: misfit.hint };
    warn('W_FIT', misfit.message, { at: misfit.at, ...hint });
  }
  warnIfUncertain(need, { warn });
  return need;
}

/** The prepared graph. The model as it was in the file is not kept. */
async function readGraph(path: string, options: Options, context: Context): Promise<Graph> {
  const model = await openModel(path, options, context);
  const graph = preparedModel(model, { dims: dimensions(options) }, options, context);
  return withFloatState(graph, options, context);
}

type Comparison = { readonly float: Measured; readonly int8: Measured };

async function compare(
  float: Graph,
  bytes: Uint8Array,
  output: string,
  target: Target | null,
  dataset: Dataset,
  context: Context,
): Promise<Comparison> {
  return {
    // A model that was trained in integers is compared as it was given.
    float: await measure('evaluate float', predictGiven(float, context.jobs), dataset, context),
    int8: await measureFile('evaluate int8', bytes, output, target, dataset, context),
  };
}

/** What is measured is what is written: the file's own bytes, read back. */
async function measureFile(
  label: string,
  bytes: Uint8Array,
  output: string,
  target: Target | null,
  dataset: Dataset,
  context: Context,
): Promise<Measured> {
  const model = importModel(bytes, { path: output });
  const graph = prepareGraph(model);
  const predict =
    target === null
      ? predictQuantized(graph, context.jobs)
      : target.predict(
          { model, graph, float: inspectGraph(graph).quantisation === 'float', dims: {} },
          context.jobs,
        );
  return measure(label, predict, dataset, context);
}

function predictGiven(graph: Graph, jobs: number): PredictAll {
  return inspectGraph(graph).quantisation === 'float'
    ? predictFloat(graph, jobs)
    : predictQuantized(graph, jobs);
}

async function errorsOf(
  { layerErrors }: MeasurableFile,
  wanted: number,
  dataset: Dataset,
  indices: readonly number[],
  context: Context,
): Promise<readonly LayerError[]> {
  const some = indices.slice(0, wanted);
  const task = context.progress('layer errors', dataset.sequences ? null : some.length, 'samples');
  return during(task, layerErrors(firstSamples(dataset.samples(some), wanted), task.update));
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

/** Painted by what quantising cost. */
function int8Text({ float, int8 }: Comparison, predicted: string, paint: Paint): Cell {
  const text = `${evaluationText(int8.evaluation)}, ${predicted}`;
  const [before, after] = [accuracyOf(float.evaluation), accuracyOf(int8.evaluation)];
  return before === null || after === null ? text : toned(paint, dropTone(before - after), text);
}

function errorTable(layers: readonly LayerError[], paint: Paint): string {
  const rows = toneColumn(errorRows(layers), SQNR_COLUMN, (i) => sqnrTone(layers[i]!.sqnrDb), paint);
  return textTable(ERROR_COLUMNS, rows);
}

function factsText(
  summary: { readonly output: string; readonly bytes: number },
  { report }: QuantizedModel,
  measured: Comparison | null,
  calibration: Dataset,
  predicted: string,
  labels: readonly string[],
  paint: Paint,
): string {
  return fieldList([
    ['output', `${summary.output} (${formatBytes(summary.bytes)})`],
    ['calibration', `${report.samples} samples of ${calibration.name}, observer ${report.observer.kind}`],
    ...(measured === null
      ? [['accuracy', 'not measured: no --eval'] as const]
      : [
          ['float', evaluationText(measured.float.evaluation)] as const,
          ['int8', int8Text(measured, predicted, paint)] as const,
          ...classFacts(measured.int8.evaluation, labels),
        ]),
  ]);
}
