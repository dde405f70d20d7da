/**
 * What a gate is trained on: frames with the references that they meet when a gate is used, composites of patches that were computed
 * at different times.
 */
import { createExecutor } from '../execute/float.ts';
import { mixSeed, seededRandom } from '../numbers/random.ts';
import { ANNEAL } from '../program/kernels/patch-gate.ts';
import type { BatchSource } from '../train/run/batches.ts';
import { diffNetwork } from './baselines.ts';
import { type LoneGate, loneGraph, type Sequences } from './budget.ts';
import { gridOf } from './plan.ts';

/** A frame, and what gates have at their side when it comes. */
export type Pair = { readonly frame: Float32Array; readonly references: readonly Float32Array[] };

/** Values of references that are held; of longer clips every n-th frame is trained on. */
const MOST_VALUES = 2 ** 27;

/** Less than any change, in codes. */
const NOTHING = 1e-6;

/** Gates whose references are trained on compute so many times the patches that the budget leaves. */
const ACTIVE = [1.67, 1, 0.58] as const;

/**
 * Every frame but the first of a sequence, with references as gates meet them that compare mean changes with a threshold: one that skips
 * about the budget, one that skips less and one that skips more, so that patches are told apart that are near the decision, whichever
 * the references are.
 * @param budget share of patches to skip
 */
export function pairsOf(
  sequences: Sequences,
  gate: Omit<LoneGate, 'network'>,
  budget: number,
): readonly Pair[] {
  const grid = gridOf('frame', gate.shape, gate.settings.patch);
  const comparing = (threshold: number): Omit<LoneGate, 'network'> & LoneGate => ({
    ...gate,
    network: diffNetwork(grid, threshold),
  });
  // All that changed is computed: scores are changes from frame to frame.
  const changes = play(comparing(NOTHING), sequences)
    .flatMap(({ scores }) => [...scores])
    .sort((a, b) => b - a);
  const values = sequences.reduce((sum, frames) => sum + (frames.length - 1) * frames[0]!.length, 0);
  const every = Math.ceil((values * ACTIVE.length) / MOST_VALUES);
  const played = ACTIVE.map((times) => {
    const place = Math.floor(times * (1 - budget) * changes.length);
    const change = changes[Math.min(place, changes.length - 1)]!;
    return play(comparing(Math.max(NOTHING, change + NOTHING)), sequences, every);
  });
  return played[0]!.map(({ frame }, i) => ({ frame, references: played.map((one) => one[i]!.reference) }));
}

type Played = {
  readonly frame: Float32Array;
  readonly reference: Float32Array;
  readonly scores: Float32Array;
};

/** Every n-th of the frames behind the first of their sequences. */
function play(gate: LoneGate, sequences: Sequences, every = 1): readonly Played[] {
  const graph = loneGraph(gate);
  const scores = graph.nodes.find(({ op }) => op === 'Conv')!.outputs[0]!;
  const executor = createExecutor(graph, { watch: new Set([scores]) });
  const played: Played[] = [];
  let count = 0;
  for (const frames of sequences) {
    executor.reset();
    let reference = frames[0]!;
    frames.forEach((data, i) => {
      let seen = new Float32Array();
      const [blended] = executor.run([{ dtype: 'float32', shape: gate.shape, data }], (_, value) => {
        seen = value.data.slice();
      });
      if (i > 0 && count++ % every === 0) played.push({ frame: data, reference, scores: seen });
      reference = (blended!.data as Float32Array).slice();
    });
  }
  return played;
}

type PairOptions = {
  readonly batchSize: number;
  readonly seed: number;
  readonly epochs: number;
  /** What changes in the run, by the share of it that is done. */
  readonly anneal: (done: number) => { readonly temperature: number; readonly budgetWeight: number };
};

/** Pairs in another order in each epoch, with other references, which depend on seed and epoch alone. */
export function pairBatches(pairs: readonly Pair[], options: PairOptions): BatchSource {
  const { batchSize, seed, epochs, anneal } = options;
  const size = Math.min(batchSize, pairs.length);
  const perEpoch = Math.floor(pairs.length / size);
  const elements = pairs[0]!.frame.length;
  return {
    perEpoch,
    counted: size,
    judged: size,
    *epoch(epoch, first = 0) {
      const random = seededRandom(mixSeed(seed, epoch));
      const chosen = pairs
        .map(({ frame, references }) => ({
          frame,
          reference: references[Math.floor(random() * references.length)]!,
          rank: random(),
        }))
        .sort((a, b) => a.rank - b.rank);
      const inputs = new Float32Array(2 * size * elements);
      for (let batch = first; batch < perEpoch; batch++) {
        chosen.slice(batch * size, (batch + 1) * size).forEach(({ frame, reference }, i) => {
          inputs.set(frame, 2 * i * elements);
          inputs.set(reference, (2 * i + 1) * elements);
        });
        const { temperature, budgetWeight } = anneal((epoch * perEpoch + batch) / (epochs * perEpoch));
        const targets = new Float32Array(ANNEAL.length);
        targets[ANNEAL.temperature] = temperature;
        targets[ANNEAL.budgetWeight] = budgetWeight;
        yield { inputs, labels: new Int32Array(size), targets };
      }
    },
  };
}
