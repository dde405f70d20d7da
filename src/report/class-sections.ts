/** Parts of pages about a classifier, class by class. */
import { classResults, mostMistaken } from '../execute/class-results.ts';
import type { Evaluation } from '../execute/evaluate.ts';
import { barChart } from './charts.ts';
import { accuracyText, className, classTable, MISTAKE_COLUMNS, mistakeRows } from './class-rows.ts';
import { htmlNote, htmlTable, type Section } from './html.ts';

/** A table of all pairs of more classes is not read. */
const MOST_PAIRS = 32;

/**
 * Accuracy of the classes, mistakes, and which class was taken for which; none where nothing was classified.
 * @param float the same model before it was quantised, on the same samples
 */
export function classSections(
  evaluation: Evaluation,
  labels: readonly string[],
  float?: Evaluation,
): readonly Section[] {
  if (evaluation.kind !== 'classification' || evaluation.confusion.length < 2) return [];
  const { confusion } = evaluation;
  const classes = classResults(confusion, labels);
  const bars = classes.map(({ index, accuracy }) => ({
    label: className(index, labels),
    value: accuracy ?? 0,
    text: accuracyText(accuracy),
  }));
  const before = float?.kind === 'classification' ? classResults(float.confusion, labels) : null;
  const table = classTable(classes, before, labels);
  const mistakes = mostMistaken(confusion);
  return [
    {
      title: 'Accuracy by class',
      body: `${htmlNote(BY_CLASS)}\n${barChart(bars, { full: 1 })}\n${htmlTable(table.columns, table.rows)}`,
    },
    ...(mistakes.length === 0
      ? []
      : [
          {
            title: 'Most frequent mistakes',
            body: htmlTable(MISTAKE_COLUMNS, mistakeRows(mistakes, labels)),
          },
        ]),
    ...(confusion.length > MOST_PAIRS
      ? []
      : [{ title: 'Classes and what they were taken for', body: pairTable(confusion, labels) }]),
  ];
}

const BY_CLASS = 'The share of the samples of a class that were recognised as such (its recall).';
const PAIRS =
  'A row has the samples of a class, a column those that were taken for a class; what is right is on the diagonal.';

function pairTable(confusion: readonly (readonly number[])[], labels: readonly string[]): string {
  const columns = [
    { title: 'class' },
    ...confusion.map((_, index) => ({ title: String(index), align: 'right' as const })),
  ];
  const rows = confusion.map((row, index) => [
    className(index, labels),
    ...row.map((samples) => (samples === 0 ? '·' : String(samples))),
  ]);
  return `${htmlNote(PAIRS)}\n${htmlTable(columns, rows)}`;
}
