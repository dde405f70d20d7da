/** The version between this code and the compiled kernels: a hash of the signatures, and of the layout of encoded Programs. */
import { kernelNames, signatureOf } from '../program/kernels/index.ts';

/** Changes with what encode.ts writes, beyond the signatures. */
const LAYOUT = 7;

/** An int32 (FNV-1a) that both sides must agree on: native/engine/generated/kernels.h has that of its sources. */
export const CODE_VERSION = hash(
  JSON.stringify([LAYOUT, kernelNames.map((name) => [name, { ...signatureOf(name), about: null }])]),
);

/** Why compiled kernels of another version are not used. */
export const STALE = 'built from other sources; "npm run build" builds them anew';

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ character.codePointAt(0)!, 0x01000193);
  return value;
}
