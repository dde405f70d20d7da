/**
 * Segments: consecutive steps of a Program as one loop over the rows of their images. A tensor that only they touch is a buffer of the few rows that
 * its readers still need; every row is computed once. What a row of the last tensor needs is asked for, from layer to layer, down to the first.
 */
import type { Step } from './kernels/index.ts';
import type { Call, Loop, Program } from './program.ts';
import { type FoldForm, isFold } from './row-folds.ts';
import type { Rows } from './row-forms.ts';
import { inRounds, produceAll, rowsHeld, type Streams, streamsOf } from './row-order.ts';
import type { Rowwise, Variant } from './rowwise.ts';
import { ARENA, type ProgramTensor, type TensorId } from './types.ts';
import { withoutUnused } from './unused.ts';

/** Steps and calls of a segment, on tensors of the Program and on some of its own. */
type Segment = {
  /** Each form that a step takes on rows, in the order of the steps. */
  readonly steps: readonly Step[];
  /** The step of the Program that each is a form of; null for one that moves rows. */
  readonly origins: readonly (number | null)[];
  /** What each is a form of, on the tensors of the Program; null for one that moves rows or ends sums of them. */
  readonly variants: readonly (Variant | null)[];
  /** Steps by their place in `steps`. */
  readonly calls: readonly Call[];
  /** Buffers and constants: tensors from number `program.tensors.length` on. */
  readonly tensors: readonly ProgramTensor[];
};

/**
 * Steps first to end - 1 as a loop over rows; null where they are no segment.
 * @param group rows of the last tensor for each round; 0: one row of every tensor
 */
export function segmentOf(whole: Rowwise, first: number, end: number, group: number): Segment | null {
  const made = streamsOf(whole, first, end);
  return made === null ? null : segmentIn(whole, inRounds(made, group));
}

/** Streams as a loop over rows; null where rows of a type must be moved of which there is no kernel. */
export function segmentIn(whole: Rowwise, streams: Streams): Segment | null {
  return inBuffers(whole, streams, rowsHeld(streams));
}

/** @param most rows that each buffer holds */
function inBuffers(whole: Rowwise, streams: Streams, most: readonly number[]): Segment | null {
  const { program, forms } = whole;
  const tensors: ProgramTensor[] = [];
  const add = (tensor: ProgramTensor): TensorId => program.tensors.length + tensors.push(tensor) - 1;
  const buffers = new Map<TensorId, TensorId>();
  for (const [number, { id, rowElements, isInner }] of streams.all.entries()) {
    const { name, dtype, quant } = program.tensors[id]!;
    const shape = [most[number]!, rowElements];
    if (isInner) buffers.set(id, add({ name, dtype, shape, quant, storage: ARENA }));
  }
  const tensorFor = (id: TensorId): TensorId => buffers.get(id) ?? id;
  /** Of each step that adds up rows. */
  const sums = new Map<number, TensorId>();
  for (const { id, writers } of streams.all) {
    for (const index of writers) {
      const form = forms[index]!;
      const { name } = program.tensors[id]!;
      if (isFold(form))
        sums.set(index, add({ name, dtype: 'int32', shape: [form.sums], quant: null, storage: ARENA }));
    }
  }
  /** Forms of each step, and moves in each buffer, by what tells them apart. */
  const variants = new Map<number, Map<Variant | null, Step>>();
  const moves = streams.all.map(() => new Map<string, Step>());
  const calls: {
    readonly step: Step;
    readonly inputs: readonly number[];
    readonly outputs: readonly number[];
  }[] = [];
  /** How many calls there were when a buffer was last touched, and what follows which call. */
  const touched = new Map<TensorId, number>();
  const behind = new Map<number, (typeof calls)[number][]>();
  /** The row at the start of the buffer of each tensor. */
  const base = new Map<TensorId, number>();
  let isPossible = true;

  const stepFor = (index: number, rows: Rows): Step => {
    const variant = whole.variantOf(index, rows);
    const known = variants.get(index) ?? new Map<Variant | null, Step>();
    variants.set(index, known);
    const { step, constants } = variant;
    const own = sums.get(index);
    const made = known.get(variant) ?? {
      ...step,
      inputs: [...step.inputs.map(tensorFor), ...(own === undefined ? [] : [own])],
      outputs: own === undefined ? step.outputs.map(tensorFor) : [own],
      constants: step.constants.map((id, k) => {
        const data = constants.get(k);
        const old = program.tensors[id]!;
        return data === undefined
          ? id
          : add({ ...old, shape: [data.length], storage: { kind: 'constant', data } });
      }),
    };
    known.set(variant, made);
    return made;
  };
  /** What follows the last row of a step that adds them up. */
  const finish = (index: number, form: FoldForm): void => {
    const step = { ...form.finish, inputs: [sums.get(index)!] };
    variants.get(index)!.set(null, step);
    calls.push({ step, inputs: [0], outputs: [0] });
  };
  /** Rows to the front, where the block would not fit behind them. */
  const makeRoom = (number: number, first: number, count: number, keep: number): void => {
    const { id, rowElements } = streams.all[number]!;
    const start = base.get(id) ?? 0;
    if (first + count - start <= most[number]!) return;
    base.set(id, keep);
    if (keep === first) return;
    const { name, dtype } = program.tensors[id]!;
    if (dtype !== 'int8' && dtype !== 'int16') isPossible = false;
    const move = moveOf({ name, dtype }, (keep - start) * rowElements, (first - keep) * rowElements);
    const key = JSON.stringify(move.params);
    const known: Step = moves[number]!.get(key) ?? { ...move, outputs: [tensorFor(id)] };
    moves[number]!.set(key, known);
    const call = { step: known, inputs: [], outputs: [0] };
    const at = touched.get(id)!;
    behind.set(at, [...(behind.get(at) ?? []), call]);
  };
  produceAll(streams, (number, first, count, needed) => {
    const { id: made, rowElements, isInner, writers } = streams.all[number]!;
    if (isInner) makeRoom(number, first, count, Math.min(first, needed));
    for (const index of writers) {
      const form = forms[index]!;
      const inputs = program.steps[index]!.inputs.map((id, input) => {
        const shape = form.inputs[input]!;
        if (shape === null) return 0;
        return (whole.readsOf(index, input).first[first]! - (base.get(id) ?? 0)) * shape.rowElements;
      });
      const outputs = [(first - (base.get(made) ?? 0)) * rowElements];
      calls.push({
        step: stepFor(index, { first, count }),
        inputs: isFold(form) ? [...inputs, 0] : inputs,
        outputs,
      });
      for (const id of [...program.steps[index]!.inputs, ...program.steps[index]!.outputs])
        touched.set(id, calls.length);
      if (isFold(form) && first + count === form.rows) finish(index, form);
    }
  });
  if (!isPossible) return null;
  const ordered = streams.all
    .flatMap(({ writers }, number) =>
      writers.map((index, k) => ({ index, moves: k === 0 ? [...moves[number]!.values()] : [] })),
    )
    .sort((a, b) => a.index - b.index)
    .flatMap(({ index, moves }) => [
      ...moves.map((step) => ({ step, origin: null, variant: null })),
      ...[...variants.get(index)!].map(([variant, step]) => ({ step, origin: index, variant })),
    ]);
  const places = new Map(ordered.map(({ step }, place) => [step, place]));
  return {
    steps: ordered.map(({ step }) => step),
    origins: ordered.map(({ origin }) => origin),
    variants: ordered.map(({ variant }) => variant),
    calls: calls
      .flatMap((call, k) => [call, ...(behind.get(k + 1) ?? [])])
      .map(({ step, inputs, outputs }) => ({ step: places.get(step)!, inputs, outputs })),
    tensors,
  };
}

/** Moves elements of a buffer, `size` from `from` on, to its front. */
export function moveOf(
  { name, dtype }: Pick<ProgramTensor, 'name' | 'dtype'>,
  from: number,
  size: number,
): Step {
  const kernel = dtype === 'int16' ? 'shift_s16' : 'shift_s8';
  return { kernel, name, inputs: [], constants: [], outputs: [0], params: { from, size } };
}

/** Steps of a Program that run as one loop, or as they are. */
export type Piece = {
  readonly first: number;
  readonly end: number;
  /** Null for steps as they are. */
  readonly segment: Segment | null;
};

/** A segment as a loop whose first step has a number. */
export function looped(
  { steps, calls, tensors }: Segment,
  first: number,
): {
  readonly steps: Segment['steps'];
  readonly loops: readonly Loop[];
  readonly tensors: Segment['tensors'];
} {
  const moved = calls.map((call) => ({ ...call, step: first + call.step }));
  return { steps, tensors, loops: [{ first, end: first + steps.length, calls: moved }] };
}

/** The Program in pieces, which have all its steps in their order. */
export function withSegments(program: Program, pieces: readonly Piece[]): Program {
  const steps: Program['steps'][number][] = [];
  const loops: Loop[] = [];
  const tensors = [...program.tensors];
  for (const { first, end, segment } of pieces) {
    if (segment === null) {
      steps.push(...program.steps.slice(first, end));
      continue;
    }
    // Tensors of a segment are numbered behind those of the Program alone.
    const by = tensors.length - program.tensors.length;
    const numbered = (id: TensorId): TensorId => (id < program.tensors.length ? id : id + by);
    const made = looped(segment, steps.length);
    loops.push(...made.loops);
    tensors.push(...made.tensors);
    steps.push(
      ...made.steps.map((step) => ({
        ...step,
        inputs: step.inputs.map(numbered),
        constants: step.constants.map(numbered),
        outputs: step.outputs.map(numbered),
      })),
    );
  }
  return loops.length === 0 ? program : withoutUnused({ ...program, tensors, steps, loops }).program;
}
