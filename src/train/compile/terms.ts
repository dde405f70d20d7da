/** Operands that broadcast: where they lie in the result, and how the gradient of the result comes back to them. */
import { elementCount, sameShape } from '../../graph/tensor.ts';
import {
  isWhole,
  type Layout,
  plainLayout,
  type Strided,
  transposeView,
  wholeStrided,
} from '../../lower/shared/views.ts';
import type { TensorId } from '../../program/types.ts';
import type { Flow } from './arithmetic.ts';
import { filled, inBatch, type Operand, pushBinary, pushMove, sumTo } from './boxes.ts';
import type { Context, EmittedUnit, UnitParameters } from './context.ts';
import { arena, constant, state } from './emit.ts';
import { realData } from './float-arithmetic.ts';
import { aligned, type Term } from './functions.ts';
import type { Unit } from './network.ts';
import type { Reading } from './places.ts';

/** Takes the gradient of a kept value, as that lies. `shared`: others read the same tensor. */
export type Give = (value: string, flow: Flow, shared: boolean) => void;

/** What operands broadcast to, of one sample; `layout` is the order in which it lies. */
type Broadcast = { readonly shape: readonly number[]; readonly layout: Layout };

/** Of the result, without gaps. */
type Gradient = {
  readonly tensor: TensorId;
  /** Whether others read it as well: what came in, or what several operands are given. */
  readonly isShared: boolean;
};

/** The shape in which the result of arithmetic lies, all samples first. */
export function outputBox({ batch }: Context, { shape, layout }: Broadcast): readonly number[] {
  return [batch, ...layout.map((axis) => shape[axis]!)];
}

/** An operand with the axes of the result, in the order in which that lies. */
export function inOrderOf(at: Strided, { shape, layout }: Broadcast): Strided {
  return transposeView(aligned(at, shape.length), layout);
}

/** A table of the model that is learned, put into the state. */
export function learnedNames(
  { e, trained }: Context,
  { name }: Unit,
  terms: readonly Term[],
): Partial<UnitParameters> {
  const term = terms.find((one) => one.kind === 'constant' && one.learned);
  if (term?.kind !== 'constant' || (trained.get(name)?.weights ?? 0) === 0) return {};
  state(e, `${name}/weights`, term.data.slice());
  return { weights: `${name}/weights` };
}

/** An operand of arithmetic of all samples, with the axes of `outputBox`. */
export function operandOf(c: Context, { name }: Unit, source: Broadcast, term: Term): Operand {
  const { e, batch } = c;
  if (term.kind === 'value') {
    const kept = c.kept.get(term.reading.value)!;
    const at = inBatch(inOrderOf(term.reading, source), kept.size, batch);
    return { tensor: realData(e, name, kept), at };
  }
  const learned = term.learned ? e.state.get(`${name}/weights`) : undefined;
  const tensor = learned ?? constant(e, `${name}/constant`, term.data);
  const own = inOrderOf(wholeStrided(term.shape, plainLayout(term.shape.length)), source);
  return { tensor, at: { offset: 0, shape: [1, ...own.shape], strides: [0, ...own.strides] } };
}

/** Axes from the slowest to the fastest: the order in which a gradient of what is read can lie without gaps. */
export function orderOf({ shape, strides }: Strided): readonly number[] {
  const key = (axis: number): number => (shape[axis] === 1 ? Number.MAX_SAFE_INTEGER : strides[axis]!);
  return plainLayout(shape.length)
    .slice()
    .sort((a, b) => key(b) - key(a));
}

/** Gives the gradient of elements of a kept value, which lies as `at` says; what is not read has none. */
export function giveAt(
  c: Context,
  name: string,
  reading: Reading,
  at: Strided,
  flow: Flow,
  give: Give,
): void {
  const { size } = c.kept.get(reading.value)!;
  const { value, ...place } = reading;
  const same =
    size === flow.size &&
    place.offset === at.offset &&
    place.shape.every((one, axis) => one === 1 || place.strides[axis] === at.strides[axis]);
  if (same) {
    give(value, flow, false);
    return;
  }
  const data =
    size > flow.size
      ? filled(c.e, `${name}/input-gradient`, size, 0, 'gradient')
      : arena(c.e, `${name}/input-gradient`, 'float32', size, 'gradient');
  pushMove(c.e, name, flow.data, data, c.batch, { from: at, to: place });
  give(value, { data, size, extent: null }, false);
}

/** Sums a gradient of the result over what a term was broadcast to, and gives it to the term. */
export function giveTerm(
  c: Context,
  { unit: { name }, names }: EmittedUnit,
  source: Broadcast,
  term: Term,
  { tensor, isShared }: Gradient,
  give: Give,
): void {
  const { e, batch } = c;
  const box = outputBox(c, source);
  const flow: Flow = { data: tensor, size: elementCount(box), extent: null };
  if (term.kind === 'constant') {
    const at = inOrderOf(wholeStrided(term.shape, plainLayout(term.shape.length)), source);
    const sum = sumTo(e, name, flow, box, [1, ...at.shape]);
    const own = wholeStrided(at.shape, plainLayout(at.shape.length));
    const gradient = ((): TensorId => {
      if (isWhole(at, plainLayout(at.shape.length))) return sum.data;
      const data = arena(e, `${name}/table-gradient`, 'float32', sum.size, 'gradient');
      pushMove(e, name, sum.data, data, 1, { from: own, to: at });
      return data;
    })();
    c.updates.float(e, names.weights!, e.state.get(names.weights!)!, gradient);
    return;
  }
  const { value } = term.reading;
  const at = inOrderOf(term.reading, source);
  const left = [batch, ...at.shape];
  const sum = sameShape(left, box) ? flow : sumTo(e, name, flow, box, left);
  const part = wholeStrided(at.shape, plainLayout(at.shape.length));
  const reading = { value, ...at };
  // What nothing was done to may go to others as well.
  if (sum.data === flow.data && isShared) {
    giveAt(c, name, reading, part, sum, (to, one) => give(to, one, one.data === sum.data));
    return;
  }
  giveAt(c, name, reading, part, sum, give);
}

/** Copies along the axes of `shape` where the operand has the size 1. */
export function spreadOver(
  { e }: Context,
  name: string,
  { tensor, at }: Operand,
  shape: readonly number[],
): Flow {
  const one = constant(e, `${name}/one`, Float32Array.of(1));
  const by: Operand = { tensor: one, at: { offset: 0, shape: [1], strides: [0] } };
  return pushBinary(e, name, 'multiply', [{ tensor, at }, by], shape, 'gradient');
}
