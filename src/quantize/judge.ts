/** What is odd about a quantisation, from what was measured of it: docs/quantisation.md says why at these numbers. */
import { formatPercent } from '../diagnostics/units.ts';
import { type Warning, warning } from '../diagnostics/warnings.ts';
import type { Evaluation } from '../execute/evaluate.ts';
import { guessingCause, guessingIn, guessingText } from '../execute/guessing.ts';
import { PATCH_GATE, PATCH_STATISTICS } from '../graph/own-operators.ts';
import type { Graph } from '../graph/types.ts';
import { SMALLEST_SCALE } from './affine.ts';
import type { TensorReport } from './from-statistics.ts';
import type { LayerError } from './layer-error.ts';
import type { QuantizeReport } from './quantize-graph.ts';
import { paddedForMaximum } from './scheme.ts';

/** Signal to quantisation noise, in dB, below which a layer or an output of the model is warned of. */
const LOWEST_SQNR = { layer: 6, output: 10 } as const;

/** Values should reach so many steps of their scale, where that is fixed or cannot be smaller. */
const FEWEST_STEPS = 16;

/** Accuracy that quantising may cost without a warning; and so many standard errors of what was measured. */
const LARGEST_DROP = 0.02;
const STANDARD_ERRORS = 2;

/** At most so many places are named in one warning. */
const NAMED = 3;

/** The layers and activations that plainly failed. `layers` are those of `layerErrors`. */
export function judgeLayers(
  graph: Graph,
  report: QuantizeReport,
  layers: readonly LayerError[],
): readonly Warning[] {
  const inputs = new Set(graph.inputs.map(({ value }) => value));
  const outputs = new Set(graph.outputs.map(({ value }) => value));
  const layerOf = new Map(layers.map((layer) => [layer.value, layer]));
  const placeOf = (name: string): string => {
    const layer = layerOf.get(name);
    return layer === undefined ? `tensor "${name}"` : place(layer);
  };
  const counts = countsOfGates(graph);
  const tensors = report.tensors.filter(({ name }) => !counts.has(name));
  const constant = tensors.filter(({ name, seen }) => inputs.has(name) && seen.min === seen.max);
  const zero = tensors.filter(
    ({ name, seen }) => !inputs.has(name) && layerOf.has(name) && seen.min === 0 && seen.max === 0,
  );
  const tiny = tensors.filter(
    ({ fixed, seen, scale }) =>
      !fixed && scale <= SMALLEST_SCALE && largest(seen) > 0 && largest(seen) < FEWEST_STEPS * scale,
  );
  const coarse = tensors.filter(
    ({ name, fixed, seen, scale }) =>
      fixed && layerOf.has(name) && Math.max(-seen.min, seen.max) < FEWEST_STEPS * scale,
  );
  const losers = paddedForMaximum(graph); // far from their float values by intent: the maximum tells how good they are
  const weak = layers.filter(
    ({ value, sqnrDb }) =>
      sqnrDb !== null && !losers.has(value) && sqnrDb < LOWEST_SQNR[outputs.has(value) ? 'output' : 'layer'],
  );
  return [
    ...constant.map(({ name, seen }) =>
      warning('W_CONSTANT_INPUT', `this input is ${seen.min} throughout the calibration data`, {
        at: placeOf(name),
        hint: 'calibrate with data as the device will see them, or take the input out of the model',
      }),
    ),
    ...grouped(zero.map(({ name }) => placeOf(name))).map((at) =>
      warning('W_ZERO_LAYER', 'these values are 0 for all calibration data', {
        at,
        hint: 'calibrate with more and other data; a layer that is always 0 was perhaps never trained',
      }),
    ),
    ...grouped(tiny.map(({ name }) => placeOf(name))).map((at) =>
      warning(
        'W_TINY_RANGE',
        `these values reach less than ${FEWEST_STEPS} steps of the smallest scale that they can have`,
        {
          at,
          hint: 'scale them up: multiply the weights before by a power of two and divide those behind by it',
        },
      ),
    ),
    ...tensors.flatMap((tensor) => outlierWarning(tensor, placeOf(tensor.name))),
    ...coarse.map(({ name, seen, scale }) =>
      warning(
        'W_FIXED_SCALE',
        `these values reach ${largest(seen).toPrecision(2)}, that is ${Math.floor(largest(seen) / scale)} steps of the scale that the operator has (${scale})`,
        {
          at: placeOf(name),
          hint: 'take the logits as the output of the model: leave the operator out, and apply it in float where it is needed',
        },
      ),
    ),
    ...(weak.length === 0
      ? []
      : [
          warning(
            'W_SQNR',
            `the codes of ${weak.length} layer(s) are far from the float values: less than ${LOWEST_SQNR.layer} dB between signal and error (${LOWEST_SQNR.output} dB at an output)`,
            {
              at: named(weak.map((layer) => `${place(layer)}: ${layer.sqnrDb!.toFixed(1)} dB`)),
              hint: 'check that the calibration data are preprocessed as in training; then let "tinyml diagnose" find the layer and what helps, or train with --method qat',
            },
          ),
        ]),
  ];
}

/** What gates compare and count with: its scales are what it means, whatever a clip holds. */
function countsOfGates({ nodes }: Graph): ReadonlySet<string> {
  return new Set(
    nodes.flatMap(({ op, inputs, outputs }) => {
      if (op === PATCH_STATISTICS) return outputs;
      return op === PATCH_GATE ? [...inputs.slice(3), ...outputs.slice(1)] : [];
    }),
  );
}

/** A member of a group of values with one scale speaks for the others. */
function outlierWarning({ outliers, seen, covered, sharesScale }: TensorReport, at: string): Warning[] {
  if (outliers === null || sharesScale) return [];
  switch (outliers.kind) {
    case 'clipped':
      return [
        warning(
          'W_OUTLIERS',
          `${outliers.count} value(s) of ${outliers.total} lie far from all others: up to ${largest(seen).toPrecision(4)} where the codes reach ${largest(covered).toPrecision(4)}`,
          {
            at,
            hint: 'they are clipped: look for faulty samples in the calibration data; if they are meant, --observer min-max covers them',
          },
        ),
      ];
    case 'crowding':
      return [
        warning(
          'W_OUTLIERS',
          `${outliers.count} value(s) of ${outliers.total} set the range of the codes to ${largest(covered).toPrecision(4)}: all others use less than a sixteenth of them`,
          {
            at,
            hint: 'look for faulty samples in the calibration data; --observer percentile or entropy clips what lies far out',
          },
        ),
      ];
  }
}

/**
 * What quantising did to how good a model is.
 * @param diagnose the command line that finds out why
 */
export function judgeAccuracy(float: Evaluation, int8: Evaluation, diagnose: string): readonly Warning[] {
  if (float.kind !== 'classification' || int8.kind !== 'classification') return [];
  const { samples, accuracy } = int8;
  const guessing = guessingIn(int8);
  if (guessing !== null) {
    const like = guessingText(guessing, int8.confusion.length);
    const wrongToo = guessingIn(float);
    return [
      warning('W_CHANCE', `the quantised model ${like}: ${formatPercent(accuracy)} of ${samples} samples`, {
        at: `float model: ${formatPercent(float.accuracy)}`,
        hint:
          wrongToo === null
            ? `calibrate with data like those that are measured; which layer it is, and what helps: ${diagnose}`
            : `the float model is no better: ${guessingCause(wrongToo)}; other preprocessing is tried by: ${diagnose}`,
      }),
    ];
  }
  const spread = STANDARD_ERRORS * Math.sqrt((float.accuracy * (1 - float.accuracy)) / samples);
  const drop = float.accuracy - accuracy;
  if (drop <= Math.max(LARGEST_DROP, spread)) return [];
  return [
    warning(
      'W_DROP',
      `quantising costs accuracy: ${formatPercent(float.accuracy)} in float, ${formatPercent(accuracy)} in int8`,
      {
        hint: `calibrate with more samples (-n), or train with --method qat; which layer it is, and what helps: ${diagnose}`,
      },
    ),
  ];
}

/** Whether a model that is evaluated by itself is any better than guessing. @param diagnose as of `judgeAccuracy` */
export function judgeGuessing(evaluation: Evaluation, diagnose: string): readonly Warning[] {
  const guessing = guessingIn(evaluation);
  if (guessing === null || evaluation.kind !== 'classification') return [];
  const { accuracy, samples, correct, confusion } = evaluation;
  const right = `${formatPercent(accuracy)}, ${correct} of ${samples} samples`;
  return [
    warning('W_CHANCE', `the model ${guessingText(guessing, confusion.length)}: ${right}`, {
      hint: `${guessingCause(guessing)}; other preprocessing is tried by: ${diagnose}`,
    }),
  ];
}

function largest({ min, max }: { readonly min: number; readonly max: number }): number {
  return Math.max(-min, max);
}

function place({ name, op }: LayerError): string {
  return op === 'Input' ? `input "${name}"` : `node "${name}" (${op})`;
}

function named(places: readonly string[]): readonly string[] {
  const more = places.length - NAMED;
  return more <= 0 ? places : [...places.slice(0, NAMED), `and ${more} more`];
}

/** One warning for all places, none for none. */
function grouped(places: readonly string[]): readonly (readonly string[])[] {
  return places.length === 0 ? [] : [named(places)];
}
