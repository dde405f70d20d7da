/** What a classifier does class by class, for text and pages. */
import { formatCount, formatPercent } from '../diagnostics/units.ts';
import { type ClassResult, classResults, type Mistake, mostMistaken } from '../execute/class-results.ts';
import type { Evaluation } from '../execute/evaluate.ts';
import type { Column } from './table.ts';

/** Entries of a list in a line of text. */
const SHOWN = 3;

/** `6 shirt`, or `class 6`. */
export function className(index: number, labels: readonly string[]): string {
  const name = labels[index];
  return name === undefined ? `class ${index}` : `${index} ${name}`;
}

/**
 * Classes and mistakes as JSON has them; null where nothing was classified.
 * @param float the same model before it was quantised, on the same samples
 */
export function classJson(
  evaluation: Evaluation,
  labels: readonly string[],
  float?: Evaluation,
): { readonly classes: readonly ClassResult[]; readonly mistakes: readonly object[] } | null {
  if (evaluation.kind !== 'classification') return null;
  const { confusion } = evaluation;
  const name = (index: number): string | null => labels[index] ?? null;
  return {
    classes: classResults(confusion, labels).map((one) => ({ ...one, ...floatAccuracy(one, float) })),
    mistakes: mostMistaken(confusion).map((mistake) => ({
      ...mistake,
      labelName: name(mistake.label),
      predictionName: name(mistake.prediction),
    })),
  };
}

function floatAccuracy({ index }: ClassResult, float: Evaluation | undefined): object {
  if (float?.kind !== 'classification') return {};
  return { floatAccuracy: classResults(float.confusion, [])[index]?.accuracy ?? null };
}

/** The classes that went worst and the most frequent mistakes, in a line each; none where nothing was mistaken. */
export function classFacts(
  evaluation: Evaluation,
  labels: readonly string[],
): readonly (readonly [name: string, value: string])[] {
  if (
    evaluation.kind !== 'classification' ||
    evaluation.correct === (evaluation.places ?? evaluation.samples)
  )
    return [];
  const worst = worstClasses(classResults(evaluation.confusion, labels)).map(
    ({ index, correct, samples, accuracy }) =>
      `${className(index, labels)} ${formatPercent(accuracy!)} (${correct} of ${samples})`,
  );
  const mistakes = mostMistaken(evaluation.confusion).map((one) => mistakeText(one, labels));
  return [
    ['worst classes', worst.slice(0, SHOWN).join(', ')],
    ['mistakes', mistakes.slice(0, SHOWN).join(', ')],
  ];
}

/** Those with mistakes, the worst first. */
function worstClasses(classes: readonly ClassResult[]): readonly ClassResult[] {
  return classes
    .filter(({ accuracy }) => accuracy !== null && accuracy < 1)
    .sort((a, b) => a.accuracy! - b.accuracy!);
}

function mistakeText({ label, prediction, samples }: Mistake, labels: readonly string[]): string {
  return `${className(label, labels)} taken for ${className(prediction, labels)} ${formatCount(samples)} ${samples === 1 ? 'time' : 'times'}`;
}

const CLASS_COLUMNS: readonly Column[] = [
  { title: 'class' },
  { title: 'samples', align: 'right' },
  { title: 'right', align: 'right' },
  { title: 'accuracy', align: 'right' },
];

/** @param float classes of the same model before it was quantised; null where there is none */
export function classTable(
  classes: readonly ClassResult[],
  float: readonly ClassResult[] | null,
  labels: readonly string[],
): { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] } {
  const rows = classes.map(({ index, samples, correct, accuracy }) => [
    className(index, labels),
    formatCount(samples),
    formatCount(correct),
    accuracyText(accuracy),
    ...(float === null ? [] : [accuracyText(float[index]?.accuracy ?? null)]),
  ]);
  const columns =
    float === null ? CLASS_COLUMNS : [...CLASS_COLUMNS, { title: 'in float', align: 'right' as const }];
  return { columns, rows };
}

export function accuracyText(accuracy: number | null): string {
  return accuracy === null ? 'no samples' : formatPercent(accuracy);
}

export const MISTAKE_COLUMNS: readonly Column[] = [
  { title: 'class' },
  { title: 'taken for' },
  { title: 'samples', align: 'right' },
  { title: 'of the class', align: 'right' },
];

export function mistakeRows(
  mistakes: readonly Mistake[],
  labels: readonly string[],
): readonly (readonly string[])[] {
  return mistakes.map(({ label, prediction, samples, share }) => [
    className(label, labels),
    className(prediction, labels),
    formatCount(samples),
    formatPercent(share),
  ]);
}
