/** Curves of what firmware learned, the machines beside each other. */
import type { Paint } from '../diagnostics/color.ts';
import { formatCount, formatPercent } from '../diagnostics/units.ts';
import type { LearningCurve, LearningTally, VerifiedRun } from '../targets/target.ts';
import { type Cell, textTable } from './table.ts';

type Learned = { readonly core: string; readonly curve: LearningCurve };

/** A table and what it comes to; nothing where nothing was learned. */
export function learningText(runs: readonly VerifiedRun[], paint: Paint): readonly string[] {
  const learned = learnedOn(runs);
  const [first] = learned;
  if (first === undefined) return [];
  const tested = first.curve.points[0]!.tested !== null;
  const judges = first.curve.points.at(-1)!.learned?.correct !== null;
  const own = judges ? (tested ? 'tests right' : 'right') : tested ? 'AUC of tests' : '';
  const columns = learned.flatMap(({ core }) => [
    ...(own === '' ? [] : [`${core}: ${own}`]),
    own === '' ? `${core}: error` : judges ? 'loss' : 'error',
  ]);
  const cells = (tally: LearningTally | null | undefined): readonly Cell[] => [
    ...(own === '' ? [] : [tally ? (judges ? shareText(tally) : areaText(tally)) : '-']),
    tally ? lossText(tally) : '-',
  ];
  const rows = first.curve.points.map(({ step, learned: seen }, index): readonly Cell[] => [
    formatCount(step),
    ...(tested ? [seen === null ? '-' : judges ? shareText(seen) : lossText(seen)] : []),
    ...learned.flatMap(({ curve }) => {
      const point = curve.points[index];
      return cells(tested ? point?.tested : point?.learned);
    }),
  ]);
  const titles = ['steps', ...(tested ? [`${judges ? 'right' : 'error'} as they came`] : []), ...columns];
  const table = textTable(
    titles.map((title) => ({ title, align: 'right' }) as const),
    rows,
  );
  const said = judgement(runs, learned, paint);
  return said.length === 0 ? [table] : [table, said.join('\n')];
}

/** What went badly, in words; nothing where all went well. */
export function learningWarnings(runs: readonly VerifiedRun[]): readonly string[] {
  const [first] = learnedOn(runs);
  if (first === undefined) return [];
  const { points } = first.curve;
  const refused = points.reduce((sum, { learned }) => sum + (learned?.refused ?? 0), 0);
  const diverging = points.find((point) => point.diverging > 0);
  return [
    ...(refused === 0
      ? []
      : [`${formatCount(refused)} steps were refused: a value of the sample, or the loss, was not finite`]),
    ...(diverging === undefined
      ? []
      : [
          `training diverges within the first ${formatCount(diverging.step)} steps: the model does worse than one that knows nothing of the sample`,
        ]),
  ];
}

/** The steps after which a machine has learned something else than the first; null where it never has. */
export function firstDifference(run: VerifiedRun, runs: readonly VerifiedRun[]): number | null {
  const [first] = learnedOn(runs);
  if (first === undefined || run.learning === null) return null;
  const { points } = run.learning;
  const wrong = first.curve.points.find(
    (point, index) => JSON.stringify(point) !== JSON.stringify(points[index]),
  );
  return wrong?.step ?? null;
}

function learnedOn(runs: readonly VerifiedRun[]): readonly Learned[] {
  return runs.flatMap(({ core, learning }) => (learning === null ? [] : [{ core, curve: learning }]));
}

function judgement(
  runs: readonly VerifiedRun[],
  learned: readonly Learned[],
  paint: Paint,
): readonly string[] {
  if (learned.length < 2) return [];
  const cores = learned.map(({ core }) => core).join(', ');
  return runs.every((run) => firstDifference(run, runs) === null)
    ? [`${paint('green', 'the same parameters and results')} at every point on ${cores}`]
    : [`${paint('red', 'OTHER parameters or results')} on some of ${cores}`];
}

function shareText({ samples, correct, refused }: LearningTally): string {
  return samples === refused ? '-' : formatPercent((correct ?? 0) / (samples - refused));
}

function areaText({ auc }: LearningTally): string {
  return auc === null ? '-' : auc.toFixed(3);
}

function lossText({ loss }: LearningTally): string {
  return loss === null ? '-' : loss >= 0.1 ? loss.toFixed(3) : loss.toPrecision(3);
}
