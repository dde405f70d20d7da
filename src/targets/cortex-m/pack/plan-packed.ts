/** Which loops and which packed kernels a Program gets, by what is to be little of. Law: the same bytes. */

import { streamedInputOf } from '../../../program/caller-rows.ts';
import { depthFirst } from '../../../program/depth-first.ts';
import type { Optimise } from '../../../program/implementation.ts';
import type { Step } from '../../../program/kernels/index.ts';
import { touchesOf } from '../../../program/lifetimes.ts';
import { timesOfSteps } from '../../../program/loops.ts';
import type { MemoryPlan } from '../../../program/memory-plan.ts';
import { withMoves } from '../../../program/moves.ts';
import { once } from '../../../program/once.ts';
import {
  bytesBetween,
  leastBytes,
  liveBytes,
  type PlanOptions,
  unverifiedPlan,
} from '../../../program/plan.ts';
import type { Program } from '../../../program/program.ts';
import { rowStreams } from '../../../program/row-streams.ts';
import { tableBytes } from '../../../program/tables.ts';
import { verifyProgram } from '../../../program/verify.ts';
import { verifyPlan } from '../../../program/verify-plan.ts';
import { codeBytes } from './code-bytes.ts';
import { packedStep, packFor } from './index.ts';
import { withNarrowerBand } from './planes.ts';

export type PackedPlan = { readonly program: Program; readonly plan: MemoryPlan };

type PackedOptions = PlanOptions & {
  /** Instructions of one call of a step on the core; null where nobody knows. */
  readonly instructionsOf: (step: Step) => number | null;
  /** Bytes that the arena may have; default: any. */
  readonly budget?: number | undefined;
};

export type PackedPlans = {
  /** Within the budget where any form is: images go by rows where the arena is beyond it otherwise. */
  readonly optimised: (optimise?: Optimise) => PackedPlan;
  /**
   * Whatever the budget: tensors whole and apart; outputs over what has been read of inputs; by rows, in the fewest bytes that packed steps take; and
   * in the fewest of all.
   */
  readonly whole: () => PackedPlan;
  readonly overlap: () => PackedPlan;
  readonly rows: () => PackedPlan;
  readonly leastRows: () => PackedPlan;
};

/**
 * A Program with the loops and the packed steps that suit, and its plan, for each choice that is asked for; what choices have in common is planned once. Packing comes
 * behind loops: what is best for a step depends on the rows that it has.
 */
export function packedPlans(program: Program, given: PackedOptions): PackedPlans {
  const { instructionsOf, budget = Number.POSITIVE_INFINITY, ...rest } = given;
  const options = { ...rest, overlap: true };
  const packStep = (step: Step): Step => packedStep(step, program, options.library, options.core);
  const streams = once(() => rowStreams(program, options, { packStep, instructionsOf }));
  /** In the fewest bytes, and of what takes as many in the fewest instructions. */
  const smallest = once(() => {
    const fewest = streams()(0);
    const found = smaller(byRows(fewest, { ...options, within: fewest.bytes }), options);
    // Within the bytes that were cut for there are no other cuts.
    if (arenaBytes(found) === fewest.bytes) return found;
    const cheaper = withinBudget(streams(), options, arenaBytes(found), instructionsOf);
    return least([...(cheaper === null ? [] : [cheaper]), found], arenaBytes);
  });
  const packedRows = once(() => {
    const one = streams()(0).program;
    const all = planned(packedWhole(one, options), options);
    return smallestOfFew(streams(), options, { all, least: arenaBytes(smallest()) }, instructionsOf);
  });
  const isWithin = (one: PackedPlan): boolean => arenaBytes(one) <= budget;
  /** By rows: cuts that are made for the budget, or for the fewest bytes of packed steps, which may come to less than their parts foresee. */
  const within = once(() => {
    const cut = withinBudget(streams(), options, budget, instructionsOf) ?? smallest();
    const fitting = [cut, packedRows()].filter(isWithin);
    return fitting.length === 0
      ? cut
      : least(fitting, ({ program: one }) => instructionsIn(one, instructionsOf));
  });
  const plansOf =
    streamedInputOf(program) === null
      ? plansWithoutBudget(program, options, smallest, instructionsOf)
      : plansOfRows(streams, options, { smallest, packedRows }, Number.isFinite(budget) ? within : null);
  const wholeWith = (overlap: boolean): PackedPlan => {
    const own = { ...options, overlap };
    return withNarrowerBands(planned(packedWhole(program, own), own), own, instructionsOf, NARROWING_FOR_RAM);
  };
  /** What takes the fewest instructions within the budget: of what has no loops, it is what was chosen. */
  const cheapest = (chosen: PackedPlan): PackedPlan => {
    if (!Number.isFinite(budget) || (chosen.program.loops ?? []).length === 0) return chosen;
    const others = [plansOf('speed'), within()].filter(isWithin);
    return least([chosen, ...others], ({ program: one }) => instructionsIn(one, instructionsOf));
  };
  const optimised = (optimise: Optimise): PackedPlan => {
    const chosen = plansOf(optimise);
    if (!isWithin(chosen)) return least([chosen, within()], arenaBytes);
    return optimise === 'ram' || optimise === 'flash' ? chosen : cheapest(chosen);
  };
  return {
    optimised: (optimise = 'balanced') => verified(optimised(optimise), options),
    whole: () => verified(wholeWith(false), { ...options, overlap: false }),
    overlap: () => verified(wholeWith(true), options),
    rows: () => verified(packedRows(), options),
    leastRows: () => verified(smallest(), options),
  };
}

/** What leaves here: of what was compared and left, nobody asks whether it was right. */
function verified(one: PackedPlan, options: PlanOptions): PackedPlan {
  verifyProgram(one.program);
  verifyPlan(one.program, one.plan, options);
  return one;
}

/** Of both forms that which takes fewer bytes, and of as many the faster one, which is not placed where it is live in more. */
function smaller({ fastest, fast, small }: Rowed, options: PlanOptions): PackedPlan {
  const live = leastBytes(fastest, options).reduce((most, bytes) => Math.max(most, bytes), 0);
  return live > arenaBytes(small()) ? small() : least([fast(), small()], arenaBytes);
}

/** Bytes between tensors, which no cut foresees, take the budget down; so often. */
const MOST_TRIES = 4;

/** By rows within a budget; null where no cuts are. @param most instructions: what takes more is not looked at */
function withinBudget(
  streams: ReturnType<typeof rowStreams>,
  options: PlanOptions,
  budget: number,
  instructionsOf: PackedOptions['instructionsOf'],
  most = Number.POSITIVE_INFINITY,
): PackedPlan | null {
  const found: PackedPlan[] = [];
  for (let [left, tries] = [budget, MOST_TRIES]; tries > 0 && left > 0; tries--) {
    const streamed = streams(left);
    if (streamed.bytes > left) break;
    const { fastest, fast, small } = byRows(streamed, options);
    if (instructionsIn(fastest, instructionsOf) > most) break;
    if (arenaBytes(fast()) <= budget) return fast();
    found.push(fast(), small());
    left -= arenaBytes(fast()) - budget;
  }
  const within = found.filter((one) => arenaBytes(one) <= budget);
  if (within.length > 0) return least(within, ({ program }) => instructionsIn(program, instructionsOf));
  return found.length === 0 ? null : least(found, arenaBytes);
}

/** Of the instructions of packed steps: more are those of portable ones. */
const MORE = 0.1;

/** How often the bytes between those of the fewest and those of packed steps are halved. */
const HALVINGS = 2;

/**
 * The fewest bytes in which hardly more instructions are taken than by the cuts of the fewest bytes with every step packed: cuts are found by what their
 * steps take as they are, and others may have more room for scratch.
 */
function smallestOfFew(
  streams: ReturnType<typeof rowStreams>,
  options: PlanOptions,
  { all, least: fewest }: { readonly all: PackedPlan; readonly least: number },
  instructionsOf: PackedOptions['instructionsOf'],
): PackedPlan {
  const most = (1 + MORE) * instructionsIn(all.program, instructionsOf);
  const tried = (budget: number): PackedPlan | null => {
    const one = withinBudget(streams, options, budget, instructionsOf, most);
    const isFew = one !== null && instructionsIn(one.program, instructionsOf) <= most;
    return isFew && arenaBytes(one) <= budget ? one : null;
  };
  let best = tried(arenaBytes(all)) ?? all;
  for (let [low, n] = [fewest, 0]; n < HALVINGS && arenaBytes(best) - low > 1; n++) {
    const middle = Math.floor((low + arenaBytes(best)) / 2);
    const one = tried(middle);
    if (one === null) low = middle;
    else best = one;
  }
  return best;
}

/** Of all calls whose instructions are known. */
function instructionsIn(program: Program, instructionsOf: PackedOptions['instructionsOf']): number {
  const times = timesOfSteps(program);
  return program.steps.reduce((sum, step, index) => sum + times[index]! * (instructionsOf(step) ?? 0), 0);
}

/** A Program by rows with packed steps, its plan, and the plan of the one without. */
type Rowed = { readonly fastest: Program } & Readonly<Record<'fast' | 'small', () => PackedPlan>>;

/**
 * By rows: packed but for the steps whose scratch is beyond the bytes that were cut for, which is faster, and as it is, which may be smaller. Where
 * that is what takes more bytes than were cut for, tensors are moved between loops.
 */
function byRows({ program, bytes }: ReturnType<ReturnType<typeof rowStreams>>, options: PlanOptions): Rowed {
  const within = (one: Program): PackedPlan => movedWithin(one, options, bytes);
  const fastest = packedWithin(program, options, () => bytes);
  const fast = once(() => within(fastest));
  return { fastest, fast, small: fastest === program ? fast : once(() => within(program)) };
}

function movedWithin(one: Program, options: PlanOptions, bytes: number): PackedPlan {
  const found = planned(one, options);
  const moved = arenaBytes(found) <= bytes ? null : withMoves(one, options, bytes);
  return moved === null ? found : planned(moved, { ...options, within: Number.POSITIVE_INFINITY });
}

function plansWithoutBudget(
  program: Program,
  options: PlanOptions,
  rowByRow: () => PackedPlan,
  instructionsOf: PackedOptions['instructionsOf'],
): (optimise: Optimise) => PackedPlan {
  const looped = once(() => depthFirst(program, options));
  const plainLoops = once(() => planned(looped(), options));
  const packedLoops = once(() => planned(packedWhole(looped(), options), options));
  const narrowBands = once(() => withNarrowerBands(packedLoops(), options, instructionsOf, NARROWING));
  const narrowestBands = once(() =>
    withNarrowerBands(narrowBands(), options, instructionsOf, NARROWING_FOR_RAM),
  );
  const whole = (): PackedPlan => planned(packedWhole(program, options), options);
  const packedLow = (): PackedPlan => planned(packedWithin(looped(), options, lowestPeak), options);
  /** Whole tensors take no less than there is between two steps. */
  const isAbove = (bytes: number): boolean =>
    looped() === program && Math.max(...bytesBetween(program, touchesOf(program))) > bytes;
  return (optimise) => {
    switch (optimise) {
      case 'balanced':
        return narrowBands();
      case 'speed':
        return looped() === program ? packedLoops() : whole();
      case 'ram':
        return isAbove(arenaBytes(rowByRow()))
          ? rowByRow()
          : least([narrowestBands(), packedLow(), plainLoops(), rowByRow()], arenaBytes);
      case 'flash':
        return least([plainLoops(), narrowBands()], flashBytes);
    }
  };
}

/** Of all instructions: what narrower bands may take, and where RAM is what counts. */
const NARROWING = 0.005;
const NARROWING_FOR_RAM = 0.015;

/**
 * With narrower bands in the steps that set the peak, row by row, as long as the arena becomes smaller and they take few more instructions: each band keeps
 * rows of the one before, and makes its weights ready.
 */
function withNarrowerBands(
  whole: PackedPlan,
  options: PlanOptions,
  instructionsOf: PackedOptions['instructionsOf'],
  more: number,
): PackedPlan {
  const most = (1 + more) * instructionsIn(whole.program, instructionsOf);
  const narrowed = (one: PackedPlan): PackedPlan => {
    const live = liveBytes(one.program, one.plan);
    const peak = Math.max(...live);
    const steps = one.program.steps.map((step, i) => (live[i] === peak ? withNarrowerBand(step) : step));
    if (!steps.every((step) => step !== null)) return one;
    const program = { ...one.program, steps };
    if (instructionsIn(program, instructionsOf) > most) return one;
    const next = planned(program, options);
    return arenaBytes(next) < arenaBytes(one) ? narrowed(next) : one;
  };
  return narrowed(whole);
}

/**
 * Of a Program whose input comes in rows, which go through some layers at least: in the fewest instructions within the budget; without one in as few
 * bytes as packed steps take, but where speed is all that counts.
 * @param within the plan within the budget; null without one
 */
function plansOfRows(
  streams: () => ReturnType<typeof rowStreams>,
  options: PlanOptions,
  { smallest, packedRows }: Readonly<Record<'smallest' | 'packedRows', () => PackedPlan>>,
  within: (() => PackedPlan) | null,
): (optimise: Optimise) => PackedPlan {
  return (optimise) => {
    switch (optimise) {
      case 'balanced':
        return (within ?? packedRows)();
      case 'speed':
        return byRows(streams()(Number.MAX_SAFE_INTEGER), options).fast();
      case 'ram':
        return least([smallest(), packedRows()], arenaBytes);
      case 'flash':
        return least([smallest(), packedRows()], flashBytes);
    }
  };
}

const arenaBytes = ({ plan }: PackedPlan): number => plan.arenaBytes;
const flashBytes = ({ program }: PackedPlan): number => tableBytes(program) + codeBytes(program);

/** The first of those with the least of what is counted: bytes, or instructions. */
function least(candidates: readonly PackedPlan[], count: (one: PackedPlan) => number): PackedPlan {
  const [first, ...others] = candidates.map((one) => ({ one, counted: count(one) }));
  return others.reduce((best, other) => (other.counted < best.counted ? other : best), first!).one;
}

function planned(program: Program, options: PlanOptions): PackedPlan {
  return { program, plan: unverifiedPlan(program, options) };
}

/** With every step packed that can be. */
function packedWhole(program: Program, { library, core }: PlanOptions): Program {
  return packFor(program, library, core);
}

/**
 * Packed but for the steps whose scratch would take more than so many bytes.
 * @param most of what is live at each step, as it is and packed
 */
function packedWithin(
  program: Program,
  options: PlanOptions,
  most: (plain: () => readonly number[], full: readonly number[]) => number,
): Program {
  const { library, core } = options;
  const all = packFor(program, library, core);
  if (all === program) return program;
  const full = leastBytes(all, options);
  const bytes = most(() => leastBytes(program, options), full);
  const keep = new Set(full.flatMap((live, step) => (live > bytes ? [step] : [])));
  return keep.size === 0 ? all : packFor(program, library, core, keep);
}

/** What the steps need of which each is as it takes less. */
function lowestPeak(plain: () => readonly number[], full: readonly number[]): number {
  return plain().reduce((peak, bytes, step) => Math.max(peak, Math.min(bytes, full[step]!)), 0);
}
