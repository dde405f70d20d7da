/**
 * What of the tensors of a loop is still to be read, call by call: where memory may be used for something else meanwhile, and how far the output
 * of a loop may lie over its input while rows of the one are read and of the other are written.
 */
import { leastCommonMultiple } from '../numbers/divisors.ts';
import { type Access, type Accesses, accessesOf } from './accesses.ts';
import type { KernelLibrary } from './implementation.ts';
import { kernelOf, overlapOf, type Step } from './kernels/index.ts';
import { elementsOf, type Stretch } from './loops.ts';
import type { Overlap } from './overlaps.ts';
import type { Program } from './program.ts';
import { DTYPE_BYTES, type TensorId } from './types.ts';

/** Of one tensor. */
export type Life = {
  readonly isNeededBefore: boolean;
  readonly isNeededAfter: boolean;
  /** Steps during whose calls it must stay intact: all of them lie between these. */
  readonly first: number;
  readonly last: number;
  /** Bytes from start to end that are needed before each call, and behind the last; none where start is end. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Calls that read or write it, in their order: what is needed of it changes at no other. */
  readonly touched: Int32Array;
};

export type Lives = {
  readonly stretch: Stretch;
  readonly accesses: readonly Accesses[];
  readonly of: ReadonlyMap<TensorId, Life>;
};

/**
 * @param isNeeded whether a tensor is read behind the loop
 * @returns of all tensors that the loop touches and that are no constants
 */
export function livesOf(program: Program, stretch: Stretch, isNeeded: (id: TensorId) => boolean): Lives {
  const accesses = accessesOf(program, stretch);
  const events = new Map<TensorId, Event[]>();
  const add = (call: number, access: Access, isWrite: boolean): void => {
    const own = events.get(access.tensor);
    const event = { call, access, isWrite };
    if (own === undefined) events.set(access.tensor, [event]);
    else own.push(event);
  };
  accesses.forEach(({ reads, writes }, call) => {
    // Walked from the last to the first: what a call writes is behind what it reads.
    for (const read of reads) add(call, read, false);
    for (const write of writes) add(call, write, true);
  });
  const of = new Map(
    [...events].map(([id, own]) => [id, lifeOf(program, stretch, own, id, isNeeded(id))] as const),
  );
  return { stretch, accesses, of };
}

/** What a call does with a tensor. */
type Event = { readonly call: number; readonly access: Access; readonly isWrite: boolean };

/** From the last call to the first: what is written is not needed before, what is read is. */
function lifeOf(
  program: Program,
  { calls, first, end }: Stretch,
  events: readonly Event[],
  id: TensorId,
  isNeededAfter: boolean,
): Life {
  const tensor = program.tensors[id]!;
  const bytes = DTYPE_BYTES[tensor.dtype];
  const [starts, ends] = [new Int32Array(calls.length + 1), new Int32Array(calls.length + 1)];
  let [start, stop] = [0, isNeededAfter ? elementsOf(tensor) : 0];
  let [firstStep, lastStep] = [end, first];
  const touch = (call: number): void => {
    const { step } = calls[call]!;
    if (step < firstStep) firstStep = step;
    if (step > lastStep) lastStep = step;
  };
  let at = events.length - 1;
  for (let k = calls.length; ; k--) {
    [starts[k], ends[k]] = [start * bytes, stop * bytes];
    if (k === 0) break;
    let isTouched = start < stop;
    for (; at >= 0 && events[at]!.call === k - 1; at--) {
      const { access, isWrite } = events[at]!;
      const { start: from, end: to } = access;
      isTouched = true;
      if (from === to) continue;
      if (!isWrite) [start, stop] = start < stop ? [Math.min(start, from), Math.max(stop, to)] : [from, to];
      else if (!access.isWhole) continue;
      else if (from <= start && to >= stop) [start, stop] = [0, 0];
      else if (from <= start && to > start) start = to;
      else if (to >= stop && from < stop) stop = from;
    }
    if (isTouched) touch(k - 1);
  }
  const isNeededBefore = start < stop;
  const touched = Int32Array.from(new Set(events.map(({ call }) => call)));
  return { isNeededBefore, isNeededAfter, first: firstStep, last: lastStep, starts, ends, touched };
}

/**
 * Where one tensor may start while another lies over it, which is written as the first is read; null where it may not, or shares nothing then.
 * @param input is not needed behind the loop @param output is not needed before it
 */
export function overlapInLoop(
  program: Program,
  { stretch, accesses, of }: Lives,
  library: KernelLibrary,
  input: TensorId,
  output: TensorId,
): Overlap | null {
  const [read, made] = [of.get(input)!, of.get(output)!];
  const [inputBytes, outputBytes] = [input, output].map((id) => DTYPE_BYTES[program.tensors[id]!.dtype]) as [
    number,
    number,
  ];
  let overlap: Overlap = { least: -elementsOf(program.tensors[input]!) * inputBytes, multiple: 1 };
  const atLeast = (least: number): void => {
    if (least > overlap.least) overlap = { ...overlap, least };
  };
  const rules = new Map<Step, Overlap | null>();
  const ruleOf = (step: Step): Overlap | null => {
    const rule = rules.get(step) ?? overlapOf(step, library);
    rules.set(step, rule);
    return rule;
  };
  const whole = elementsOf(program.tensors[output]!) * outputBytes;
  for (const k of callsWith(read, made, stretch.calls.length)) {
    if (overlap.least >= whole) return null;
    const isLive = read.starts[k]! < read.ends[k]!;
    const isMade = made.starts[k]! < made.ends[k]!;
    if (isLive && isMade) atLeast(made.ends[k]! - read.starts[k]!);
    if (k === stretch.calls.length) break;
    const { reads, writes } = accesses[k]!;
    const { step: index } = stretch.calls[k]!;
    for (const { tensor, start } of writes) {
      if (isMade && tensor === input) atLeast(made.ends[k]! - start * inputBytes);
    }
    if (!isLive) continue;
    for (const [n, write] of writes.entries()) {
      if (write.tensor !== output || write.start === write.end) continue;
      const own = reads.filter(({ tensor }) => tensor === input);
      const step = program.steps[index]!;
      const rule = n === 0 && own.length === 1 && reads[0] === own[0] ? ruleOf(step) : null;
      if (rule === null) {
        atLeast(write.end * outputBytes - read.starts[k]!);
        continue;
      }
      // What else is written here than is ever read may not lie on what later calls read.
      if (read.starts[k + 1]! < read.ends[k + 1]!) atLeast(write.end * outputBytes - read.starts[k + 1]!);
      // The rule is one of what the call has before it.
      const apart = own[0]!.start * inputBytes - write.start * outputBytes;
      if (apart % rule.multiple !== 0) return null;
      atLeast(rule.least - apart);
      overlap = { ...overlap, multiple: leastCommonMultiple(overlap.multiple, rule.multiple) };
    }
  }
  return overlap;
}

/** The calls that touch either of two tensors, each with the one behind it, from the first call on: elsewhere nothing of them changes. */
function* callsWith({ touched: a }: Life, { touched: b }: Life, end: number): Iterable<number> {
  let [i, j, next] = [0, 0, 0];
  yield 0;
  while (i < a.length || j < b.length) {
    const call = Math.min(a[i] ?? end, b[j] ?? end);
    if (a[i] === call) i++;
    if (b[j] === call) j++;
    if (call > next) yield call;
    yield call + 1;
    next = call + 1;
  }
}

/** Whether an output may take the place of an input of the same size: each call that writes it there reads nothing of the input any more, or works in place. */
export function takesPlaceInLoop(
  program: Program,
  { stretch, accesses, of }: Lives,
  input: TensorId,
  output: TensorId,
): boolean {
  const [read, made] = [of.get(input)!, of.get(output)!];
  const meets = (start: number, end: number, { starts, ends }: Life, at: number): boolean =>
    start < ends[at]! && starts[at]! < end && start < end && starts[at]! < ends[at]!;
  const bytesOf = (id: TensorId): number => DTYPE_BYTES[program.tensors[id]!.dtype];
  return stretch.calls.every(({ step: index }, k) => {
    if (meets(made.starts[k]!, made.ends[k]!, read, k)) return false;
    const { reads, writes } = accesses[k]!;
    const bytes = bytesOf(output);
    return writes.every((write, n) => {
      if (write.tensor === input) {
        return !meets(write.start * bytesOf(input), write.end * bytesOf(input), made, k);
      }
      if (write.tensor !== output || !meets(write.start * bytes, write.end * bytes, read, k)) return true;
      const step = program.steps[index]!;
      const inPlace = n === 0 ? (kernelOf(step).signature.inPlace ?? []) : [];
      const places = step.inputs.flatMap((id, place) => (id === input ? [place] : []));
      const [place] = places;
      if (place === undefined || places.length > 1 || !inPlace.includes(place)) return false;
      const { start, end } = reads.find(({ tensor }) => tensor === input)!;
      const isSame = start === write.start && end === write.end;
      return isSame && !meets(write.start * bytes, write.end * bytes, read, k + 1);
    });
  });
}
