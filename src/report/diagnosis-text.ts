/** A diagnosis in words and rows, for text and pages alike. */
import { oneLine } from '../diagnostics/printable.ts';
import { formatDecibels, formatPercent } from '../diagnostics/units.ts';
import { guessingCause, guessingText } from '../execute/guessing.ts';
import { nonDefault } from '../input/contract.ts';
import type { Cause } from '../quantize/diagnose/causes.ts';
import { decibels, type Extent, type LayerDiagnosis } from '../quantize/diagnose/diagnose.ts';
import type { InputProblem } from '../quantize/diagnose/input-data.ts';
import type { Diagnosis, FloatGuessing } from '../quantize/diagnose/run.ts';
import type { Measurement } from '../quantize/diagnose/search.ts';
import { fieldList, textTable } from './table.ts';

type Column = { readonly title: string; readonly align?: 'left' | 'right' };

/** What is wrong, the worst first: a place, and what of it. */
type Culprit = {
  readonly place: string;
  /** The layer; null for data. */
  readonly layer: LayerDiagnosis | null;
  readonly text: string;
};

/** Layers with less of the cost than this are not to blame, but for the first. */
const BLAMED = 0.1;
/** At most so many channels are named. */
const NAMED = 4;

/** A float model that guesses first, then problems of the data: they are behind what layers show; then the layers that cost most. */
export function culpritsOf({
  guessing,
  problems,
  layers,
}: Pick<Diagnosis, 'guessing' | 'problems' | 'layers'>): readonly Culprit[] {
  const data = problems.map(
    (problem): Culprit => ({ place: `input ${problem.input}`, layer: null, text: problemText(problem) }),
  );
  const blamed = layers.filter(({ cost, share }, i) => cost > 0 && (i === 0 || share >= BLAMED));
  const mends = problems.some(({ kind }) => kind === 'preprocess');
  return [
    ...(guessing === null
      ? []
      : [
          {
            place: 'the float model itself',
            layer: null,
            text: [guessingFigure(guessing), ...(mends ? [] : [guessingCause(guessing.kind)])].join('; '),
          },
        ]),
    ...data,
    ...blamed.map((layer): Culprit => {
      const causes = layer.causes.map((cause) => causeText(cause));
      const cost = `${formatPercent(layer.share)} of the error at the outputs`;
      const place = layer.op === 'Input' ? `input ${layer.name}` : `${layer.name} (${layer.op})`;
      return { place, layer, text: [cost, ...causes].join('; ') };
    }),
  ];
}

function guessingFigure({ kind, accuracy, classes, samples }: FloatGuessing): string {
  return `it ${guessingText(kind, classes)}: ${formatPercent(accuracy)} of ${samples} samples`;
}

export function floatGuessingText(guessing: FloatGuessing): string {
  return `the float model itself: ${guessingFigure(guessing)}`;
}

function causeText(cause: Cause): string {
  switch (cause.kind) {
    case 'clipping':
      return `${formatPercent(cause.saturation)} of the values lie beyond the codes, which reach ${short(cause.covered)} of ${short(cause.reached)}`;
    case 'outlier-channels':
      return `${channelText(cause.channels)} ${cause.channels.length === 1 ? 'reaches' : 'reach up to'} ${short(cause.times)} times as far as half of the channels, and all share one scale`;
    case 'coarse':
      return `the values use ${formatPercent(cause.codesUsed)} of the codes, which reach ${short(cause.covered)} where the values reach ${short(cause.reached)}`;
    case 'weights':
      return `rounded weights make ${formatPercent(cause.share)} of its own error`;
    case 'amplifies':
      return `the error of what it reads is ${short(cause.times)} times as large behind it`;
  }
}

function problemText(problem: InputProblem): string {
  switch (problem.kind) {
    case 'constant':
      return `it is ${short(problem.value)} throughout the calibration data`;
    case 'disagree':
      return `calibration data go from ${extentText(problem.calibration)}, evaluation data from ${extentText(problem.evaluation)}: ${short(problem.factor)} times as large`;
    case 'preprocess': {
      const { map, preprocess, evidence, data } = problem;
      const other =
        'channels' in map
          ? `prepared by ${JSON.stringify(nonDefault({ ...preprocess, resize: null }))}`
          : `as value * ${short(map.factor)}${map.offset === 0 ? '' : ` ${map.offset < 0 ? '-' : '+'} ${short(Math.abs(map.offset))}`}`;
      const change = `values go from ${extentText(data)}; ${other}`;
      return evidence.kind === 'accuracy'
        ? `${change} the float model is right for ${formatPercent(evidence.after)} instead of ${formatPercent(evidence.before)}`
        : `${change} they would spread as in training: ${evidence.node} sees ${short(evidence.times)} times the spread that it remembers`;
    }
  }
}

function channelText(channels: readonly number[]): string {
  const more = channels.length - NAMED;
  const named = channels.slice(0, NAMED).join(', ');
  return `channel${channels.length === 1 ? '' : 's'} ${named}${more > 0 ? ` and ${more} more` : ''}`;
}

export function extentText({ min, max }: Extent): string {
  return `${short(min)} to ${short(max)}`;
}

/** Four digits, without zeros at the end. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

export const DIAGNOSIS_COLUMNS: readonly Column[] = [
  { title: 'layer' },
  { title: 'operator' },
  { title: 'own dB', align: 'right' },
  { title: 'accumulated dB', align: 'right' },
  { title: 'alone at the outputs dB', align: 'right' },
  { title: 'of the error', align: 'right' },
  { title: 'saturated', align: 'right' },
  { title: 'codes used', align: 'right' },
];

export function diagnosisRows(layers: readonly LayerDiagnosis[]): readonly (readonly string[])[] {
  return layers.map(({ name, op, own, accumulated, cost, share, saturation, codesUsed }) => [
    name,
    op,
    number(own),
    number(accumulated),
    number(cost),
    formatPercent(share),
    formatPercent(saturation),
    formatPercent(codesUsed),
  ]);
}

function number(ratio: number): string {
  return decibels(ratio)?.toFixed(1) ?? 'exact';
}

export const REMEDY_COLUMNS: readonly Column[] = [
  { title: 'remedy' },
  { title: 'SQNR dB', align: 'right' },
  { title: 'gain dB', align: 'right' },
  { title: 'accuracy', align: 'right' },
  { title: 'what it does' },
];

/** @param accuracies whether any was measured */
export function remedyRows({
  before,
  found,
}: Pick<Diagnosis, 'before' | 'found'>): readonly (readonly string[])[] {
  return found.tried.map(({ remedy, noise, accuracy }) => [
    remedy.id,
    number(noise),
    gainText(before.noise, noise),
    accuracy === null ? '' : formatPercent(accuracy),
    remedy.text,
  ]);
}

/** From one error to another, as a gain in dB. */
export function gainDb(before: number, after: number): number | null {
  return after === 0 || before === 0 ? null : 10 * Math.log10(before / after);
}

function gainText(before: number, after: number): string {
  const gain = gainDb(before, after);
  return gain === null ? '' : `${gain >= 0.05 ? '+' : ''}${gain.toFixed(1).replace('-0.0', '0.0')}`;
}

/** `31.1 dB, 89.60 %`. */
export function measurementText({ noise, accuracy }: Measurement): string {
  const sqnr = formatDecibels(decibels(noise));
  return accuracy === null ? sqnr : `${sqnr}, ${formatPercent(accuracy)}`;
}

/** Layers that are shown without --verbose. */
const SHOWN = 8;

/** @param written the file, if one was, with its size @param verbose shows every layer and remedy */
export function diagnosisText(
  diagnosis: Diagnosis,
  commands: readonly string[] | null,
  written: string | null,
  verbose: boolean,
): string {
  const { before, layers, found, floatAccuracy } = diagnosis;
  const shown = verbose ? layers : layers.filter(({ cost }) => cost > 0).slice(0, SHOWN);
  const more = layers.length - shown.length;
  const culprits = culpritsOf(diagnosis).map(
    ({ place, text }, i) => `${i + 1}. ${oneLine(place)}: ${oneLine(text)}`,
  );
  const mended = found.best.recipe.input !== null;
  return [
    ['what costs most:', ...culprits].join('\n'),
    `${textTable(DIAGNOSIS_COLUMNS, diagnosisRows(shown))}${more > 0 ? `\n(${more} more cost less: --verbose)` : ''}`,
    ...(found.tried.length === 0 ? [] : [remedyText(diagnosis, verbose)]),
    fieldList([
      ...(floatAccuracy === null
        ? []
        : [
            [
              'float',
              `${formatPercent(floatAccuracy)}${mended ? ', with data prepared as now' : ''}`,
            ] as const,
          ]),
      ['before', `${measurementText(before)}${mended ? ', with the preprocessing mended already' : ''}`],
      [
        'after',
        commands === null
          ? 'no remedy gains a quarter of a decibel'
          : `${measurementText(found.best)}: ${found.best.remedies.map(({ id }) => id).join(', ') || 'other preprocessing'}`,
      ],
      ...(commands ?? []).map((line, i) => [i === 0 ? 'by' : 'then', line] as const),
      ...(written === null ? [] : [['output', written] as const]),
    ]),
  ].join('\n\n');
}

/** The remedies that gain something; with `all` those that do not, too. */
function remedyText(diagnosis: Diagnosis, all: boolean): string {
  const { before, found } = diagnosis;
  const { remedies } = found.best;
  const gains = ({ noise, remedy }: Diagnosis['found']['tried'][number]): boolean =>
    noise < before.noise || remedies.includes(remedy);
  const tried = all ? found.tried : found.tried.filter(gains);
  const rows = remedyRows({ before, found: { ...found, tried } });
  const idle = found.tried.length - tried.length;
  const rest = idle === 0 ? '' : `(${idle} others gain nothing: --verbose)`;
  return [
    ...(rows.length === 0 ? [] : [textTable(REMEDY_COLUMNS, rows)]),
    ...(rest === '' ? [] : [rest]),
  ].join('\n');
}
