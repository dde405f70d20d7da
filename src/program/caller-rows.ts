/**
 * Inputs that a device never has whole: their rows are given by the caller when a step copies them. A Program has such an input as a tensor of
 * its caller, outside of the arena, and one layer that copies its rows to where the first layers read them. Law: rows are asked for in their
 * order, none twice.
 */
import { elementsOf, stretchesOf } from './loops.ts';
import type { Program } from './program.ts';
import type { TensorId } from './types.ts';

type Step = Program['steps'][number];

/** What a call of a step asks for. */
export type AskedRows = { readonly tensor: TensorId; readonly rows: number; readonly rowElements: number };

/** Null for a step that reads no tensor of the caller, or does more than to copy rows of it. */
export function askedRowsOf({ tensors }: Pick<Program, 'tensors'>, step: Step): AskedRows | null {
  const [tensor] = step.inputs;
  if (step.kernel !== 'copy_s8' || tensors[tensor!]!.storage.kind !== 'caller') return null;
  const { params: p } = step;
  const isDense =
    p.inStride3 === 1 && p.outStride3 === 1 && p.inStride0 === p.size3 && p.outStride0 === p.size3;
  const isFromStart = p.inOffset === 0 && p.outOffset === 0 && p.size1 === 1 && p.size2 === 1;
  return isDense && isFromStart ? { tensor: tensor!, rows: p.size0, rowElements: p.size3 } : null;
}

export type StreamedInput = {
  readonly tensor: TensorId;
  /** Of the whole input. */
  readonly rows: number;
  readonly rowElements: number;
  /** Rows of one call, at most. */
  readonly mostRows: number;
  /** Rows that are asked for: fewer than there are where nothing reads the last. */
  readonly rowsRead: number;
};

/** The input of a Program that comes in rows; null where all lie in the arena. */
export function streamedInputOf(program: Program): StreamedInput | null {
  const asked = callsOf(program);
  const [first] = asked;
  if (first === undefined) return null;
  const { tensor, rowElements } = first;
  return {
    tensor,
    rowElements,
    rows: elementsOf(program.tensors[tensor]!) / rowElements,
    mostRows: asked.reduce((most, { rows }) => Math.max(most, rows), 0),
    rowsRead: asked.reduce((sum, { rows }) => sum + rows, 0),
  };
}

/** What the calls of a Program ask for, in their order. */
function callsOf(program: Program): readonly (AskedRows & { readonly start: number })[] {
  const asked = program.steps.map((step) => askedRowsOf(program, step));
  if (asked.every((one) => one === null)) return [];
  return stretchesOf(program).flatMap(({ calls }) =>
    calls.flatMap(({ step, inputs }) => {
      const rows = asked[step]!;
      return rows === null ? [] : [{ ...rows, start: inputs[0]! }];
    }),
  );
}

/** What breaks the law; null where nothing does. */
export function faultOfAskedRows(program: Program): string | null {
  const { tensors, inputs, outputs, steps } = program;
  const isCallers = (id: TensorId): boolean => tensors[id]?.storage.kind === 'caller';
  const given = new Set(inputs.map(({ tensor }) => tensor));
  const stray = tensors.findIndex((_, id) => isCallers(id) && !given.has(id));
  if (stray >= 0) return `tensor ${stray} is of the caller, and no input`;
  if (outputs.some(({ tensor }) => isCallers(tensor))) return 'an output is a tensor of the caller';
  const other = steps.findIndex((step) => step.inputs.some(isCallers) && askedRowsOf(program, step) === null);
  if (other >= 0) return `step ${other} does more with a tensor of the caller than to copy its rows`;
  const next = new Map<TensorId, number>();
  for (const { tensor, start, rows, rowElements } of callsOf(program)) {
    const due = next.get(tensor) ?? 0;
    if (start !== due)
      return `rows of tensor ${tensor} are asked for from element ${start} on, not from ${due}`;
    next.set(tensor, due + rows * rowElements);
  }
  return null;
}
