/**
 * Samples of before, as the trained part of a network sees them: latents, codes at the boundary of what is frozen, are kept and trained on again, which
 * spares the frozen part (latent replay: Pellegrini et al., "Latent Replay for Real-Time Continual Learning", IROS 2020). Every class has as many
 * places; which of its samples are in them is drawn by reservoir sampling (Vitter 1985). Everything is by counter.
 */
import { randomBits } from '../program/kernels/quantizer.ts';

export type ReplayOptions = {
  /** Latents that are kept, as many of each class; what does not divide is left out. */
  readonly latents: number;
  /** Steps on latents behind each step on a sample. */
  readonly steps: number;
};

/** Where latents lie, and how many: `latents` int8 [classes][perClass][bytes], `seen` int32 [classes] how many samples of each class there were. */
type ReplayBuffer = {
  readonly latents: Int8Array;
  readonly seen: Int32Array;
  readonly perClass: number;
};

/** What random numbers of each use come from, beside the key of a run. */
export const REPLAY_KEYS = { place: 1, class: 2, latent: 3 } as const;

const MOST_SEEN = 2 ** 31 - 1;

/** The number of a step, as random numbers know it: those on latents have numbers of their own. @param which 0: on the sample itself */
export function stepNumber(sample: number, which: number, replay: ReplayOptions | null): number {
  return replay === null ? sample : sample * (1 + replay.steps) + which;
}

/** Keeps a latent, or not: each of n samples of a class has been kept with the same probability. @param number of the step */
export function remember(
  { latents, seen, perClass }: ReplayBuffer,
  label: number,
  latent: Int8Array,
  seed: number,
  number: number,
): void {
  const count = Math.min(seen[label]! + 1, MOST_SEEN);
  seen[label] = count;
  const place = count <= perClass ? count - 1 : below(randomBits(seed + REPLAY_KEYS.place, number), count);
  if (place < perClass) latents.set(latent, (label * perClass + place) * latent.length);
}

/** One latent of a class that is drawn among those that have any. */
export function recall(
  { latents, seen, perClass }: ReplayBuffer,
  bytes: number,
  seed: number,
  number: number,
): { readonly label: number; readonly latent: Int8Array } {
  const known = [...seen.keys()].filter((label) => seen[label]! > 0);
  const label = known[below(randomBits(seed + REPLAY_KEYS.class, number), known.length)]!;
  const kept = Math.min(seen[label]!, perClass);
  const place = below(randomBits(seed + REPLAY_KEYS.latent, number), kept);
  const first = (label * perClass + place) * bytes;
  return { label, latent: latents.subarray(first, first + bytes) };
}

/** A number below a count, of 32 random bits. */
function below(bits: number, count: number): number {
  return Math.floor(((bits >>> 0) * count) / 2 ** 32);
}

/** Tensors as one latent. */
export function joined(tensors: readonly Int8Array[], bytes: number): Int8Array {
  const latent = new Int8Array(bytes);
  let at = 0;
  for (const tensor of tensors) {
    latent.set(tensor, at);
    at += tensor.length;
  }
  return latent;
}

/** Puts a latent where its tensors are. */
export function part(tensors: readonly Int8Array[], latent: Int8Array): void {
  let at = 0;
  for (const tensor of tensors) {
    tensor.set(latent.subarray(at, at + tensor.length));
    at += tensor.length;
  }
}
