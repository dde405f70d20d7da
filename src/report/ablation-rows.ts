/** The tables of an ablation, for text and for HTML. */
import type { Analysis, ArmSummary, Difference, Effect } from '../train/ablation/effects.ts';
import type { Factor } from '../train/ablation/factors.ts';
import type { Plan } from '../train/ablation/grid.ts';
import { effectName, signed, verdictText } from '../train/ablation/sentences.ts';
import type { Interval } from '../train/ablation/statistics.ts';
import type { Column } from './table.ts';

/** Columns of the factors that vary, then of what was measured. */
export function armColumns({ levels }: Plan): readonly Column[] {
  return [
    ...[...levels.keys()].map((factor) => ({ title: factor })),
    { title: 'exported %', align: 'right' },
    { title: '95 % CI' },
    { title: 'as trained %', align: 'right' },
    { title: '95 % CI' },
    { title: 'against float', align: 'right' },
    { title: '95 % CI' },
    { title: 'cos(G, codes)', align: 'right' },
    { title: 'n', align: 'right' },
  ];
}

export function armRows({ levels }: Plan, arms: readonly ArmSummary[]): readonly (readonly string[])[] {
  return arms.map(({ arm, exported, asTrained, againstFloat, cosine, isControl, failed }) => [
    ...[...levels.keys()].map((factor: Factor) => arm[factor] ?? '-'),
    centre(exported),
    range(exported),
    centre(asTrained),
    range(asTrained),
    againstFloat === null || againstFloat.n === 0 ? '-' : signed(againstFloat.mean),
    againstFloat === null ? '' : signedRange(againstFloat),
    cosine === null ? '-' : cosine.toFixed(3),
    `${exported.n}${failed > 0 ? ` (${failed} overflowed)` : ''}${isControl ? ' control' : ''}`,
  ]);
}

export const EFFECT_COLUMNS: readonly Column[] = [
  { title: 'what' },
  { title: 'points', align: 'right' },
  { title: '95 % CI' },
  { title: 'verdict' },
  { title: 'as trained', align: 'right' },
  { title: '95 % CI' },
  { title: 'n', align: 'right' },
];

export function effectRows(
  plan: Plan,
  { margin }: Analysis,
  effects: readonly Effect[],
): readonly (readonly string[])[] {
  const points = ({ interval }: Difference): string => (interval.n === 0 ? '-' : signed(interval.mean));
  return effects.map((effect) => [
    effectName(plan, effect),
    points(effect.exported),
    signedRange(effect.exported.interval),
    verdictText(effect.exported, margin),
    points(effect.asTrained),
    signedRange(effect.asTrained.interval),
    String(effect.exported.interval.n),
  ]);
}

function centre({ n, mean }: Interval): string {
  return n === 0 ? '-' : mean.toFixed(2);
}

function range({ n, low, high }: Interval): string {
  return low === null || high === null ? withoutInterval(n) : `${low.toFixed(2)} .. ${high.toFixed(2)}`;
}

function signedRange({ n, low, high }: Interval): string {
  return low === null || high === null ? withoutInterval(n) : `${signed(low)} .. ${signed(high)}`;
}

/** One value, or values without spread: there is no interval to print. */
function withoutInterval(n: number): string {
  return n < 2 ? '' : 'all equal';
}
