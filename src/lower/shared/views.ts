/**
 * Strided views: how a value of the graph lies in a tensor of the Program. Reshape, Transpose, Slice and Split only
 * change the view; bytes move when a kernel needs them contiguous, by one strided copy.
 */
import { broadcastStrides } from '../../ops/arrays.ts';
import type { TensorId } from '../../program/types.ts';

/** Where elements lie: `shape` and `strides` are in ONNX axis order; strides and offset count elements. */
export type Strided = {
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
};

export type View = Strided & { readonly tensor: TensorId };

/** layout[i] is the ONNX axis that physical axis i holds. */
export type Layout = readonly number[];

export function plainLayout(rank: number): Layout {
  return Array.from({ length: rank }, (_, i) => i);
}

/** N, spatial axes, C. */
export function channelsLast(rank: number): Layout {
  if (rank < 3) return plainLayout(rank);
  return [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
}

export function physicalShape(shape: readonly number[], layout: Layout): readonly number[] {
  return layout.map((axis) => shape[axis]!);
}

/** The view of a whole tensor whose physical axes follow `layout`. */
export function wholeView(tensor: TensorId, shape: readonly number[], layout: Layout): View {
  return { tensor, ...wholeStrided(shape, layout) };
}

/** Elements without gaps, whose physical axes follow `layout`. */
export function wholeStrided(shape: readonly number[], layout: Layout): Strided {
  const strides = new Array<number>(shape.length).fill(1);
  let stride = 1;
  for (const axis of [...layout].reverse()) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return { offset: 0, shape, strides };
}

/** True when the elements lie exactly as `wholeView(tensor, shape, layout)` would put them. */
export function isWhole(view: Strided, layout: Layout): boolean {
  const whole = wholeStrided(view.shape, layout);
  return (
    view.offset === 0 &&
    view.shape.every((size, axis) => size === 1 || view.strides[axis] === whole.strides[axis])
  );
}

/**
 * Offsets of the elements of a view in the row-major order of `layout`; null where element i lies at offset i.
 * @param positions positions[i]: where index i of the last ONNX axis lies along it, if not at i
 */
export function viewOffsets(
  view: View,
  layout: Layout,
  positions: Int32Array | null = null,
): Int32Array | null {
  if (positions === null && isWhole(view, layout)) return null;
  const { shape, strides } = view;
  const last = shape.length - 1;
  let offsets = Int32Array.of(view.offset);
  for (const axis of layout) {
    const [size, stride] = [shape[axis]!, strides[axis]!];
    const next = new Int32Array(offsets.length * size);
    offsets.forEach((offset, i) => {
      for (let k = 0; k < size; k++) {
        next[i * size + k] = offset + stride * (axis === last && positions !== null ? positions[k]! : k);
      }
    });
    offsets = next;
  }
  return offsets;
}

/** The same elements under another shape (row-major order kept), or null where that needs a copy. */
export function reshapeView<V extends Strided>(view: V, shape: readonly number[]): V | null {
  const runs = mergeAxes(view.shape, [view.strides]);
  const strides: number[] = [];
  let run = 0;
  let left = runs[0]?.size ?? 1;
  for (const size of shape) {
    if (size === 1) {
      strides.push(0);
      continue;
    }
    if (left === 1) left = runs[++run]?.size ?? 1;
    if (left % size !== 0) return null;
    left /= size;
    strides.push(runs[run]!.strides[0]! * left);
  }
  return left === 1 ? { ...view, shape, strides } : null;
}

export function transposeView<V extends Strided>(view: V, permutation: readonly number[]): V {
  return {
    ...view,
    shape: permutation.map((axis) => view.shape[axis]!),
    strides: permutation.map((axis) => view.strides[axis]!),
  };
}

/** The same elements under a larger shape, by ONNX broadcasting: an axis that repeats has the stride 0. */
export function broadcastView<V extends Strided>(view: V, shape: readonly number[]): V {
  const repeats = broadcastStrides(view.shape, shape);
  const skip = shape.length - view.shape.length;
  const strides = repeats.map((stride, axis) => (stride === 0 ? 0 : view.strides[axis - skip]!));
  return { ...view, shape, strides };
}

/** Every axis as several, of which the last is the fastest: parts[axis] are their sizes. */
export function splitAxes<V extends Strided>(view: V, parts: readonly (readonly number[])[]): V {
  const strides = parts.flatMap((sizes, axis) =>
    sizes.map(
      (_, i) => view.strides[axis]! * sizes.slice(i + 1).reduce((product, size) => product * size, 1),
    ),
  );
  return { ...view, shape: parts.flat(), strides };
}

/** Elements start, start + step, ... of one axis; step may be negative. */
export function sliceView<V extends Strided>(
  view: V,
  axis: number,
  start: number,
  size: number,
  step: number,
): V {
  return {
    ...view,
    offset: view.offset + start * view.strides[axis]!,
    shape: view.shape.map((old, i) => (i === axis ? size : old)),
    strides: view.strides.map((stride, i) => (i === axis ? stride * step : stride)),
  };
}

/** One loop of a strided copy: `size` elements, one stride per operand. */
type Loop = { readonly size: number; readonly strides: readonly number[] };

/** Axes as loops, outermost first: axes of size 1 dropped, neighbours merged where every operand allows it. */
export function mergeAxes(shape: readonly number[], operands: readonly (readonly number[])[]): Loop[] {
  const loops: Loop[] = [];
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const strides = operands.map((operand) => operand[axis]!);
    const outer = loops.at(-1);
    if (outer?.strides.every((stride, k) => stride === strides[k]! * size)) {
      loops[loops.length - 1] = { size: outer.size * size, strides };
    } else {
      loops.push({ size, strides });
    }
  });
  return loops;
}
