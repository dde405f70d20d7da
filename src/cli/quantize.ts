import { firstSamples } from '../data/subset.ts';
import type { Dataset, Sample } from '../data/types.ts';
import type { Paint } from '../diagnostics/color.ts';
import { during } from '../diagnostics/progress.ts';
import { formatBytes } from '../diagnostics/units.ts';
import { type Agreement, agreementOf } from '../execute/agreement.ts';
import { accuracyOf, type Measured, missingLabels } from '../execute/evaluate.ts';
import { type PredictAll, predictFloat } from '../execute/predict.ts';
import { predictQuantized } from '../execute/predict-quantized.ts';
import { isUnlabelled, readingOf } from '../execute/predictions.ts';
import { outputValues } from '../graph/rewrite.ts';
import type { Graph, ImportedModel } from '../graph/types.ts';
import { contractOf } from '../input/contract.ts';
import { importModel } from '../onnx/import.ts';
import type { RemovedChannels } from '../passes/dead-channels.ts';
import { type Prepared, prepareModel } from '../passes/pipeline.ts';
import { judgeAccuracy } from '../quantize/judge.ts';
import type { LayerError } from '../quantize/layer-error.ts';
import { affineQuantizer, type MeasurableFile, type QuantizedModel } from '../quantize/quantize-model.ts';
import { requireFloat, TFLITE_INT8 } from '../quantize/scheme.ts';
import {
  BITS_COLUMNS,
  bitsRows,
  bitsText,
  WEIGHT_BITS_COLUMNS,
  weightBitsRows,
} from '../report/bits-rows.ts';
import { classFacts, classJson } from '../report/class-rows.ts';
import { agreementText, evaluationText } from '../report/evaluation-text.ts';
import { inspectGraph } from '../report/inspection.ts';
import {
  ERROR_COLUMNS,
  errorRows,
  PRECISION_COLUMNS,
  precisionRows,
  RANGE_COLUMNS,
  rangeRows,
  SQNR_COLUMN,
} from '../report/layer-rows.ts';
import { fitsField, type Need, needFields, needJson } from '../report/need.ts';
import { quantizePage } from '../report/quantize-page.ts';
import { removedFields, removedJson, removedTogether } from '../report/removed-channels.ts';
import { type Cell, fieldList, textTable } from '../report/table.ts';
import { dropTone, sqnrTone, toneColumn, toned } from '../report/tones.ts';
import type { Assess, Target } from '../targets/target.ts';
import { automaticBits, automaticJson, automaticText } from './automatic-bits.ts';
import { bitsBeside } from './bits.ts';
import { calibrationData, isAutomatic, quantizeRequest } from './calibration.ts';
import type { CommandResult, Context } from './context.ts';
import { dataFor, warnOfUnits } from './dataset.ts';
import { writeDepfile } from './depfile.ts';
import { diagnoseLine } from './diagnose-line.ts';
import { measure } from './evaluation.ts';
import { evaluateGates, gateFailure, limitsMet } from './gates.ts';
import { requireAllFolders, withClassNames, withColumns } from './input-contract.ts';
import { dimensions, openModel, preparedModel } from './model.ts';
import { needWhereItMatters, warnIfUncertain } from './need.ts';
import { flagOption, numberOption, type Options, requiredText, textOption } from './options.ts';
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
  const assess = target?.emit?.assess ?? null;
  const { graph: given, removed } = await readModel(path, options, context);
  // Before data are read. Jetsons take models that were trained in integers.
  if (target === null || assess !== null) requireFloat(given);
  const { dataset, indices } = await calibrationData(requiredText(options, 'data'), given, options, context);
  const named = withColumns(withClassNames(given, dataset, context), dataset, context);
  const evalPath = textOption(options, 'eval');
  const evaluationData = evalPath === undefined ? null : await dataFor(evalPath, named, options, context);
  if (evaluationData !== null) requireAllFolders(named, evaluationData);
  // Calibration data need no folders of classes: names are then those of the others.
  const graph = evaluationData === null ? named : withClassNames(named, evaluationData, context);

  // Without labels, and of a model that does not give back its input, float is what int8 is held against.
  const unjudged =
    evaluationData !== null &&
    (await isUnlabelled(evaluationData)) &&
    readingOf(graph, contractOf(graph).labels).kind !== 'reconstruction';
  if (unjudged && numberOption(options, 'min-accuracy') !== undefined) throw missingLabels(evaluationData);
  const judgedData = unjudged ? null : evaluationData;

  const calibration = (): AsyncIterable<Sample> => dataset.samples(indices);
  const request = quantizeRequest(options, context);
  const automatic = isAutomatic(options)
    ? await automaticBits(
        { path, graph, calibration, evaluation: judgedData, request, target, options },
        context,
      )
    : null;
  const task = context.progress('calibrate', dataset.sequences ? null : indices.length, 'samples');
  const quantize = target?.quantize ?? affineQuantizer(TFLITE_INT8, (same) => same);
  const quantized = await during(
    task,
    quantize(graph, calibration, {
      ...request,
      ...automatic?.request,
      onProgress: task.update,
    }),
  );

  const { bytes, report, precisions } = quantized;
  const predicted = target?.predicted ?? 'as the device computes it';
  const layers = await errorsOf(quantized, quantized.errorSamples, dataset, indices, context);
  // What is said of the file is said of its own bytes, read back.
  const written =
    target === null || assess !== null || evaluationData !== null ? readBack(bytes, output, options) : null;
  const measured =
    written === null || judgedData === null
      ? null
      : await compare(graph, written, target, judgedData, evalPath!, context);
  const agreement =
    written === null || evaluationData === null || !unjudged
      ? null
      : await agree(graph, written, target, evaluationData, evalPath!, context);
  // Other targets compute all that is in the file.
  const dead = target === null || assess !== null ? removedTogether(removed, written!.removed) : removed;
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
                judgedData === null
                  ? null
                  : await measureFile(
                      'evaluate 8 bits',
                      readBack(narrow.bytes, output, options),
                      target,
                      judgedData,
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
  const need =
    written === null || assess === null ? null : await needOnTarget(assess, written.graph, context);
  context.outputs.file(output, bytes);
  writeDepfile(output, options, context);
  const { labels } = contractOf(graph);
  const summary = { ...accuracies(measured), output, bytes: bytes.length };
  const gates = evaluateGates(options, gateValues(summary.accuracy, agreement));
  const page = textOption(options, 'report');
  if (page !== undefined) {
    const limits = limitsMet(gates);
    context.outputs.file(
      page,
      quantizePage(path, quantized, layers, measured, dead, context.warnings(), labels, limits),
    );
  }
  const facts = (): string =>
    [
      factsText(summary, quantized, measured, agreement, dataset, predicted, labels, dead, context.paint),
      ...(automatic === null ? [] : [automaticText(automatic)]),
      ...(bits === null || bits.weights.length === 0
        ? []
        : [textTable(WEIGHT_BITS_COLUMNS, weightBitsRows(bits.weights))]),
      ...(bits === null ? [] : [`${bitsText(bits)}\n${textTable(BITS_COLUMNS, bitsRows(bits))}`]),
      ...(need === null ? [] : [fieldList([...needFields(need), fitsField(need, context.paint)])]),
    ].join('\n\n');
  return {
    json: {
      model: path,
      ...summary,
      ...(measured === null ? {} : classJson(measured.int8.evaluation, labels, measured.float.evaluation)),
      ...(agreement === null ? {} : { agreement }),
      ...(need === null ? {} : needJson(need)),
      ...(bits === null ? {} : { bits }),
      deadChannels: removedJson(dead),
      ...(automatic === null ? {} : { automatic: automaticJson(automatic) }),
      quantisation: report,
      layers,
      ...(precisions.length === 0 ? {} : { precisions }),
      gates,
    },
    text: () =>
      [
        errorTable(layers, context.paint),
        ...(context.verbose ? [textTable(RANGE_COLUMNS, rangeRows(report.tensors))] : []),
        ...(precisions.length === 0 ? [] : [textTable(PRECISION_COLUMNS, precisionRows(precisions))]),
        facts(),
      ].join('\n\n'),
    brief: facts,
    failure: gateFailure(gates),
  };
}

/** A file as it is written: what is measured, and what a device gets. */
type Written = Prepared & { readonly model: ImportedModel };

function readBack(bytes: Uint8Array, output: string, options: Options): Written {
  const model = importModel(bytes, { path: output });
  return { model, ...prepareModel(model, { deadChannels: !flagOption(options, 'keep-dead-channels') }) };
}

/** What the written file needs on the target, with a warning where it does not fit. */
async function needOnTarget(assess: Assess, graph: Graph, { seed, jobs, warn }: Context): Promise<Need> {
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
async function readModel(path: string, options: Options, context: Context): Promise<Prepared> {
  const model = await openModel(path, options, context);
  const how = { dims: dimensions(options), deadChannels: !flagOption(options, 'keep-dead-channels') };
  const { graph, ...rest } = preparedModel(model, how, options, context);
  return { graph: withFloatState(graph, options, context), ...rest };
}

type Comparison = { readonly float: Measured; readonly int8: Measured };

async function compare(
  float: Graph,
  written: Written,
  target: Target | null,
  dataset: Dataset,
  path: string,
  context: Context,
): Promise<Comparison> {
  await warnOfUnits(path, dataset, written.graph, context);
  return {
    // A model that was trained in integers is compared as it was given.
    float: await measure('evaluate float', predictGiven(float, context.jobs), dataset, context),
    int8: await measureFile('evaluate int8', written, target, dataset, context),
  };
}

async function measureFile(
  label: string,
  written: Written,
  target: Target | null,
  dataset: Dataset,
  context: Context,
): Promise<Measured> {
  return measure(label, predictFile(written, target, context), dataset, context);
}

function predictFile({ model, graph }: Written, target: Target | null, { jobs }: Context): PredictAll {
  return target === null
    ? predictQuantized(graph, jobs)
    : target.predict({ model, graph, float: inspectGraph(graph).quantisation === 'float', dims: {} }, jobs);
}

async function agree(
  float: Graph,
  written: Written,
  target: Target | null,
  dataset: Dataset,
  path: string,
  context: Context,
): Promise<Agreement> {
  await warnOfUnits(path, dataset, written.graph, context);
  const task = context.progress('float and int8', dataset.sequences ? null : 2 * dataset.length, 'samples');
  const forms = [predictGiven(float, context.jobs), predictFile(written, target, context)] as const;
  return during(task, agreementOf(...forms, dataset, task.update));
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

function gateValues(
  accuracy: Accuracies['accuracy'],
  agreement: Agreement | null,
): Parameters<typeof evaluateGates>[1] {
  if (agreement !== null) return { 'max-drop': 1 - agreement.share };
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
  agreement: Agreement | null,
  calibration: Dataset,
  predicted: string,
  labels: readonly string[],
  dead: RemovedChannels | null,
  paint: Paint,
): string {
  return fieldList([
    ['output', `${summary.output} (${formatBytes(summary.bytes)})`],
    ['calibration', `${report.samples} samples of ${calibration.name}, observer ${report.observer.kind}`],
    ...(agreement === null ? [] : [['decisions', agreementText(agreement)] as const]),
    ...(measured === null
      ? [['accuracy', `not measured: no ${agreement === null ? '--eval' : 'labels'}`] as const]
      : [
          ['float', evaluationText(measured.float.evaluation)] as const,
          ['int8', int8Text(measured, predicted, paint)] as const,
          ...classFacts(measured.int8.evaluation, labels),
        ]),
    ...removedFields(dead),
  ]);
}
