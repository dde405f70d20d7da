import type { Dataset, Sample } from '../data/types.ts';

const TURN_MS = 50;

/**
 * The same data set, with a turn of the event loop every 50 ms. Reading from memory and computing would otherwise
 * keep it from turning until the end, and Ctrl-C would not be seen before.
 */
export function interruptible<D extends Dataset>(dataset: D): D {
  return { ...dataset, samples: (indices) => withTurns(dataset.samples(indices)) };
}

async function* withTurns(samples: AsyncIterable<Sample>): AsyncIterable<Sample> {
  let last = performance.now();
  for await (const sample of samples) {
    if (performance.now() - last > TURN_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      last = performance.now();
    }
    yield sample;
  }
}
