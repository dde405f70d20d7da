/** Which candidates are trained: those that stand out by a score, and those that compute most, as its control. */
import type { Exploration, PlannedCandidate } from './explore.ts';

export type Finalist = PlannedCandidate & {
  readonly score: number;
  /** Places, from 1, among the candidates of its size and width that are within the budget. */
  readonly scoreRank: number;
  readonly macsRank: number;
  /** By which of the two it was taken. */
  readonly by: 'score' | 'MACs';
};

/** Of the candidates by score, those that trials are taken from: neighbours at the top are children of one another, and much alike. */
const BEST = 0.25;

/**
 * By turns one by score, evenly over the best quarter, and the next by multiply-accumulates, which proxies have to be better than: of a budget on time the
 * largest network is often as good a guess (White et al. 2022, "A Deeper Look at Zero-Cost Proxies").
 */
export function finalistsOf(
  { chosen, fitting }: Exploration,
  scoreOf: (one: PlannedCandidate) => number,
  count: number,
): readonly Finalist[] {
  const living = fitting.filter(
    ({ candidate }) => candidate.size === chosen.size && candidate.width === chosen.width,
  );
  const byScore = living.toSorted((a, b) => scoreOf(b) - scoreOf(a));
  const byMacs = living.toSorted((a, b) => b.cost.macs - a.cost.macs);
  const scoreRanks = ranksOf(byScore);
  const macsRanks = ranksOf(byMacs);
  const taken = new Map<PlannedCandidate, Finalist['by']>();
  const stride = Math.max(1, Math.floor((2 * BEST * living.length) / count));
  for (let turn = 0; taken.size < Math.min(count, living.length); turn++) {
    const [order, by] =
      turn % 2 === 0 ? ([byScore.slice((turn / 2) * stride), 'score'] as const) : ([byMacs, 'MACs'] as const);
    const next = order.find((one) => !taken.has(one));
    if (next !== undefined) taken.set(next, by);
  }
  return [...taken].map(([one, by]) => ({
    ...one,
    score: scoreOf(one),
    scoreRank: scoreRanks.get(one)!,
    macsRank: macsRanks.get(one)!,
    by,
  }));
}

function ranksOf(order: readonly PlannedCandidate[]): ReadonlyMap<PlannedCandidate, number> {
  return new Map(order.map((one, index) => [one, index + 1]));
}
