/** Frames of a clip as samples. */
import type { Sample } from '../../src/data/types.ts';

/** One frame after another, as models take them: NCHW reals. */
export type Frames = { readonly length: number; readonly at: (index: number) => Float32Array };

/** Frames first .. end - 1. */
export function part({ at }: Frames, first: number, end: number): Frames {
  return { length: end - first, at: (index) => at(first + index) };
}

/** Frames as one sequence. */
export function sequenceOf({ length, at }: Frames): readonly Sample[] {
  return Array.from({ length }, (_, index) => ({
    inputs: [at(index)],
    label: null,
    frame: { index, last: index === length - 1, judged: true },
  }));
}

/** The samples, as they are asked for. */
export async function* streamOf(samples: Iterable<Sample>): AsyncGenerator<Sample> {
  yield* samples;
}
