/** Rates of several candidates, measured in turns. */

/** Images that went through a candidate, the calls they took, and the time. */
export type Slice = { readonly images: number; readonly calls: number; readonly seconds: number };

export type Candidate = {
  /** Runs at least one call, and goes on until so many milliseconds are over. */
  readonly run: (milliseconds: number) => Promise<Slice>;
  readonly close: () => Promise<void>;
};

/** Medians over the slices. */
export type Rate = { readonly imagesPerSecond: number; readonly secondsPerCall: number };

const SLICE_MILLISECONDS = 50;

/**
 * Measures each candidate for so many seconds, in slices that take turns: what else the machine does, and how fast its
 * clock runs, falls on all alike.
 */
export async function measureInTurns<Name extends string>(
  candidates: Readonly<Record<Name, Candidate>>,
  seconds: number,
): Promise<Readonly<Record<Name, Rate>>> {
  const names = Object.keys(candidates) as Name[];
  const slices = new Map(names.map((name) => [name, [] as Slice[]]));
  for (const name of names) await candidates[name].run(SLICE_MILLISECONDS); // caches, memory, the JIT compiler
  const rounds = Math.max(3, Math.round((seconds * 1000) / SLICE_MILLISECONDS));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) slices.get(name)!.push(await candidates[name].run(SLICE_MILLISECONDS));
    if (names.every((name) => spent(slices.get(name)!) >= seconds) && round >= 2) break;
  }
  const rate = (name: Name): Rate => ({
    imagesPerSecond: median(slices.get(name)!.map((slice) => slice.images / slice.seconds)),
    secondsPerCall: median(slices.get(name)!.map((slice) => slice.seconds / slice.calls)),
  });
  return Object.fromEntries(names.map((name) => [name, rate(name)])) as Record<Name, Rate>;
}

function spent(slices: readonly Slice[]): number {
  return slices.reduce((sum, slice) => sum + slice.seconds, 0);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
