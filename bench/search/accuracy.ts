import { type Candidate, keyOf } from '../../src/search/candidate.ts';
import { explore, type PlannedCandidate } from '../../src/search/explore.ts';
import { finalistsOf } from '../../src/search/finalists.ts';
import { networkOf } from '../../src/search/network.ts';
import { costOf } from '../../src/search/oracle.ts';
import type { Space } from '../../src/search/space.ts';
import { loadEmitter } from '../../src/targets/index.ts';
import { evaluateGraph } from '../../src/train/run/score.ts';
import { HAND_MADE } from './hand-made.ts';
import { BUDGET, openFashion, planOf, SPACE, say, TARGET, train } from './setup.ts';

const CANDIDATES = 2000;
const TRIALS = 12;
const TRIAL_EPOCHS = 2;
const EPOCHS = 5;
const SEEDS = [1, 2, 3];

export async function accuracy(folder: string): Promise<void> {
  const { trial, test } = await openFashion(folder);
  const { assess } = await loadEmitter(TARGET);
  const score = ({ cost }: PlannedCandidate): number => cost.macs;
  const exploration = await explore({
    space: SPACE,
    plan: planOf,
    score,
    count: CANDIDATES,
    seed: 1,
    signal: new AbortController().signal,
    onPlanned: () => {},
  });
  let pick: { readonly candidate: Candidate; readonly accuracy: number } | null = null;
  for (const one of finalistsOf(exploration, score, TRIALS)) {
    const { accuracy } = await train(one.candidate, trial, TRIAL_EPOCHS, 1);
    say({ part: 'trial', key: one.key, by: one.by, ...one.cost, accuracy });
    if (pick === null || accuracy > pick.accuracy) pick = { candidate: one.candidate, accuracy };
  }
  const runs = [
    ...HAND_MADE,
    { name: `search: ${keyOf(pick!.candidate)}`, space: SPACE, candidate: pick!.candidate },
  ];
  const means: number[] = [];
  for (const { name, space, candidate } of runs) {
    const cost = costOf(assess!, networkOf(space, candidate), BUDGET, { library: 'builtin', seed: 1 });
    const accuracies: number[] = [];
    for (const seed of SEEDS) accuracies.push(await testAccuracy(candidate, space, seed));
    const mean = accuracies.reduce((sum, one) => sum + one, 0) / accuracies.length;
    means.push(mean);
    say({ part: 'accuracy', name, ...cost, accuracies, mean });
  }
  say({ part: 'accuracy', margin: means.at(-1)! - Math.max(...means.slice(0, -1)) });

  async function testAccuracy(candidate: Candidate, space: Space, seed: number): Promise<number> {
    const { graph } = await train(candidate, trial, EPOCHS, seed, space);
    const evaluation = await evaluateGraph(graph, 'octo', test, 1);
    return evaluation.kind === 'classification' ? evaluation.accuracy : Number.NaN;
  }
}
