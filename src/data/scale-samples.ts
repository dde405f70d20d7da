import type { Sample } from './types.ts';

/** value * factor + offset. */
export type AffineMap = { readonly factor: number; readonly offset: number };

/** The samples with every value of every input mapped. */
export async function* scaleSamples(
  samples: AsyncIterable<Sample>,
  { factor, offset }: AffineMap,
): AsyncIterable<Sample> {
  for await (const sample of samples) {
    yield {
      ...sample,
      inputs: sample.inputs.map((values) => values.map((value) => value * factor + offset)),
    };
  }
}
