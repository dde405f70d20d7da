/** Steps over boxes of elements: moves between places, arithmetic that broadcasts, and sums back to what was broadcast. */

import { elementCount } from '../../graph/tensor.ts';
import { copyBoxes } from '../../lower/shared/copy-boxes.ts';
import {
  broadcastView,
  mergeAxes,
  plainLayout,
  type Strided,
  wholeStrided,
} from '../../lower/shared/views.ts';
import { BINARY_F32, type BinaryFunction } from '../../program/kernels/binary-f32.ts';
import { COMPARISON_F32 } from '../../program/kernels/compare-f32.ts';
import { REDUCTION } from '../../program/kernels/reduce-f32.ts';
import type { BoxSizes, Walk } from '../../program/kernels/strided-box.ts';
import type { TensorId } from '../../program/types.ts';
import type { Flow } from './arithmetic.ts';
import { arena, constant, type Emitter, lengthOf, push, type Role } from './emit.ts';

/** Bounds that bound nothing. */
export function open(e: Emitter, name: string): TensorId {
  const bounds = Float32Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  return constant(e, `${name}/open`, bounds);
}

/** A place in every sample of a tensor that holds `batch` of them, one after the other. */
export function inBatch({ offset, shape, strides }: Strided, size: number, batch: number): Strided {
  return { offset, shape: [batch, ...shape], strides: [size / batch, ...strides] };
}

/** Elements of each sample to other places; both tensors are of one type. */
export function pushMove(
  e: Emitter,
  name: string,
  x: TensorId,
  y: TensorId,
  batch: number,
  { from, to }: { readonly from: Strided; readonly to: Strided },
): void {
  const kernel = e.tensors[x]!.dtype === 'int8' ? 'copy_s8' : 'copy_f32';
  const [source, target] = [inBatch(from, lengthOf(e, x), batch), inBatch(to, lengthOf(e, y), batch)];
  for (const params of copyBoxes(source, target)) {
    push(e, kernel, name, { inputs: [x], outputs: [y] }, params);
  }
}

/** The same number everywhere. */
export function filled(e: Emitter, name: string, size: number, value: number, role: Role): TensorId {
  const data = arena(e, name, 'float32', size, role);
  const number = constant(e, `${name}/fill`, Float32Array.of(value));
  const from: Strided = { offset: 0, shape: [size], strides: [0] };
  for (const params of copyBoxes(from, wholeStrided([size], [0]))) {
    push(e, 'copy_f32', name, { inputs: [number], outputs: [data] }, params);
  }
  return data;
}

/** A tensor and where its elements lie in it. */
export type Operand = { readonly tensor: TensorId; readonly at: Strided };

/** Sizes of a box of four axes, and how operands walk through it, by the names of the parameters of a kernel. */
type Walks<Name extends string> = BoxSizes & Walk<Name>;

/**
 * Operands that broadcast to `shape`, as a kernel of boxes takes them: what has too many loops for it is copied first.
 * @param names of the operands in the parameters of the kernel
 */
function walksOver<Name extends string>(
  e: Emitter,
  name: string,
  operands: readonly Operand[],
  names: readonly Name[],
  shape: readonly number[],
): { readonly inputs: readonly TensorId[]; readonly params: Walks<Name> } {
  const size = elementCount(shape);
  const views = operands.map(({ tensor, at }) => ({ tensor, at: broadcastView(at, shape) }));
  const loopsOf = () =>
    mergeAxes(
      shape,
      views.map(({ at }) => at.strides),
    );
  for (let last = views.length - 1; loopsOf().length > 4; last--) {
    const { tensor, at: from } = views[last]!;
    const { dtype } = e.tensors[tensor]!;
    const wide = arena(e, `${name}/wide`, dtype, size);
    const at = wholeStrided(shape, plainLayout(shape.length));
    for (const params of copyBoxes(from, at)) {
      push(e, dtype === 'int8' ? 'copy_s8' : 'copy_f32', name, { inputs: [tensor], outputs: [wide] }, params);
    }
    views[last] = { tensor: wide, at };
  }
  const none = { size: 1, strides: views.map(() => 0) };
  const loops = [...new Array<typeof none>(4).fill(none), ...loopsOf()].slice(-4);
  const params = Object.fromEntries([
    ...loops.map((loop, k) => [`size${k}`, loop.size] as const),
    ...names.flatMap((operand, i) => [
      [`${operand}Offset`, views[i]!.at.offset] as const,
      ...loops.map((loop, k) => [`${operand}Stride${k}`, loop.strides[i]!] as const),
    ]),
  ]) as Walks<Name>;
  return { inputs: views.map(({ tensor }) => tensor), params };
}

/** a `operation` b, which broadcast to `shape`, in which the result lies without gaps. */
export function pushBinary(
  e: Emitter,
  name: string,
  operation: BinaryFunction,
  operands: readonly [Operand, Operand],
  shape: readonly number[],
  role: Role = 'passing',
): Flow {
  const { inputs, params } = walksOver(e, name, operands, ['input1', 'input2'], shape);
  const size = elementCount(shape);
  const data = arena(e, `${name}/${operation}`, 'float32', size, role);
  const tensors = { inputs, constants: [open(e, name)], outputs: [data] };
  push(e, 'binary_f32', name, tensors, { ...params, operation: BINARY_F32[operation] });
  return { data, size, extent: null };
}

/** `yes` where a < b, else `no`; all of them broadcast to `shape`, in which the result lies without gaps. */
export function pushWhereLess(
  e: Emitter,
  name: string,
  [a, b]: readonly [Operand, Operand],
  [yes, no]: readonly [Operand, Operand],
  shape: readonly number[],
): Flow {
  const size = elementCount(shape);
  const compared = walksOver(e, name, [a, b], ['input1', 'input2'], shape);
  const less = arena(e, `${name}/less`, 'int8', size);
  const operation = COMPARISON_F32.less;
  push(
    e,
    'compare_f32',
    name,
    { inputs: compared.inputs, outputs: [less] },
    { ...compared.params, operation },
  );
  const condition = { tensor: less, at: wholeStrided(shape, plainLayout(shape.length)) };
  return pushSelect(e, name, condition, [yes, no], shape, 'gradient');
}

/** `yes` where a condition of codes 1 and 0 holds, else `no`; all of them broadcast to `shape`, in which the result lies without gaps. */
export function pushSelect(
  e: Emitter,
  name: string,
  condition: Operand,
  [yes, no]: readonly [Operand, Operand],
  shape: readonly number[],
  role: Role,
): Flow {
  const size = elementCount(shape);
  const names = ['condition', 'input1', 'input2'] as const;
  const { inputs, params } = walksOver(e, name, [condition, yes, no], names, shape);
  const data = arena(e, `${name}/chosen`, 'float32', size, role);
  push(e, 'select_f32', name, { inputs, outputs: [data] }, params);
  return { data, size, extent: null };
}

/** One number, as an operand of any shape. */
export function numberOperand(e: Emitter, name: string, value: number): Operand {
  return {
    tensor: constant(e, `${name}/number`, Float32Array.of(value)),
    at: { offset: 0, shape: [1], strides: [0] },
  };
}

/** Sums over the axes of `shape` that have the size 1 in `left`, of a value that lies in `shape` without gaps. */
export function sumTo(
  e: Emitter,
  name: string,
  flow: Flow,
  shape: readonly number[],
  left: readonly number[],
): Flow {
  const sizes = [...shape];
  let sum = flow;
  for (let axis = 0; axis < shape.length; axis++) {
    if (sizes[axis] === left[axis]) continue;
    let end = axis + 1;
    while (end < shape.length && sizes[end] !== left[end]) end++;
    const [outer, size, inner] = [sizes.slice(0, axis), sizes.slice(axis, end), sizes.slice(end)].map(
      elementCount,
    );
    const data = arena(e, `${name}/sum`, 'float32', outer! * inner!, 'gradient');
    const params = { outer: outer!, size: size!, inner: inner!, operation: REDUCTION.sum };
    push(e, 'reduce_f32', name, { inputs: [sum.data], outputs: [data] }, params);
    sum = { data, size: outer! * inner!, extent: null };
    sizes.fill(1, axis, end);
  }
  return sum;
}
