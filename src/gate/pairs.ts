/** What a gate is trained on: pairs of a frame and an earlier one of the same clip, which stands for the reference. */
import { TinymlError } from '../diagnostics/errors.ts';
import { mixSeed, seededRandom } from '../numbers/random.ts';
import { ANNEAL } from '../program/kernels/patch-gate.ts';
import type { BatchSource } from '../train/run/batches.ts';

/** Frames of clips, numbered through. */
export type Frames = {
  readonly name: string;
  readonly clips: readonly { readonly first: number; readonly frames: number }[];
  /** Writes a frame as the model takes it. */
  readonly fill: (index: number, into: Float32Array) => void;
  readonly reference?: (index: number, into: Float32Array) => void;
};

export type PairOptions = {
  readonly batchSize: number;
  readonly seed: number;
  /** Elements of a frame. */
  readonly elements: number;
  /** Frames from the reference to the frame are 1 .. distance: a reference is a composite of patches of many ages. */
  readonly distance: number;
  /** What changes in the run, by the share of it that is done. */
  readonly anneal: (done: number) => { readonly temperature: number; readonly budgetWeight: number };
  readonly epochs: number;
};

/**
 * One pair for every frame but the first ones of clips, in each epoch in another order and with other references, which
 * depend on seed and epoch alone. Small distances are as likely as large ones are by octaves: 1, 2 or 3, 4 to 7, ...
 * @throws TinymlError E_DATA for clips of one frame
 */
export function pairBatches(
  { name, clips, fill, reference: held }: Frames,
  options: PairOptions,
): BatchSource {
  const { batchSize, seed, elements, distance, anneal, epochs } = options;
  const frames = clips.flatMap(({ first, frames: count }) =>
    Array.from({ length: Math.max(0, count - 1) }, (_, i) => ({ index: first + i + 1, before: i + 1 })),
  );
  if (frames.length === 0) {
    throw new TinymlError(
      'E_DATA',
      'a gate is trained on what changes from frame to frame, and there is one frame',
      {
        at: name,
        hint: 'Give a clip of several frames.',
      },
    );
  }
  const size = Math.min(batchSize, frames.length);
  const perEpoch = Math.floor(frames.length / size);
  return {
    perEpoch,
    counted: size,
    *epoch(epoch, first = 0) {
      const random = seededRandom(mixSeed(seed, epoch));
      const chosen = frames
        .map(({ index, before }) => ({
          index,
          reference: index - distanceOf(Math.min(distance, before), random),
          rank: random(),
        }))
        .sort((a, b) => a.rank - b.rank);
      const inputs = new Float32Array(2 * size * elements);
      for (let batch = first; batch < perEpoch; batch++) {
        chosen.slice(batch * size, (batch + 1) * size).forEach(({ index, reference }, i) => {
          fill(index, inputs.subarray(2 * i * elements, (2 * i + 1) * elements));
          (held === undefined ? fill : (_: number, into: Float32Array) => held(index, into))(
            reference,
            inputs.subarray((2 * i + 1) * elements, (2 * i + 2) * elements),
          );
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

/** A distance of 1 .. most. */
function distanceOf(most: number, random: () => number): number {
  const octaves = Math.floor(Math.log2(most)) + 1;
  const least = 2 ** Math.floor(random() * octaves);
  return Math.min(most, least + Math.floor(random() * least));
}
