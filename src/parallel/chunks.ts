/** Cuts samples into the portions that threads take. */
import type { Sample } from '../data/types.ts';

/** A chunk has as many samples as fit into this many bytes of inputs, at least one and at most so many. */
const CHUNK_BYTES = 128 << 10;
const CHUNK_SAMPLES = 64;

/** Consecutive samples; how many is said by the first of each chunk. */
export async function* chunksOf(samples: AsyncIterable<Sample>): AsyncIterable<readonly Sample[]> {
  let chunk: Sample[] = [];
  let full = 0;
  for await (const sample of samples) {
    if (chunk.length === 0) full = chunkLength(sample);
    chunk.push(sample);
    if (chunk.length < full) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** Samples in a chunk that begins with this one. */
export function chunkLength({ inputs }: Sample): number {
  const bytes = inputs.reduce((sum, input) => sum + input.byteLength, 0);
  return Math.min(CHUNK_SAMPLES, Math.max(1, Math.floor(CHUNK_BYTES / Math.max(bytes, 1))));
}
