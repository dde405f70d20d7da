/**
 * Depth first: rows of a tensor go through several steps, a block at a time, where that lowers the peak of the plan. Feed-forward
 * networks keep a few rows of their hidden layer instead of all, attention keeps keys and values but neither queries nor what comes of them.
 */
import { queriesLast } from './attention-by-rows.ts';
import type { Step } from './kernels/index.ts';
import { partOf, type Touches, touchesOf } from './lifetimes.ts';
import { callsOfBlocks, timesOfSteps } from './loops.ts';
import { bytesBetween, leastBytes, type PlanOptions, planMemory } from './plan.ts';
import type { Loop, Program } from './program.ts';
import { type RowStep, rowStepOf, rowsOf } from './row-steps.ts';
import { ARENA, type ProgramTensor, type TensorId } from './types.ts';
import { withoutUnused } from './unused.ts';

/** Steps of a Program that are to run block by block. */
type Choice = {
  readonly first: number;
  readonly end: number;
  readonly rows: number;
  /** Rows of a block. */
  readonly block: number;
  /** What normalisations and tables outside would give is computed in the loop, once more. */
  readonly again: boolean;
};

/** A Program with loops, and the step of the Program without that each of its steps was. */
type Looped = { readonly program: Program; readonly origins: readonly number[] };

/** Longest loop that is tried. */
const MOST_STEPS = 8;

/** Of the most bytes that are live: loops that might save less are not tried, since every call of a loop takes something. */
const LEAST_SAVED = 0.01;

/**
 * The Program with the loops that lower its plan; itself where none do. Law: the same bytes.
 * @throws TinymlError E_PROGRAM for a malformed Program
 */
export function depthFirst(program: Program, options: PlanOptions): Program {
  const found = [...new Set([program, queriesLast(program)])]
    .map((one) => ({ source: one, ...loopsFor(one, options) }))
    .reduce((best, one) => (one.peak < best.peak ? one : best));
  const hasLoops = found.programs.some(({ loops = [] }) => loops.length > 0);
  if (found.source === program && !hasLoops) return program;
  const planned = (one: Program): Planned => ({ program: one, bytes: planMemory(one, options).arenaBytes });
  const whole = planned(program);
  if (found.peak >= whole.bytes) return program;
  return found.programs
    .map((one) => planned(withoutUnused(one).program))
    .reduce((best, one) => (one.bytes < best.bytes ? one : best), whole).program;
}

type Planned = { readonly program: Program; readonly bytes: number };

/** The lowest peak that was found, and the Programs that have it: with large blocks, and with the smallest. */
function loopsFor(
  program: Program,
  options: PlanOptions,
): { readonly peak: number; readonly programs: readonly Program[] } {
  const touches = touchesOf(program);
  let choices: readonly Choice[] = [];
  const whole = (): Measured => measured(program, touches, choices, options)!;
  for (;;) {
    const { origins, live, falling } = whole();
    const step = origins[live.indexOf(falling[0]!)];
    const better = step === undefined ? null : improved(program, choices, step, options, saving, isLower);
    if (better === null) break;
    choices = better;
  }
  const small = whole();
  const peak = small.falling[0] ?? 0;
  // What takes less work with the same peak: fewer steps that are computed again, then larger blocks, which take fewer calls.
  const passes = [
    { others: around, isBetter: (one: Measured, best: Measured) => one.work < best.work },
    { others: wider, isBetter: (one: Measured, best: Measured) => one.calls < best.calls },
  ];
  for (const { others, isBetter } of passes) {
    for (const { first } of choices) {
      const now = whole();
      const better = improved(program, choices, first, options, others, (one, best, start, step) => {
        const beside = liveAt(now, first) - liveAt(start, step);
        return one.falling[0]! + beside <= peak && isBetter(one, best);
      });
      choices = better ?? choices;
    }
  }
  return { peak, programs: [whole().program, small.program] };
}

/** Loops, and what they lead to. */
type Measured = Looped & {
  readonly choices: readonly Choice[];
  /** Bytes that are live at each step; the same, the most first. */
  readonly live: readonly number[];
  readonly falling: readonly number[];
  /** Elements that cheap steps compute, which may be computed more than once; calls of kernels. */
  readonly work: number;
  readonly calls: number;
};

/** Null where the choices are not possible. */
function measured(
  program: Program,
  touches: Touches,
  choices: readonly Choice[],
  options: PlanOptions,
): Measured | null {
  const looped = withLoops(program, touches, choices);
  if (looped === null) return null;
  const live = leastBytes(looped.program, options);
  let [work, calls] = [0, 0];
  const times = timesOfSteps(looped.program);
  looped.program.steps.forEach((step, index) => {
    calls += times[index]!;
    if (isCheap(step)) work += times[index]! * elementsMade(step);
  });
  return { ...looped, choices, live, falling: live.toSorted((a, b) => b - a), work, calls };
}

function liveAt({ origins, live }: Measured, step: number): number {
  return live[origins.lastIndexOf(step)]!;
}

/**
 * Choices with others in place of those at a step, where those are better; null where none are. What is far from the step does not
 * matter: it is neither touched nor measured.
 */
function improved(
  whole: Program,
  choices: readonly Choice[],
  step: number,
  options: PlanOptions,
  others: typeof saving,
  isBetter: (one: Measured, best: Measured, start: Measured, step: number) => boolean,
): readonly Choice[] | null {
  const { near, from, end } = neighbourhood(whole, choices, step);
  const program = partOf(whole, touchesOf(whole), from, end);
  const touches = touchesOf(program);
  const start = measured(program, touches, shifted(near, -from), options)!;
  const best = others(program, touches, start, step - from)
    .map((one) => measured(program, touches, one, options))
    .reduce<Measured>(
      (best, one) => (one !== null && isBetter(one, best, start, step - from) ? one : best),
      start,
    );
  if (best === start) return null;
  return [...choices.filter((choice) => !near.includes(choice)), ...shifted(best.choices, from)];
}

/** Steps around one, with whole loops and with what these compute again. */
function neighbourhood(
  program: Program,
  choices: readonly Choice[],
  step: number,
): { readonly near: readonly Choice[]; readonly from: number; readonly end: number } {
  const touches = touchesOf(program);
  const start = (choice: Choice): number =>
    choice.again
      ? Math.min(
          choice.first,
          ...stepsBefore(program, touches, bodyOf(program, choice), choice.first).map(({ origin }) => origin),
        )
      : choice.first;
  const starts = new Map(choices.map((choice) => [choice, start(choice)]));
  let [from, end] = [Math.max(0, step - 2 * MOST_STEPS), Math.min(program.steps.length, step + MOST_STEPS)];
  for (;;) {
    const near = choices.filter((one) => one.end > from && starts.get(one)! < end);
    const least = Math.min(from, ...near.map((one) => starts.get(one)!));
    const most = Math.max(end, ...near.map((one) => one.end));
    if (least === from && most === end) return { near, from, end };
    [from, end] = [least, most];
  }
}

function shifted(choices: readonly Choice[], by: number): readonly Choice[] {
  return choices.map((choice) => ({ ...choice, first: choice.first + by, end: choice.end + by }));
}

/** The choices with one more, which has a certain step: what of the others shares steps with it goes, or is what is left of it. */
function around(
  program: Program,
  touches: Touches,
  { choices }: Pick<Measured, 'choices'>,
  step: number,
  most = Number.POSITIVE_INFINITY,
): readonly (readonly Choice[])[] {
  return choicesAround(program, touches, step, most).flatMap((choice) => {
    const apart = choices.filter(({ first, end }) => end <= choice.first || first >= choice.end);
    const cut = choices.filter((one) => !apart.includes(one));
    const left = cut.flatMap((one) => (one.first < choice.first ? [{ ...one, end: choice.first }] : []));
    const right = cut.flatMap((one) => (one.end > choice.end ? [{ ...one, first: choice.end }] : []));
    const rest = [...left, ...right];
    return [[...apart, choice], ...(rest.length === 0 ? [] : [[...apart, ...rest, choice]])];
  });
}

/** Of those, what may save some bytes: a loop has whole tensors before and behind it. */
function saving(
  program: Program,
  touches: Touches,
  start: Measured,
  step: number,
): readonly (readonly Choice[])[] {
  return around(program, touches, start, step, (1 - LEAST_SAVED) * start.falling[0]!);
}

/** The choices with larger blocks in one. */
function wider(
  _program: Program,
  _touches: Touches,
  { choices }: Measured,
  step: number,
): readonly (readonly Choice[])[] {
  return choices.flatMap((choice) =>
    choice.first === step
      ? blocksOf(choice.rows).map((block) => choices.map((one) => (one === choice ? { ...one, block } : one)))
      : [],
  );
}

/** Whether the most bytes are fewer, or as many and the next most are. */
function isLower({ falling: a }: Measured, { falling: b }: Measured): boolean {
  const at = a.findIndex((bytes, i) => bytes !== b[i]);
  return at >= 0 && a[at]! < (b[at] ?? 0);
}

/** Possible loops with a step in them, of the smallest blocks, which have at most so many bytes before and behind them. */
function choicesAround(program: Program, touches: Touches, step: number, most: number): readonly Choice[] {
  const { steps } = program;
  const between = bytesBetween(program, touches);
  const rows = steps.map(rowsOf);
  const smallest = new Map(rows.map((count) => [count, count === null ? undefined : blocksOf(count)[0]]));
  const choices: Choice[] = [];
  for (let first = step; first >= 0 && first > step - MOST_STEPS; first--) {
    for (let end = step + 1; end <= steps.length && end <= first + MOST_STEPS; end++) {
      const [only, ...others] = new Set(rows.slice(first, end).filter((count) => count !== null));
      const block = smallest.get(only ?? null);
      if (only === undefined || others.length > 0 || block === undefined) continue;
      const isSaving = Math.max(between[first]!, between[end]!) <= most;
      for (const again of [false, true]) {
        // What is computed again need not be there before.
        if (!again && !isSaving) continue;
        const choice = { first, end, rows: only, block, again };
        if (again && stepsBefore(program, touches, bodyOf(program, choice), first).length === 0) continue;
        if (loopOver(program, [...program.tensors], touches, choice) !== null) choices.push(choice);
      }
    }
  }
  return choices;
}

function bodyOf({ steps }: Program, { first, end }: Choice): readonly Placed[] {
  return steps.slice(first, end).map((step, k) => ({ step, origin: first + k }));
}

/**
 * Rows that blocks may have, fewer than all: divisors, even ones where there are, since kernels compute two rows at a time for
 * the loads of one.
 */
function blocksOf(rows: number): readonly number[] {
  const divisors = Array.from({ length: Math.floor(rows / 2) }, (_, i) => i + 1).filter(
    (block) => rows % block === 0,
  );
  const even = divisors.filter((block) => block % 2 === 0);
  const several = divisors.filter((block) => block > 2);
  return even.length > 0 ? even : several.length > 0 ? several : divisors;
}

/** Null where a choice is not possible. */
function withLoops(program: Program, touches: Touches, choices: readonly Choice[]): Looped | null {
  const tensors: ProgramTensor[] = [...program.tensors];
  const steps: Step[] = [];
  const origins: number[] = [];
  const loops: Loop[] = [];
  const byFirst = new Map(choices.map((choice) => [choice.first, choice]));
  const needed = stillNeeded(program, touches, choices);
  for (let i = 0; i < program.steps.length; ) {
    const choice = byFirst.get(i);
    const made = choice === undefined ? null : loopOver(program, tensors, touches, choice);
    if (choice !== undefined && made === null) return null;
    if (made !== null) {
      const first = steps.length;
      steps.push(...made.steps);
      origins.push(...made.origins);
      const advances = made.steps.map(({ inputs, outputs }) => ({
        inputs: inputs.map((id) => made.advances.get(id) ?? 0),
        outputs: outputs.map((id) => made.advances.get(id) ?? 0),
      }));
      const blocks = { times: choice!.rows / choice!.block, advances };
      loops.push({ first, end: steps.length, calls: callsOfBlocks(first, blocks) });
    } else if (needed(i)) {
      steps.push(program.steps[i]!);
      origins.push(i);
    }
    i = choice?.end ?? i + 1;
  }
  return { program: { ...program, tensors, steps, loops }, origins };
}

/** A step whose output only loops read that compute it themselves is not. */
function stillNeeded(
  program: Program,
  touches: Touches,
  choices: readonly Choice[],
): (step: number) => boolean {
  const again = choices.filter((choice) => choice.again);
  return (index) => {
    const step = program.steps[index]!;
    if (!isCheap(step)) return true;
    const readers = touches.get(step.outputs[0]!)!.filter((at) => at !== index);
    return !readers.every((at) => again.some(({ first, end }) => at >= first && at < end && index < first));
  };
}

/** Without weights: to compute it twice costs little. */
function isCheap({ kernel }: Step): boolean {
  return kernel === 'normalize_s8' || kernel === 'lut_s8';
}

/** Elements that a cheap step computes in one call. */
function elementsMade(step: Step): number {
  switch (step.kernel) {
    case 'normalize_s8':
      return step.params.batch * step.params.positions * step.params.groups * step.params.channels;
    case 'lut_s8':
      return step.params.size;
    default:
      return 0;
  }
}

/**
 * The steps of a choice on blocks; null where a step does not go row by row, or needs rows that others have yet to write. Adds the
 * tensors of blocks to `tensors`, in place of whole ones.
 */
function loopOver(
  program: Program,
  tensors: ProgramTensor[],
  touches: Touches,
  choice: Choice,
): {
  readonly steps: readonly Step[];
  readonly origins: readonly number[];
  /** Elements from where a tensor is used in one block to where it is in the next; the others stay where they are. */
  readonly advances: ReadonlyMap<TensorId, number>;
} | null {
  const { first, end, rows, block, again } = choice;
  const elements = (id: TensorId): number =>
    program.tensors[id]!.shape.reduce((product, size) => product * size, 1);
  const body = bodyOf(program, choice);
  const before = again ? stepsBefore(program, touches, body, first) : [];
  const all = [...before, ...body];
  const forms = all.map(({ step }) => rowStepOf(step, rows, elements));
  if (forms.includes(null)) return null;
  const walks = new Map<TensorId, RowStep['walks'][number][]>();
  for (const form of forms) {
    for (const walk of form!.walks) walks.set(walk.tensor, [...(walks.get(walk.tensor) ?? []), walk]);
  }
  const writers = new Map<TensorId, number>();
  for (const { step } of all) for (const id of step.outputs) writers.set(id, (writers.get(id) ?? 0) + 1);
  const recomputed = new Set(before.flatMap(({ step }) => step.outputs));
  const advances = new Map<TensorId, number>();
  const replaced = new Map<TensorId, TensorId>();
  for (const [id, all] of walks) {
    const [{ stride }] = all as [RowStep['walks'][number]];
    const { storage, name, dtype, quant } = program.tensors[id]!;
    if (storage.kind === 'state' || all.some((walk) => walk.stride !== stride)) return null;
    const apart = all.every((walk) => walk.apart);
    const isWritten = writers.has(id);
    // Rows of others are not there yet.
    if (isWritten && (stride === null || (!apart && all.length > 1))) return null;
    if (stride === null) continue;
    const inside = touches.get(id)?.every((at) => at >= first && at < end) === true || recomputed.has(id);
    if (isWritten && inside && apart && stride * rows === elements(id)) {
      replaced.set(id, tensors.push({ name, dtype, shape: [block, stride], quant, storage: ARENA }) - 1);
    } else if (recomputed.has(id)) {
      return null;
    } else {
      advances.set(id, stride * block);
    }
  }
  if (advances.size === 0) return null;
  const tensorFor = (id: TensorId): TensorId => replaced.get(id) ?? id;
  return {
    steps: forms.map((form): Step => {
      const step = form!.onRows(block);
      return { ...step, inputs: step.inputs.map(tensorFor), outputs: step.outputs.map(tensorFor) };
    }),
    origins: all.map(({ origin }) => origin),
    advances,
  };
}

type Placed = { readonly step: Step; readonly origin: number };

/** Cheap steps before a loop whose outputs it reads. */
function stepsBefore(
  { steps, tensors }: Program,
  touches: Touches,
  body: readonly Placed[],
  first: number,
): readonly Placed[] {
  const read = new Set(body.flatMap(({ step }) => step.inputs));
  return [...read].flatMap((id) => {
    if (tensors[id]!.storage.kind !== 'arena') return [];
    const writers = (touches.get(id) ?? []).filter((at) => steps[at]?.outputs.includes(id));
    const [origin] = writers;
    if (origin === undefined || writers.length > 1 || origin >= first || !isCheap(steps[origin]!)) return [];
    return [{ step: steps[origin]!, origin }];
  });
}
