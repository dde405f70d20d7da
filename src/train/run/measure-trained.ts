/** How good a network is in the arithmetic of its training, as it stands. */
import type { IndexedDataset } from '../../data/types.ts';
import { mixSeed, seededRandom } from '../../numbers/random.ts';
import type { Trainer } from '../types.ts';

/** Key of the order in which data are read for batches. */
const MEASURE = 7;

/**
 * Share of right answers, and mean loss, of the forward pass of training: steps at a rate of 0 that are taken back, ranges and all. Samples are
 * shuffled, because the statistics of a batch of one class say nothing of the others.
 * @param elements of an input
 * @param step that random numbers come from
 */
export function measureTrained(
  trainer: Trainer,
  evaluation: IndexedDataset,
  elements: number,
  step: number,
): { readonly accuracy: number; readonly loss: number } {
  const { batchSize } = trainer;
  const { length } = evaluation;
  const order = shuffledIndices(length, mixSeed(MEASURE));
  const state = trainer.state();
  const inputs = new Float32Array(batchSize * elements);
  const labels = new Int32Array(batchSize);
  let [correct, loss] = [0, 0];
  for (let first = 0; first < length; first += batchSize) {
    // The last batch is filled up with the first samples, which do not count again.
    const counted = Math.min(batchSize, length - first);
    const indices = Array.from({ length: batchSize }, (_, i) => order[(first + i) % length]!);
    evaluation.fill(indices, inputs, labels);
    labels.fill(-1, counted);
    const result = trainer.step({ inputs, labels, targets: null }, { step, learningRate: 0 });
    correct += result.correct;
    loss += result.loss * counted;
    trainer.restore(state);
  }
  return { accuracy: correct / length, loss: loss / length };
}

function shuffledIndices(length: number, seed: number): readonly number[] {
  const random = seededRandom(seed);
  const keys = Float64Array.from({ length }, () => random());
  return Array.from({ length }, (_, i) => i).sort((a, b) => keys[a]! - keys[b]!);
}
