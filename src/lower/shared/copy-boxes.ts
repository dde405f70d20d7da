/** Strided copies as the kernels take them. */
import { elementCount } from '../../graph/tensor.ts';
import type { CopyParams } from '../../program/kernels/copy-box.ts';
import { mergeAxes, type Strided } from './views.ts';

type Loops = ReturnType<typeof mergeAxes>;

/** The elements of `from` to those of `to`, of the same shape: boxes of at most four loops; none where there are no elements. */
export function copyBoxes(from: Strided, to: Strided): readonly CopyParams[] {
  if (elementCount(from.shape) === 0) return [];
  const order = from.shape.map((_, axis) => axis).sort((a, b) => to.strides[b]! - to.strides[a]!);
  const loops = mergeAxes(
    order.map((axis) => from.shape[axis]!),
    [order.map((axis) => from.strides[axis]!), order.map((axis) => to.strides[axis]!)],
  );
  return boxes(from.offset, to.offset, loops);
}

function boxes(inOffset: number, outOffset: number, loops: Loops): readonly CopyParams[] {
  const [outer] = loops;
  if (outer !== undefined && loops.length > 4) {
    const [inStride = 0, outStride = 0] = outer.strides;
    return Array.from({ length: outer.size }, (_, i) =>
      boxes(inOffset + i * inStride, outOffset + i * outStride, loops.slice(1)),
    ).flat();
  }
  const absent = Array.from({ length: 4 - loops.length }, () => ({ size: 1, strides: [0, 0] }));
  const [a, b, c, d] = [...absent, ...loops] as unknown as readonly [Loops[0], Loops[0], Loops[0], Loops[0]];
  return [
    {
      size0: a.size,
      size1: b.size,
      size2: c.size,
      size3: d.size,
      inOffset,
      inStride0: a.strides[0]!,
      inStride1: b.strides[0]!,
      inStride2: c.strides[0]!,
      inStride3: d.strides[0]!,
      outOffset,
      outStride0: a.strides[1]!,
      outStride1: b.strides[1]!,
      outStride2: c.strides[1]!,
      outStride3: d.strides[1]!,
    },
  ];
}
