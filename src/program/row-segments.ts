/**
 * Segments: consecutive steps of a Program as one loop over the rows of their images. A tensor that only they touch is a buffer of the few rows that
 * its readers still need; every row is computed once. What a row of the last tensor needs is asked for, from layer to layer, down to the first.
 */
import type { Step } from './kernels/index.ts';
import { type Touches, touchesOf } from './lifetimes.ts';
import type { Call, Loop, Program } from './program.ts';
import { type FoldForm, foldFormOf, isFold } from './row-folds.ts';
import { type RowForm, type Rows, rowFormOf } from './row-forms.ts';
import { ARENA, type ProgramTensor, type TensorId } from './types.ts';
import { withoutUnused } from './unused.ts';

/** What cutting a Program takes to know of it. */
export type Rowwise = {
  readonly program: Program;
  /** Of each step; null where it neither goes by rows nor makes sums of them. */
  readonly forms: readonly (RowForm | FoldForm | null)[];
  readonly touches: Touches;
};

export function rowwise(program: Program): Rowwise {
  return {
    program,
    forms: program.steps.map((step) => rowFormOf(step, program.tensors) ?? foldFormOf(step)),
    touches: touchesOf(program),
  };
}

/** Steps and calls of a segment, on tensors of the Program and on some of its own. */
type Segment = {
  /** Each form that a step takes on rows, in the order of the steps. */
  readonly steps: readonly Step[];
  /** The step of the Program that each is a form of; null for one that moves rows. */
  readonly origins: readonly (number | null)[];
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
  const streams = streamsOf(whole, first, end, group);
  if (streams === null) return null;
  // Once to see how many rows are needed at a time, once in buffers of as many.
  const most = new Map<TensorId, number>();
  produceAll(streams, {
    make: (stream, rows, keep) => {
      most.set(stream.id, Math.max(most.get(stream.id) ?? 0, rows.first + rows.count - keep));
    },
  });
  return inBuffers(whole, streams, most);
}

/** A tensor that a segment makes row by row. */
type Stream = {
  readonly id: TensorId;
  readonly rows: number;
  readonly rowElements: number;
  /** Whether nobody else touches it. */
  readonly isInner: boolean;
  /** Steps that write it, and those of the segment that read it, with the number of the input. */
  readonly writers: readonly number[];
  readonly readers: readonly { readonly step: number; readonly input: number }[];
};

type Streams = {
  readonly whole: Rowwise;
  readonly of: ReadonlyMap<TensorId, Stream>;
  /** Streams that nobody in the segment reads, or that are needed whole. */
  readonly sinks: readonly Stream[];
  /** Rows of a sink for each round; 0: rows are made one by one, else all that are asked for. */
  readonly group: number;
};

function streamsOf(whole: Rowwise, first: number, end: number, group: number): Streams | null {
  const { program, forms, touches } = whole;
  const steps = program.steps.slice(first, end);
  const made = new Map<TensorId, number[]>();
  for (const [k, step] of steps.entries()) {
    const [id] = step.outputs;
    if (forms[first + k] === null || step.outputs.length !== 1) return null;
    if (program.tensors[id!]!.storage.kind !== 'arena' || step.inputs.includes(id!)) return null;
    made.set(id!, [...(made.get(id!) ?? []), first + k]);
  }
  const readers = new Map<TensorId, { step: number; input: number }[]>();
  for (const [k, step] of steps.entries()) {
    for (const [input, id] of step.inputs.entries()) {
      if (!made.has(id)) continue;
      // Sums are of no use before the last row.
      if (forms[first + k]!.inputs[input] === null || made.get(id)!.some((writer) => isFold(forms[writer]!)))
        return null;
      readers.set(id, [...(readers.get(id) ?? []), { step: first + k, input }]);
    }
  }
  const of = new Map<TensorId, Stream>();
  for (const [id, writers] of made) {
    const { rows, rowElements } = forms[writers[0]!]!;
    const own = readers.get(id) ?? [];
    const isInner = touches.get(id)!.every((step) => step >= first && step < end);
    if (writers.some((step) => forms[step]!.rows !== rows || forms[step]!.rowElements !== rowElements))
      return null;
    if (own.length === 0 && isInner) return null;
    of.set(id, { id, rows, rowElements, isInner, writers, readers: own });
  }
  return { whole, of, sinks: [...of.values()].filter(({ isInner }) => !isInner), group };
}

/** What happens as rows are made, in order. `keep`: the first row of the stream that is still needed then. */
type Events = { readonly make: (stream: Stream, rows: Rows, keep: number) => void };

/** Asks for the rows of the sinks, the one that is farthest behind first. */
function produceAll({ whole, of, sinks, group }: Streams, { make }: Events): void {
  const { program, forms } = whole;
  const next = new Map<TensorId, number>([...of.keys()].map((id) => [id, 0]));
  const produce = (stream: Stream, end: number): void => {
    const { id, writers } = stream;
    const first = next.get(id)!;
    const made = { first, count: group === 0 ? 1 : end - first };
    for (const step of writers) {
      for (const [input, from] of program.steps[step]!.inputs.entries()) {
        const source = of.get(from);
        if (source === undefined) continue;
        const read = forms[step]!.reads(input, made);
        const end = read.first + read.count;
        while (next.get(from)! < end) produce(source, end);
      }
    }
    make(stream, made, Math.min(first, firstNeeded(stream)));
    next.set(id, first + made.count);
  };
  const firstNeeded = ({ readers, rows }: Stream): number =>
    readers.reduce((least, { step, input }) => {
      const output = program.steps[step]!.outputs[0]!;
      const row = next.get(output)!;
      const isDone = row >= of.get(output)!.rows;
      return isDone ? least : Math.min(least, forms[step]!.reads(input, { first: row, count: 1 }).first);
    }, rows);
  for (;;) {
    const left = sinks.filter(({ id, rows }) => next.get(id)! < rows);
    if (left.length === 0) return;
    const share = ({ id, rows }: Stream): number => next.get(id)! / rows;
    const behind = left.reduce((least, one) => (share(one) < share(least) ? one : least));
    produce(behind, Math.min(behind.rows, next.get(behind.id)! + Math.max(1, group)));
  }
}

/** @param most rows that each buffer holds; null where rows of a type must be moved of which there is no kernel */
function inBuffers(
  { program, forms }: Rowwise,
  streams: Streams,
  most: ReadonlyMap<TensorId, number>,
): Segment | null {
  const tensors: ProgramTensor[] = [];
  const add = (tensor: ProgramTensor): TensorId => program.tensors.length + tensors.push(tensor) - 1;
  const buffers = new Map<TensorId, TensorId>();
  for (const { id, rowElements, isInner } of streams.of.values()) {
    const { name, dtype, quant } = program.tensors[id]!;
    const shape = [most.get(id)!, rowElements];
    if (isInner) buffers.set(id, add({ name, dtype, shape, quant, storage: ARENA }));
  }
  const tensorFor = (id: TensorId): TensorId => buffers.get(id) ?? id;
  /** Of each step that adds up rows. */
  const sums = new Map<number, TensorId>();
  for (const { id, writers } of streams.of.values()) {
    for (const index of writers) {
      const form = forms[index]!;
      const { name } = program.tensors[id]!;
      if (isFold(form))
        sums.set(index, add({ name, dtype: 'int32', shape: [form.sums], quant: null, storage: ARENA }));
    }
  }
  /** Forms of each step, and moves in each buffer, by what tells them apart. */
  const variants = new Map<number, Map<string, Step>>();
  const moves = new Map<TensorId, Map<string, Step>>();
  const calls: {
    readonly step: Step;
    readonly inputs: readonly number[];
    readonly outputs: readonly number[];
  }[] = [];
  /** The row at the start of each buffer. */
  const base = new Map<TensorId, number>();
  let isPossible = true;

  const variantOf = (index: number, rows: Rows): Step => {
    const form = forms[index]!;
    const step = form.onRows(rows);
    const changed = form.constants(rows);
    const own = sums.get(index);
    const key = JSON.stringify([step.params, [...changed].map(([k, data]) => [k, ...data])]);
    const known = variants.get(index) ?? new Map<string, Step>();
    variants.set(index, known);
    const made = known.get(key) ?? {
      ...step,
      inputs: [...step.inputs.map(tensorFor), ...(own === undefined ? [] : [own])],
      outputs: own === undefined ? step.outputs.map(tensorFor) : [own],
      constants: step.constants.map((id, k) => {
        const data = changed.get(k);
        const old = program.tensors[id]!;
        return data === undefined
          ? id
          : add({ ...old, shape: [data.length], storage: { kind: 'constant', data } });
      }),
    };
    known.set(key, made);
    return made;
  };
  /** What follows the last row of a step that adds them up. */
  const finish = (index: number, form: FoldForm): void => {
    const step = { ...form.finish, inputs: [sums.get(index)!] };
    variants.get(index)!.set('finish', step);
    calls.push({ step, inputs: [0], outputs: [0] });
  };
  /** Rows to the front, where the block would not fit behind them. */
  const makeRoom = ({ id, rowElements }: Stream, rows: Rows, keep: number): void => {
    const start = base.get(id) ?? 0;
    if (rows.first + rows.count - start <= most.get(id)!) return;
    base.set(id, keep);
    if (keep === rows.first) return;
    const { name, dtype } = program.tensors[id]!;
    if (dtype !== 'int8') isPossible = false;
    const params = { from: (keep - start) * rowElements, size: (rows.first - keep) * rowElements };
    const known = moves.get(id) ?? new Map<string, Step>();
    moves.set(id, known);
    const key = JSON.stringify(params);
    const move: Step = known.get(key) ?? {
      kernel: 'shift_s8',
      name,
      inputs: [],
      constants: [],
      outputs: [tensorFor(id)],
      params,
    };
    known.set(key, move);
    calls.push({ step: move, inputs: [], outputs: [0] });
  };
  produceAll(streams, {
    make: (stream, rows, keep) => {
      if (stream.isInner) makeRoom(stream, rows, keep);
      for (const index of stream.writers) {
        const form = forms[index]!;
        const inputs = program.steps[index]!.inputs.map((id, input) => {
          const shape = form.inputs[input]!;
          if (shape === null) return 0;
          return (form.reads(input, rows).first - (base.get(id) ?? 0)) * shape.rowElements;
        });
        const outputs = [(rows.first - (base.get(stream.id) ?? 0)) * stream.rowElements];
        calls.push({
          step: variantOf(index, rows),
          inputs: isFold(form) ? [...inputs, 0] : inputs,
          outputs,
        });
        if (isFold(form) && rows.first + rows.count === form.rows) finish(index, form);
      }
    },
  });
  if (!isPossible) return null;
  const ordered = [...streams.of.values()]
    .flatMap(({ id, writers }) =>
      writers.map((index, k) => ({ index, moves: k === 0 ? [...(moves.get(id)?.values() ?? [])] : [] })),
    )
    .sort((a, b) => a.index - b.index)
    .flatMap(({ index, moves }) => [
      ...moves.map((step) => ({ step, origin: null })),
      ...[...variants.get(index)!.values()].map((step) => ({ step, origin: index })),
    ]);
  const places = new Map(ordered.map(({ step }, place) => [step, place]));
  return {
    steps: ordered.map(({ step }) => step),
    origins: ordered.map(({ origin }) => origin),
    calls: calls.map(({ step, inputs, outputs }) => ({ step: places.get(step)!, inputs, outputs })),
    tensors,
  };
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
