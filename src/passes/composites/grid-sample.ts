/** GridSample (ONNX, opset 16 and later) at constant places: numbers gathered and weighted. */
import { int } from '../../graph/build.ts';
import { elementCount, floatTensor, int64Tensor, MAX_ELEMENTS } from '../../graph/tensor.ts';
import type { Node, Tensor } from '../../graph/types.ts';
import { asNumbers } from '../../ops/arrays.ts';
import { intAttribute, stringAttribute } from '../../ops/attributes.ts';
import { badShape, unsupported } from '../../ops/define.ts';
import type { Writer } from './writer.ts';

/** What one place along one axis is made of: elements (null: a zero outside) and their weights. */
type Taps = readonly { readonly at: number | null; readonly weight: number }[];

/** x [N, C, ...sizes], grid [N, ...places, axes from the last], between -1 and 1: [N, C, ...places]. */
export function gridSample(node: Node, writer: Writer): void {
  const { add, addMany, constant, constantOf, give, shape } = writer;
  const [x, gridName] = node.inputs as readonly [string, string];
  const grid = constantOf(gridName);
  if (grid === null) unsupported(node, 'places that are computed at run time');
  const [batch, channels, ...sizes] = shape(x) as [number, number, ...number[]];
  const places = grid.shape.slice(1, -1);
  const fits =
    grid.shape[0] === batch && places.length === sizes.length && grid.shape.at(-1) === sizes.length;
  if (!fits || sizes.length === 0) badShape(node, `a grid of shape [${grid.shape.join(', ')}]`);
  const area = elementCount(sizes);
  const flat = add('Reshape', [x, constant(int64Tensor([batch, channels, area]))]);
  const each = constant(int64Tensor(Array(batch).fill(1)));
  const images = batch === 1 ? [flat] : addMany('Split', [flat, each], batch, { axis: int(0) });
  const sampled = images.map((image, n) => {
    const { count, indices, weights } = tapsOf(node, grid, n, sizes);
    const total = indices.length;
    const gathered = add('Gather', [image, constant(int64Tensor(indices))], { axis: int(2) });
    const weighted = weights.every((weight) => weight === 1)
      ? gathered
      : add('Mul', [gathered, constant(floatTensor([total], Float32Array.from(weights)))]);
    if (count === 1) return weighted;
    const apart = add('Reshape', [weighted, constant(int64Tensor([1, channels, total / count, count]))]);
    return add('ReduceSum', [apart, constant(int64Tensor([3]))], { keepdims: int(0) });
  });
  const all = batch === 1 ? sampled[0]! : add('Concat', sampled, { axis: int(0) });
  give(0, add('Reshape', [all, constant(int64Tensor([batch, channels, ...places]))]));
}

/** Of one image: for each place `count` elements, one behind the other, and their weights. */
function tapsOf(node: Node, grid: Tensor, image: number, sizes: readonly number[]) {
  const axes = sizes.length;
  const numbers = asNumbers(grid.data);
  const perImage = elementCount(grid.shape.slice(1));
  const indices: number[] = [];
  const weights: number[] = [];
  let count = 1;
  const perPlace = { nearest: 1, linear: 2, cubic: 4 }[stringAttribute(node, 'mode', 'linear')] ?? 0;
  if (perPlace === 0) unsupported(node, `the mode "${stringAttribute(node, 'mode', '')}"`);
  if ((perImage / axes) * perPlace ** axes > MAX_ELEMENTS) badShape(node, 'too many places');
  for (let at = image * perImage; at < (image + 1) * perImage; at += axes) {
    let taps: Taps = [{ at: 0, weight: 1 }];
    // The grid has the last axis first.
    sizes.forEach((size, axis) => {
      const along = alongAxis(node, numbers[at + axes - 1 - axis]!, size);
      taps = taps.flatMap((outer) =>
        along.map((inner) => ({
          at: outer.at === null || inner.at === null ? null : outer.at * size + inner.at,
          weight: outer.weight * inner.weight,
        })),
      );
    });
    count = taps.length;
    for (const { at: index, weight } of taps) {
      indices.push(index ?? 0);
      weights.push(index === null ? 0 : weight);
    }
  }
  return { count, indices, weights };
}

function alongAxis(node: Node, place: number, size: number): Taps {
  const mode = stringAttribute(node, 'mode', 'linear');
  const padding = stringAttribute(node, 'padding_mode', 'zeros');
  const corners = intAttribute(node, 'align_corners', 0) !== 0;
  const [low, high] = corners ? [0, size - 1] : [-0.5, size - 0.5];
  const raw = corners ? ((place + 1) / 2) * (size - 1) : ((place + 1) * size - 1) / 2;
  const rounded = mode === 'nearest' ? roundHalfEven(raw) : raw;
  // A cubic's elements are found by their own places, beyond the edges, too.
  const stays = mode === 'cubic' || (rounded >= low && rounded <= high);
  const at = stays ? rounded : bounded(rounded, padding, size, low, high);
  const element = (index: number): number | null => {
    if (index >= 0 && index < size) return index;
    return padding === 'zeros' ? null : Math.trunc(bounded(index, padding, size, low, high));
  };
  const first = Math.floor(at);
  const t = at - first;
  switch (mode) {
    case 'nearest':
      return [{ at: element(Math.trunc(at)), weight: 1 }];
    case 'linear':
      return [
        { at: element(first), weight: 1 - t },
        { at: element(first + 1), weight: t },
      ];
    default:
      return cubicWeights(t).map((weight, i) => ({ at: element(first - 1 + i), weight }));
  }
}

function bounded(x: number, padding: string, size: number, low: number, high: number): number {
  if (padding === 'border') return Math.min(Math.max(x, 0), size - 1);
  return padding === 'reflection' ? reflected(x, low, high) : x;
}

function reflected(x: number, low: number, high: number): number {
  const range = high - low;
  if ((x >= low && x <= high) || range <= 0) return Math.min(Math.max(x, low), high);
  const beyond = x < low ? low - x : x - high;
  const times = Math.floor(beyond / range);
  const rest = beyond - times * range;
  const fromLow = x < low === (times % 2 === 0);
  return fromLow ? low + rest : high - rest;
}

function roundHalfEven(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Keys 1981 with a = -0.75, as ONNX Runtime has it. */
function cubicWeights(t: number): readonly number[] {
  const a = -0.75;
  const near = (x: number): number => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number): number => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return [far(t + 1), near(t), near(1 - t), far(2 - t)];
}
