/**
 * Tensors that are moved between loops: what lies best for the loop that makes a tensor need not be what lies best for the next. A move of a
 * byte takes less than one instruction, and makes the layouts of two loops as independent as if they ran in arenas of their own.
 */
import { elementsOf, stretchesOf } from './loops.ts';
import { arenaBytesOf, lastWriters, type PlanOptions } from './plan.ts';
import type { Program } from './program.ts';
import { ARENA, type ProgramTensor, type TensorId } from './types.ts';

/** A tensor that is moved before a step, and read from its new place from there on. */
type Move = { readonly tensor: TensorId; readonly before: number };

/**
 * The Program with the moves at the ends of loops that bring its arena within so many bytes; null where none do, or where it needs none.
 * Law: the same bytes.
 */
export function withMoves(program: Program, options: PlanOptions, most: number): Program | null {
  const fits = (moves: readonly Move[]): boolean => arenaBytesOf(moved(program, moves), options) <= most;
  const all = movesOf(program);
  if (all.length === 0 || !fits(all)) return null;
  const needed = all.reduce<readonly Move[]>((left, move) => {
    const others = left.filter((one) => one !== move);
    return fits(others) ? others : left;
  }, all);
  return needed.length === 0 ? null : moved(program, needed);
}

/** Every tensor that is whole where a loop begins or ends and is read behind. */
function movesOf(program: Program): readonly Move[] {
  const { steps, tensors, inputs } = program;
  const loops = stretchesOf(program).filter(({ isLoop }) => isLoop);
  const places = [...new Set(loops.flatMap(({ first, end }) => [first, end]))].filter(
    (step) => step > 0 && step < steps.length,
  );
  const written = new Map([...inputs.map(({ tensor }) => [tensor, -1] as const), ...lastWriters(steps)]);
  const lastRead = new Map(steps.flatMap((step, index) => step.inputs.map((id) => [id, index] as const)));
  return places.flatMap((before) =>
    [...written].flatMap(([tensor, step]) => {
      const { dtype, storage } = tensors[tensor]!;
      const isRead = (lastRead.get(tensor) ?? -1) >= before;
      return dtype === 'int8' && storage.kind === 'arena' && step < before && isRead
        ? [{ tensor, before }]
        : [];
    }),
  );
}

function moved(program: Program, moves: readonly Move[]): Program {
  const tensors: ProgramTensor[] = [...program.tensors];
  const now = new Map<TensorId, TensorId>();
  const numberOf = (id: TensorId): TensorId => now.get(id) ?? id;
  const steps: Program['steps'][number][] = [];
  /** The new number of each step. */
  const numbers = new Map<number, number>();
  program.steps.forEach((step, index) => {
    for (const { tensor } of moves.filter(({ before }) => before === index)) {
      const { name, shape, dtype, quant } = tensors[tensor]!;
      const copy = tensors.push({ name, shape, dtype, quant, storage: ARENA }) - 1;
      const params = { size: elementsOf({ shape }) };
      steps.push({
        ...{ kernel: 'move_s8', name, constants: [], params },
        ...{ inputs: [numberOf(tensor)], outputs: [copy] },
      });
      now.set(tensor, copy);
    }
    numbers.set(index, steps.length);
    steps.push({ ...step, inputs: step.inputs.map(numberOf), outputs: step.outputs.map(numberOf) });
  });
  const shift = (step: number): number => numbers.get(step)!;
  return {
    ...program,
    tensors,
    outputs: program.outputs.map((port) => ({ ...port, tensor: numberOf(port.tensor) })),
    steps,
    loops: (program.loops ?? []).map(({ first, end, calls }) => ({
      first: shift(first),
      end: shift(end - 1) + 1,
      calls: calls.map((call) => ({ ...call, step: shift(call.step) })),
    })),
  };
}
