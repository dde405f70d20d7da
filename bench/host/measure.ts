/** Rates of several candidates, measured in turns. */

/** Images that went through a candidate, and the calls they took. */
export type Work = { readonly images: number; readonly calls: number };

export type Candidate = {
  /** Runs at least one call, and goes on until so many milliseconds are over. */
  readonly run: (milliseconds: number) => Promise<Work>;
  readonly close: () => Promise<void>;
};

/**
 * Seconds since some moment: of the clock, or of the processor time of all threads of this process. The latter tells two
 * candidates of one thread apart on a machine that has other work, too.
 */
export const CLOCKS = {
  wall: () => performance.now() / 1000,
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
} as const;

export type Clock = keyof typeof CLOCKS;

/** Medians over the slices. */
export type Rate = { readonly imagesPerSecond: number; readonly secondsPerCall: number };

type Slice = Work & { readonly seconds: number };

const SLICE_MILLISECONDS = 50;

/**
 * Measures each candidate for so many seconds, in slices that take turns: what else the machine does, and how fast its
 * clock runs, falls on all alike.
 */
export async function measureInTurns<Name extends string>(
  candidates: Readonly<Record<Name, Candidate>>,
  seconds: number,
  now: () => number = CLOCKS.wall,
): Promise<Readonly<Record<Name, Rate>>> {
  const names = Object.keys(candidates) as Name[];
  const slices = new Map(names.map((name) => [name, [] as Slice[]]));
  const slice = async (name: Name): Promise<Slice> => {
    const start = now();
    const work = await candidates[name].run(SLICE_MILLISECONDS);
    return { ...work, seconds: now() - start };
  };
  for (const name of names) await slice(name); // caches, memory, the JIT compiler
  const rounds = Math.max(3, Math.round((seconds * 1000) / SLICE_MILLISECONDS));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) slices.get(name)!.push(await slice(name));
    if (names.every((name) => spent(slices.get(name)!) >= seconds) && round >= 2) break;
  }
  const rate = (name: Name): Rate => ({
    imagesPerSecond: median(slices.get(name)!.map(({ images, seconds }) => images / seconds)),
    secondsPerCall: median(slices.get(name)!.map(({ calls, seconds }) => seconds / calls)),
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
