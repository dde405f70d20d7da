/** Records of parameters of firmware that trains (`<name>_training.h`), and what of them a fleet shares. */
import { crc32 } from 'node:zlib';
import { TinymlError } from '../../diagnostics/errors.ts';
import type { StateTensor } from '../../targets/target.ts';

/** Magic, version, two words of identity, bytes of the state, CRC-32 of these. */
const HEADER_BYTES = 24;

/** Codes of int8 or numbers of float32, by the name of their tensor. */
export type Parameters = ReadonlyMap<string, Int8Array | Float32Array>;

/** @throws TinymlError E_BUNDLE for a bundle whose state nothing is known of, or of types that are not averaged */
export function sharedTensors(state: readonly StateTensor[]): readonly StateTensor[] {
  const shared = state.filter((tensor) => tensor.shared);
  const other = shared.find(({ dtype }) => dtype !== 'int8' && dtype !== 'float32');
  if (shared.length > 0 && other === undefined) return shared;
  throw new TinymlError('E_BUNDLE', 'the bundle has no parameters that a fleet could share', {
    at: other?.name ?? 'manifest.json',
    hint: 'deploy it with --training, by this version',
  });
}

export function elementsOf({ dtype, bytes }: StateTensor): number {
  return dtype === 'int8' ? bytes : bytes / 4;
}

export function parametersOf(record: Uint8Array, shared: readonly StateTensor[]): Parameters {
  return new Map(
    shared.map(({ name, dtype, offset, bytes }) => {
      const { buffer } = record.slice(HEADER_BYTES + offset, HEADER_BYTES + offset + bytes);
      return [name, dtype === 'int8' ? new Int8Array(buffer) : new Float32Array(buffer)] as const;
    }),
  );
}

/** The same record with other parameters; what is of the device stays. */
export function withParameters(
  record: Uint8Array,
  shared: readonly StateTensor[],
  parameters: Parameters,
): Uint8Array {
  const changed = record.slice();
  for (const { name, offset } of shared) {
    const { buffer, byteOffset, byteLength } = parameters.get(name)!;
    changed.set(new Uint8Array(buffer, byteOffset, byteLength), HEADER_BYTES + offset);
  }
  const end = changed.length - 4;
  new DataView(changed.buffer).setUint32(end, crc32(changed.subarray(HEADER_BYTES, end)), true);
  return changed;
}
