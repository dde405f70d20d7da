/** Which loops and which packed kernels a Program gets, by what is to be little of. Law: the same bytes. */
import { planDepthFirst } from '../../../program/depth-first.ts';
import type { Optimise } from '../../../program/implementation.ts';
import type { Step } from '../../../program/kernels/index.ts';
import type { MemoryPlan } from '../../../program/memory-plan.ts';
import { leastBytes, type PlanOptions, planMemory } from '../../../program/plan.ts';
import type { Program } from '../../../program/program.ts';
import { type Device, rowStreams } from '../../../program/row-streams.ts';
import { tableBytes } from '../../../program/tables.ts';
import { codeBytes } from './code-bytes.ts';
import { packFor } from './index.ts';

type Planned = { readonly program: Program; readonly plan: MemoryPlan };

type PackedOptions = PlanOptions & {
  /** Instructions of one call of a step on the core; null where nobody knows. */
  readonly instructionsOf: (step: Step) => number | null;
  /** Bytes that the arena may have; default: any. */
  readonly budget?: number | undefined;
};

/**
 * A Program with the loops and the packed steps that suit, and its plan. Packing comes behind loops: what is best for a step depends on the rows that it has. Images go
 * by rows where the arena is beyond the budget otherwise.
 */
export function planPacked(program: Program, given: PackedOptions, optimise: Optimise = 'balanced'): Planned {
  const { instructionsOf, budget = Number.POSITIVE_INFINITY, ...rest } = given;
  const options = { ...rest, overlap: true };
  const chosen = planFor(program, options, optimise, instructionsOf);
  if (chosen.plan.arenaBytes <= budget) return chosen;
  const pack = (one: Program): Program => packFor(one, options.library, options.core);
  const streams = rowStreams(program, options, { pack, instructionsOf });
  const found = withinBudget(streams, options, budget);
  return found.plan.arenaBytes < chosen.plan.arenaBytes ? found : chosen;
}

/** Bytes between tensors, which no cut foresees, take the budget down; so often. */
const MOST_TRIES = 4;

function withinBudget(streams: (budget: number) => Program, options: PlanOptions, budget: number): Planned {
  let best: Planned | null = null;
  for (let [left, tries] = [budget, MOST_TRIES]; tries > 0 && left > 0; tries--) {
    const streamed = streams(left);
    const one = packed({ program: streamed, plan: planMemory(streamed, options) }, options);
    best = best === null ? one : least([best, one], arenaBytes);
    if (best.plan.arenaBytes <= budget) return best;
    left -= one.plan.arenaBytes - budget;
  }
  return best ?? withinBudget(streams, options, 1);
}

function planFor(
  program: Program,
  options: PlanOptions,
  optimise: Optimise,
  instructionsOf: PackedOptions['instructionsOf'],
): Planned {
  const whole = (): Planned => ({ program, plan: planMemory(program, options) });
  const looped = (): Planned => planDepthFirst(program, options);
  /** By rows in the fewest bytes, as packed steps or as they are. */
  const rowByRow = (pack: Device['pack']): Planned => {
    const streamed = pack(rowStreams(program, options, { pack, instructionsOf })(0));
    return { program: streamed, plan: planMemory(streamed, options) };
  };
  switch (optimise) {
    case 'balanced':
      return packed(looped(), options);
    case 'speed':
      return packed(whole(), options);
    case 'ram': {
      const plain = looped();
      return least(
        [
          packed(plain, options),
          packedBelowPeak(plain, options),
          plain,
          rowByRow((one) => packFor(one, options.library, options.core)),
          rowByRow((one) => one),
        ],
        arenaBytes,
      );
    }
    case 'flash': {
      const plain = looped();
      return least(
        [plain, packed(plain, options)],
        ({ program }) => tableBytes(program) + codeBytes(program),
      );
    }
  }
}

const arenaBytes = ({ plan }: Planned): number => plan.arenaBytes;

/** The first of those with the fewest bytes. */
function least(candidates: readonly Planned[], bytesOf: (one: Planned) => number): Planned {
  return candidates.reduce((best, one) => (bytesOf(one) < bytesOf(best) ? one : best));
}

/** @param keep steps that are not packed */
function packed(whole: Planned, options: PlanOptions, keep: ReadonlySet<number> = new Set()): Planned {
  const program = packFor(whole.program, options.library, options.core, keep);
  return program === whole.program ? whole : { program, plan: planMemory(program, options) };
}

/** Packed but for the steps whose scratch would raise the peak above what the steps need that are best either way. */
function packedBelowPeak(whole: Planned, options: PlanOptions): Planned {
  const all = packFor(whole.program, options.library, options.core);
  const [plain, full] = [whole.program, all].map((one) => leastBytes(one, options)) as [
    readonly number[],
    readonly number[],
  ];
  const peak = plain.reduce((most, bytes, step) => Math.max(most, Math.min(bytes, full[step]!)), 0);
  return packed(whole, options, new Set(full.flatMap((bytes, step) => (bytes > peak ? [step] : []))));
}
