/** Tensors that stay from run to run, and their first values. */
import type { Program } from './program.ts';
import type { ProgramTensor, TensorId } from './types.ts';

export function stateTensors({ tensors }: Pick<Program, 'tensors'>): readonly TensorId[] {
  return tensors.flatMap(({ storage }, id) => (storage.kind === 'state' ? [id] : []));
}

/** The byte that all bytes of the first value of a state tensor are; null where they differ, or where it is no state. */
export function fillingByte({ storage }: ProgramTensor): number | null {
  if (storage.kind !== 'state') return null;
  const { buffer, byteOffset, byteLength } = storage.initial;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const [first = 0] = bytes;
  return bytes.every((byte) => byte === first) ? first : null;
}
