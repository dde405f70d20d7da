/** First values of state. */
import type { ProgramTensor } from './types.ts';

/** The byte that all bytes of the first value of a state tensor are; null where they differ, or where it is no state. */
export function fillingByte({ storage }: ProgramTensor): number | null {
  if (storage.kind !== 'state') return null;
  const { buffer, byteOffset, byteLength } = storage.initial;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const [first = 0] = bytes;
  return bytes.every((byte) => byte === first) ? first : null;
}
