/**
 * What a gate is trained on: frames with the references that they meet when a gate is used, composites of patches that were computed
 * at different times.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import { mixSeed, seededRandom } from '../numbers/random.ts';
import { ANNEAL } from '../program/kernels/patch-gate.ts';
import type { BatchSource } from '../train/run/batches.ts';
import { diffNetwork } from './baselines.ts';
import type { GatedShape } from './network.ts';
import { playGate } from './simulate.ts';

/** Frames of clips, numbered through. */
export type Frames = {
  readonly name: string;
  readonly clips: readonly { readonly first: number; readonly frames: number }[];
  /** Writes a frame as the model takes it. */
  readonly fill: (index: number, into: Float32Array) => void;
};

/** Frames that have a reference, each with several ones. */
export type Pairs = {
  readonly length: number;
  /** Writes a frame, and reference `which` (from 0, any number) of it. */
  readonly fill: (pair: number, which: number, frame: Float32Array, reference: Float32Array) => void;
};

/** Bytes of references that are held; of longer clips every n-th frame is trained on. */
const MOST_BYTES = 2 ** 29;

/**
 * References as a gate meets them that compares mean changes with a threshold: one that skips about the budget, one that skips less, one
 * that skips more, so that a gate learns to tell patches apart that are near its own decision, whichever its references are.
 * @param budget share of patches to skip
 * @throws TinymlError E_DATA for clips of one frame
 */
export function pairsOf(
  frames: Frames,
  shape: GatedShape & { readonly unit: number },
  budget: number,
): Pairs {
  const grid = { rows: shape.height / shape.patch, columns: shape.width / shape.patch };
  const starts = new Set(frames.clips.map(({ first }) => first));
  const total = frames.clips.reduce((sum, clip) => sum + Math.max(0, clip.frames - 1), 0);
  if (total === 0) {
    throw new TinymlError(
      'E_DATA',
      'a gate is trained on what changes from frame to frame, and there is one frame',
      {
        at: frames.name,
        hint: 'Give a clip of several frames.',
      },
    );
  }
  const active = [1.67, 1, 0.58].map((times) => Math.min(1, times * (1 - budget)));
  const bytes = 4 * shape.channels * shape.height * shape.width * active.length;
  const every = Math.max(1, Math.ceil((total * bytes) / MOST_BYTES));
  const changes: number[] = [];
  // All that changed is computed: scores are changes from frame to frame.
  playGate(diffNetwork(grid, NOTHING), shape, frames, ({ index, scores }) => {
    if (!starts.has(index)) changes.push(...scores.map((score) => score + NOTHING));
  });
  changes.sort((a, b) => b - a);
  const held = active.map((share) => {
    const threshold = Math.max(
      NOTHING,
      changes[Math.min(changes.length - 1, Math.floor(share * changes.length))]!,
    );
    return referencesOf(frames, shape, diffNetwork(grid, threshold), starts, every);
  });
  const indices = [...held[0]!.keys()];
  return {
    length: indices.length,
    fill: (pair, which, frame, reference) => {
      const index = indices[pair]!;
      frames.fill(index, frame);
      reference.set(held[which % held.length]!.get(index)!);
    },
  };
}

/** Less than any change, in codes. */
const NOTHING = 1e-6;

/** By frame, what a gate has at its side when the frame comes. */
function referencesOf(
  frames: Frames,
  shape: GatedShape & { readonly unit: number },
  gate: ReturnType<typeof diffNetwork>,
  starts: ReadonlySet<number>,
  every: number,
): ReadonlyMap<number, Float32Array> {
  const references = new Map<number, Float32Array>();
  let [before, counted] = [new Float32Array(), 0];
  playGate(gate, shape, frames, ({ index, blended }) => {
    if (!starts.has(index) && counted++ % every === 0) references.set(index, before);
    before = blended.slice();
  });
  return references;
}

export type PairOptions = {
  readonly batchSize: number;
  readonly seed: number;
  /** Elements of a frame. */
  readonly elements: number;
  readonly epochs: number;
  /** What changes in the run, by the share of it that is done. */
  readonly anneal: (done: number) => { readonly temperature: number; readonly budgetWeight: number };
};

/** Pairs in another order in each epoch, with other references, which depend on seed and epoch alone. */
export function pairBatches(pairs: Pairs, options: PairOptions): BatchSource {
  const { batchSize, seed, elements, epochs, anneal } = options;
  const size = Math.min(batchSize, pairs.length);
  const perEpoch = Math.floor(pairs.length / size);
  return {
    perEpoch,
    counted: size,
    *epoch(epoch, first = 0) {
      const random = seededRandom(mixSeed(seed, epoch));
      const chosen = Array.from({ length: pairs.length }, (_, pair) => ({
        pair,
        which: Math.floor(random() * 2 ** 16),
        rank: random(),
      })).sort((a, b) => a.rank - b.rank);
      const inputs = new Float32Array(2 * size * elements);
      for (let batch = first; batch < perEpoch; batch++) {
        chosen.slice(batch * size, (batch + 1) * size).forEach(({ pair, which }, i) => {
          const [start, middle, end] = [2 * i, 2 * i + 1, 2 * i + 2].map((half) => half * elements);
          pairs.fill(pair, which, inputs.subarray(start, middle), inputs.subarray(middle, end));
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
