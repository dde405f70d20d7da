/** Weights whose first input channels alone are trained, put together with those of the others. */
import type { ProgramArray, TensorId } from '../../program/types.ts';
import type { Weights } from './arithmetic.ts';
import { arena, columnsBox, type Emitter, push } from './emit.ts';

/** Input channels whose weights are trained, the first ones, of all. */
export type TrainedChannels = { readonly channels: number; readonly all: number };

/** All weights of a layer in one tensor, as they are kept: those that are trained apart are put together anew. */
export function wholeWeights(e: Emitter, weights: Weights): TensorId {
  const { name, rows, columns, frozen } = weights;
  const trained = weights.kind === 'codes' ? weights.codes : weights.data;
  if (frozen === null) return trained;
  const { rest, channels, all } = frozen;
  const [dtype, kernel] =
    weights.kind === 'codes' ? (['int8', 'copy_s8'] as const) : (['float32', 'copy_f32'] as const);
  const whole = arena(e, `${name}/whole-weights`, dtype, rows * columns);
  const sets = (rows * columns) / all;
  const copy = (from: TensorId, count: number, outOffset: number): void =>
    push(
      e,
      kernel,
      name,
      { inputs: [from], outputs: [whole] },
      { ...columnsBox(sets, count, count, all), outOffset },
    );
  copy(trained, channels, 0);
  copy(rest, all - channels, channels);
  return whole;
}

/** The same of what was learned: values of the first channels among those of the others. */
export function joinedChannels<A extends ProgramArray>(
  part: A,
  rest: A,
  { channels, all }: TrainedChannels,
): A {
  const sets = part.length / channels;
  const whole = new (part.constructor as new (length: number) => A)(sets * all);
  for (let set = 0; set < sets; set++) {
    whole.set(part.subarray(set * channels, (set + 1) * channels), set * all);
    whole.set(rest.subarray(set * (all - channels), (set + 1) * (all - channels)), set * all + channels);
  }
  return whole;
}
