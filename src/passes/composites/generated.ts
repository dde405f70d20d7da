/** Operators that make constants of constants, which exporters leave in files: windows, and places where something is not 0. */
import { elementCount, floatTensor, int64Tensor, MAX_ELEMENTS } from '../../graph/tensor.ts';
import type { Node } from '../../graph/types.ts';
import { rowMajorStrides } from '../../ops/arrays.ts';
import { intAttribute } from '../../ops/attributes.ts';
import { badShape, unsupported } from '../../ops/define.ts';
import type { Expansion, Writer } from './writer.ts';

/** Places of what is not 0, [axes, places], in row-major order. */
export function nonZero(node: Node, { constant, constantOf, give }: Writer): void {
  const tensor = constantOf(node.inputs[0]!);
  if (tensor === null) unsupported(node, 'numbers that are computed at run time: how many are not 0 is open');
  const { shape, data } = tensor;
  const found = Array.from(data, Number).flatMap((value, i) => (value === 0 ? [] : [i]));
  const strides = rowMajorStrides(shape);
  const axes = shape.length === 0 ? [1] : strides;
  const places = axes.flatMap((stride, axis) =>
    found.map((i) => Math.floor(i / stride) % (shape[axis] ?? 1)),
  );
  give(0, constant({ ...int64Tensor(places), shape: [axes.length, found.length] }));
}

/** cosines: the weights of cos(2 pi k i / N), with N one less for windows that are not periodic. */
export function window(cosines: readonly number[]): Expansion {
  return (node, { constant, constantOf, give }) => {
    const length = Number(constantOf(node.inputs[0]!)?.data[0] ?? Number.NaN);
    if (Number.isNaN(length)) unsupported(node, 'a length that is computed at run time');
    if (!(length >= 1 && length <= MAX_ELEMENTS)) badShape(node, `a window of ${length}`);
    if (intAttribute(node, 'output_datatype', 1) !== 1) unsupported(node, 'a window that is not of float32');
    const period = Math.max(length - (intAttribute(node, 'periodic', 1) === 0 ? 1 : 0), 1);
    const value = (i: number): number =>
      cosines.reduce((sum, weight, k) => sum + weight * Math.cos((2 * Math.PI * k * i) / period), 0);
    give(
      0,
      constant(
        floatTensor(
          [length],
          Float32Array.from({ length }, (_, i) => value(i)),
        ),
      ),
    );
  };
}

/** theta [N, d, d + 1] and the size of an image or volume: where each place of it comes from, [N, ...places, d]. */
export function affineGrid(node: Node, { constant, constantOf, give }: Writer): void {
  const [theta, size] = node.inputs.map((name) => constantOf(name));
  if (!theta || !size) unsupported(node, 'places that are computed at run time');
  const [batch, , ...places] = Array.from(size.data, Number) as [number, number, ...number[]];
  const axes = places.length;
  const count = elementCount(places);
  if (theta.shape.join() !== [batch, axes, axes + 1].join() || batch * count * axes > MAX_ELEMENTS) {
    badShape(node, `theta of shape [${theta.shape.join(', ')}] for [${places.join(', ')}]`);
  }
  const corners = intAttribute(node, 'align_corners', 0) !== 0;
  const along = (i: number, length: number): number =>
    corners ? (length === 1 ? 0 : (2 * i) / (length - 1) - 1) : (2 * i + 1) / length - 1;
  const strides = rowMajorStrides(places);
  const grid = new Float32Array(batch * count * axes);
  for (let n = 0; n < batch; n++) {
    for (let at = 0; at < count; at++) {
      // The last axis comes first.
      const own = places
        .map((length, axis) => along(Math.floor(at / strides[axis]!) % length, length))
        .reverse();
      for (let to = 0; to < axes; to++) {
        const row = (n * axes + to) * (axes + 1);
        const terms = [...own, 1].map((value, i) => value * Number(theta.data[row + i]));
        grid[(n * count + at) * axes + to] = terms.reduce((sum, term) => sum + term, 0);
      }
    }
  }
  give(0, constant(floatTensor([batch, ...places, axes], grid)));
}
