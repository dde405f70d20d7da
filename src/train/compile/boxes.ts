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
import { REDUCTION } from '../../program/kernels/reduce-f32.ts';
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

/** a `operation` b, which broadcast to `shape`, in which the result lies without gaps. */
export function pushBinary(
  e: Emitter,
  name: string,
  operation: BinaryFunction,
  operands: readonly [Operand, Operand],
  shape: readonly number[],
  role: Role = 'passing',
): Flow {
  const size = elementCount(shape);
  const views = operands.map(({ tensor, at }) => ({ tensor, at: broadcastView(at, shape) }));
  const loopsOf = () =>
    mergeAxes(
      shape,
      views.map(({ at }) => at.strides),
    );
  for (let last = views.length - 1; loopsOf().length > 4; last--) {
    const wide = arena(e, `${name}/wide`, 'float32', size);
    const at = wholeStrided(shape, plainLayout(shape.length));
    const { tensor, at: from } = views[last]!;
    for (const params of copyBoxes(from, at)) {
      push(e, 'copy_f32', name, { inputs: [tensor], outputs: [wide] }, params);
    }
    views[last] = { tensor: wide, at };
  }
  const loops = [...new Array(4).fill({ size: 1, strides: [0, 0] }), ...loopsOf()].slice(-4) as ReturnType<
    typeof loopsOf
  >;
  const walk = (which: number) => [views[which]!.at.offset, ...loops.map(({ strides }) => strides[which]!)];
  const [inputs1, inputs2] = [walk(0), walk(1)] as [number[], number[]];
  const data = arena(e, `${name}/${operation}`, 'float32', size, role);
  push(
    e,
    'binary_f32',
    name,
    { inputs: views.map(({ tensor }) => tensor), constants: [open(e, name)], outputs: [data] },
    {
      size0: loops[0]!.size,
      size1: loops[1]!.size,
      size2: loops[2]!.size,
      size3: loops[3]!.size,
      input1Offset: inputs1[0]!,
      input1Stride0: inputs1[1]!,
      input1Stride1: inputs1[2]!,
      input1Stride2: inputs1[3]!,
      input1Stride3: inputs1[4]!,
      input2Offset: inputs2[0]!,
      input2Stride0: inputs2[1]!,
      input2Stride1: inputs2[2]!,
      input2Stride2: inputs2[3]!,
      input2Stride3: inputs2[4]!,
      operation: BINARY_F32[operation],
    },
  );
  return { data, size, extent: null };
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
