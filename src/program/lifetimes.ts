/** Which steps of a Program touch each tensor, during which it must stay intact, and some of the steps as a Program of their own. */
import { type Lives, livesOf } from './liveness.ts';
import { stretchesOf } from './loops.ts';
import type { Program } from './program.ts';
import { stateTensors } from './state.ts';
import { isInArena, type ProgramPort, type TensorId } from './types.ts';
import { withTensors } from './unused.ts';

/**
 * The steps that touch each tensor, in their order. What is there before the first step is touched at -1 as well, what must be there
 * behind the last one at the number of steps: ports, and state at both. Constants are left out where no port is one.
 */
export type Touches = ReadonlyMap<TensorId, readonly number[]>;

export function touchesOf({ steps, inputs, outputs, tensors }: Program): Touches {
  const touches = new Map<TensorId, number[]>();
  const touch = (id: TensorId, step: number): void => {
    const all = touches.get(id);
    if (all === undefined) touches.set(id, [step]);
    else all.push(step);
  };
  const state = stateTensors({ tensors });
  for (const id of [...state, ...inputs.map(({ tensor }) => tensor)]) touch(id, -1);
  steps.forEach((step, index) => {
    for (const id of [...step.inputs, ...step.outputs]) touch(id, index);
  });
  for (const id of [...state, ...outputs.map(({ tensor }) => tensor)]) touch(id, steps.length);
  return touches;
}

/** Steps first to last; -1 is before all steps, their number behind them. */
export type Span = { readonly first: number; readonly last: number };

/** The first and the last step during which each tensor of the arena must stay intact. What becomes of those of loops. */
export function lifetimes(program: Program): {
  readonly spans: ReadonlyMap<TensorId, Span>;
  readonly lives: readonly Lives[];
} {
  const touches = touchesOf(program);
  const spans = new Map<TensorId, Span>();
  const extend = (id: TensorId, from: number, to = from): void => {
    if (!isInArena(program.tensors[id]!)) return;
    const { first, last } = spans.get(id) ?? { first: from, last: to };
    spans.set(id, { first: Math.min(first, from), last: Math.max(last, to) });
  };
  const { length } = program.steps;
  for (const [id, [first]] of touches) if (first === -1) extend(id, -1);
  const lives: Lives[] = [];
  for (const stretch of stretchesOf(program)) {
    if (!stretch.isLoop) {
      const { inputs, outputs } = program.steps[stretch.first]!;
      for (const id of [...inputs, ...outputs]) extend(id, stretch.first);
      continue;
    }
    const own = livesOf(program, stretch, (id) => touches.get(id)!.at(-1)! >= stretch.end);
    lives.push(own);
    // What others have written before it stays from there on.
    for (const [id, { first, last, isNeededAfter }] of own.of) {
      extend(id, first, isNeededAfter ? stretch.end - 1 : last);
    }
  }
  for (const [id, all] of touches) if (all.at(-1) === length) extend(id, length);
  return { spans, lives };
}

/** What runs in place of some steps, on tensors of the Program and on `tensors`, which are numbered behind those. */
type Body = Pick<Program, 'steps' | 'loops' | 'tensors'>;

/**
 * Steps first to end - 1 as a Program, or what runs in their place, of the tensors that these use. Tensors of the arena that others touch
 * as well are its ports.
 * @param touches of the Program
 */
export function partOf(
  program: Program,
  touches: Touches,
  first: number,
  end: number,
  body: Body = { steps: program.steps.slice(first, end), tensors: [] },
): Program {
  const own = new Set(
    program.steps.slice(first, end).flatMap(({ inputs, outputs }) => [...inputs, ...outputs]),
  );
  const ports = (isOther: (step: number) => boolean): readonly ProgramPort[] =>
    [...own]
      .filter((id) => program.tensors[id]!.storage.kind === 'arena' && touches.get(id)!.some(isOther))
      .map((tensor) => ({ name: '', tensor, onnxShape: [], layout: [] }));
  const [inputs, outputs] = [ports((step) => step < first), ports((step) => step >= end)];
  const numbers = new Map<TensorId, TensorId>();
  const numbered = (id: TensorId): TensorId => {
    const number = numbers.get(id) ?? numbers.size;
    numbers.set(id, number);
    return number;
  };
  const part = withTensors({ ...program, ...body, inputs, outputs }, numbered);
  const { length } = program.tensors;
  return {
    ...part,
    tensors: [...numbers.keys()].map((id) =>
      id < length ? program.tensors[id]! : body.tensors[id - length]!,
    ),
  };
}
