/**
 * From instructions to time. QEMU counts instructions, not cycles: how many cycles an instruction takes depends on the core, on the mix of
 * instructions, on flash and on caches. So it is a range.
 *
 * Where the numbers come from (docs/estimates.md tells them one by one): for Cortex-M3, M4 and M55 the documented cycles of each instruction over
 * traces of whole inferences (bench/cycles), and published MLPerf Tiny results of CMSIS-NN on STM32L4R5 for what flash adds on an M4; for other cores
 * the same results on M4, M7, M33 and M85 boards by the same vendors. Of Cortex-M0+ and M23 there are documented cycles alone, and their ranges are wide.
 */
import type { CortexMCore, CortexMProfile } from '../../../profiles/types.ts';
import type { KernelLibrary } from '../../../program/implementation.ts';
import type { TimeRange } from '../../target.ts';

/** Cycles of an instruction, on average. */
const CYCLES: Readonly<Record<CortexMCore, Readonly<Record<KernelLibrary, TimeRange>>>> = {
  'cortex-m0plus': both({ low: 1.25, likely: 1.6, high: 2.5 }),
  'cortex-m3': {
    builtin: { low: 1.9, likely: 2.22, high: 2.91 },
    'cmsis-nn': { low: 1.5, likely: 1.75, high: 2.3 },
  },
  'cortex-m4': {
    builtin: { low: 1.32, likely: 1.63, high: 2.06 },
    'cmsis-nn': { low: 1.2, likely: 1.4, high: 1.8 },
  },
  'cortex-m7': {
    builtin: { low: 0.76, likely: 1.05, high: 1.63 },
    'cmsis-nn': { low: 0.65, likely: 0.91, high: 1.4 },
  },
  'cortex-m23': both({ low: 1.3, likely: 1.7, high: 2.6 }),
  'cortex-m33': {
    builtin: { low: 1.19, likely: 1.39, high: 1.84 },
    'cmsis-nn': { low: 1.0, likely: 1.2, high: 1.6 },
  },
  'cortex-m55': {
    builtin: { low: 1.0, likely: 1.33, high: 1.94 },
    'cmsis-nn': { low: 1.0, likely: 1.08, high: 1.53 },
  },
  'cortex-m85': {
    builtin: { low: 0.85, likely: 1.05, high: 1.5 },
    'cmsis-nn': { low: 0.8, likely: 0.95, high: 1.4 },
  },
};

function both(range: TimeRange): Readonly<Record<KernelLibrary, TimeRange>> {
  return { builtin: range, 'cmsis-nn': range };
}

/**
 * Wait states of the flash of the board that the results are of from which `likely` and `high` come: what they have more than `low` is in
 * proportion to those. None of cores with caches, where it depends on what they miss.
 */
const MEASURED_WITH: Partial<Readonly<Record<CortexMCore, number>>> = { 'cortex-m4': 5, 'cortex-m33': 4 };

/** What time depends on beside instructions. */
export type Clocked = Pick<CortexMProfile, 'core' | 'clockHz'> & {
  /** Null where nothing is known of them. */
  readonly waitStates: number | null;
};

/** Milliseconds at the highest clock of the profile. */
export function timeOf(
  instructions: number,
  { core, clockHz, waitStates }: Clocked,
  library: KernelLibrary,
): TimeRange {
  const { low, likely, high } = CYCLES[core][library];
  const measuredWith = MEASURED_WITH[core];
  const waiting = waitStates === null || measuredWith === undefined ? 1 : waitStates / measuredWith;
  const ms = (cycles: number): number => (instructions * (low + (cycles - low) * waiting) * 1000) / clockHz;
  return { low: ms(low), likely: ms(likely), high: ms(high) };
}
