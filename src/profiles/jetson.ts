/** What follows from the numbers of a Jetson: versions in order, power modes of a JetPack, and peak rates. */
import type { JetsonProfile, JetsonSoftware, PowerMode } from './types.ts';

/** Negative where version `a` (e.g. "6.1") is before `b`, 0 where they are the same; parts that are missing are 0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  const places = Array.from({ length: Math.max(left.length, right.length) }, (_, i) => i);
  return places.map((i) => (left[i] ?? 0) - (right[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

/** Power modes that a JetPack has. */
export function powerModesOf(
  profile: JetsonProfile,
  { jetpack }: Pick<JetsonSoftware, 'jetpack'>,
): readonly PowerMode[] {
  return profile.powerModes.filter(({ since }) => since === null || compareVersions(jetpack, since) >= 0);
}

/**
 * Operations of one streaming multiprocessor in one clock, dense; a multiply-accumulate is two. They reproduce the totals that
 * the data sheets give. Null where the hardware has none; what Thor reaches is not derived, as its clocks do not give its totals.
 */
const PER_CLOCK: Readonly<
  Record<JetsonProfile['gpu']['architecture'], { readonly int8: number | null; readonly fp16: number | null }>
> = {
  maxwell: { int8: null, fp16: 512 },
  pascal: { int8: null, fp16: 512 },
  volta: { int8: 2048, fp16: 1024 },
  ampere: { int8: 4096, fp16: 2048 },
  blackwell: { int8: null, fp16: null },
};

/** Peak of the GPU in a power mode, in operations a second, dense; null where it is not known, or there is none. */
export function peakRate(profile: JetsonProfile, mode: PowerMode, precision: 'int8' | 'fp16'): number | null {
  const perClock = PER_CLOCK[profile.gpu.architecture][precision];
  if (perClock === null || mode.gpuHz === null) return null;
  return perClock * (mode.smActive ?? profile.gpu.smCount) * mode.gpuHz;
}
