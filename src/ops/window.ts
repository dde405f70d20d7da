/** Sliding windows of convolutions and pools over any number of spatial axes (ONNX operator specification, Conv and MaxPool). */
import { elementCount } from '../graph/tensor.ts';
import type { Node } from '../graph/types.ts';
import { forEachRow, type NumberArray, rowMajorStrides } from './arrays.ts';
import { intsAttribute, stringAttribute } from './attributes.ts';
import { badShape, checkSize, unsupported } from './define.ts';

/** One entry per spatial axis. */
export type Window = {
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padBegin: readonly number[];
  readonly padEnd: readonly number[];
  /** Input with its padding, and with what windows of a ceil_mode pool read beyond it. */
  readonly padded: readonly number[];
};

/** Attributes of a window, checked and filled up with their defaults. */
type WindowAttributes = {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly autoPad: 'NOTSET' | 'VALID' | 'SAME_UPPER' | 'SAME_LOWER';
};

/** @throws TinymlError E_SHAPE for lists of the wrong length or out of range, E_OP for an unknown auto_pad. */
export function windowAttributes(node: Node, rank: number): WindowAttributes {
  const list = (name: string, length: number, fallback: number, least: number) => {
    const values = intsAttribute(node, name, new Array<number>(length).fill(fallback));
    if (values.length !== length) {
      badShape(node, `attribute "${name}" has ${values.length} entries where ${length} are needed`);
    }
    if (values.some((value) => !(value >= least && value < 2 ** 31))) {
      badShape(node, `attribute "${name}" is [${values.join(', ')}]; every entry must be at least ${least}`);
    }
    return values;
  };
  const autoPad = stringAttribute(node, 'auto_pad', 'NOTSET');
  if (autoPad !== 'NOTSET' && autoPad !== 'VALID' && autoPad !== 'SAME_UPPER' && autoPad !== 'SAME_LOWER') {
    unsupported(node, `auto_pad "${autoPad}" is not supported`);
  }
  return {
    strides: list('strides', rank, 1, 1),
    dilations: list('dilations', rank, 1, 1),
    pads: list('pads', 2 * rank, 0, 0),
    autoPad,
  };
}

/** Total padding shared out over both ends of an axis, the odd one at the end for SAME_UPPER. */
export function splitPadding(total: number, autoPad: 'SAME_UPPER' | 'SAME_LOWER'): readonly [number, number] {
  const half = Math.floor(total / 2);
  return autoPad === 'SAME_UPPER' ? [half, total - half] : [total - half, half];
}

/** The window of a Conv or a pool. @throws TinymlError E_SHAPE if the kernel does not fit into the padded input. */
export function slidingWindow(
  node: Node,
  input: readonly number[],
  kernel: readonly number[],
  ceilMode = false,
): Window {
  const rank = input.length;
  if (kernel.length !== rank || kernel.some((size) => !(size >= 1 && size < 2 ** 31))) {
    badShape(node, `a kernel of shape [${kernel.join(', ')}] over ${rank} spatial axes`);
  }
  const { strides, dilations, pads, autoPad } = windowAttributes(node, rank);
  const axes = input.map((size, i) => {
    const stride = strides[i]!;
    const reach = (kernel[i]! - 1) * dilations[i]! + 1;
    if (autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER') {
      const out = Math.ceil(size / stride);
      const [begin, end] = splitPadding(Math.max((out - 1) * stride + reach - size, 0), autoPad);
      return { out, begin, end, padded: size + begin + end };
    }
    const [begin, end] = autoPad === 'VALID' ? [0, 0] : [pads[i]!, pads[i + rank]!];
    const steps = (size + begin + end - reach) / stride;
    if (steps < 0) {
      badShape(
        node,
        `a kernel that reaches over ${reach} elements on a padded input of ${size + begin + end}`,
      );
    }
    let out = (ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // A window that would start in the padding at the end is dropped.
    if (ceilMode && (out - 1) * stride >= size + begin) out--;
    return { out, begin, end, padded: Math.max(size + begin + end, (out - 1) * stride + reach) };
  });
  const window = {
    input,
    output: axes.map(({ out }) => out),
    kernel,
    strides,
    dilations,
    padBegin: axes.map(({ begin }) => begin),
    padEnd: axes.map(({ end }) => end),
    padded: axes.map(({ padded }) => padded),
  };
  checkWindow(node, window);
  return window;
}

/** Bounds the tables that are made of a window. @throws TinymlError E_SHAPE if one would be too large. */
export function checkWindow(node: Node, { kernel, output, padded }: Window): void {
  for (const shape of [kernel, output, padded]) checkSize(node, shape);
}

/** Offsets in the padded input of the first element of every window, in order of the outputs. */
export function windowStarts({ output, strides, padded }: Window): Int32Array {
  return latticeOffsets(output, strides, padded);
}

/** Offsets in the padded input of the elements of a window, from its first. */
export function windowTaps({ kernel, dilations, padded }: Window): Int32Array {
  return latticeOffsets(kernel, dilations, padded);
}

function latticeOffsets(
  shape: readonly number[],
  steps: readonly number[],
  within: readonly number[],
): Int32Array {
  const strides = rowMajorStrides(within).map((stride, axis) => stride * steps[axis]!);
  const offsets = new Int32Array(elementCount(shape));
  const length = shape.at(-1) ?? 1;
  const step = strides.at(-1) ?? 0;
  let position = 0;
  forEachRow(shape, strides, 0, (offset) => {
    for (let i = 0; i < length; i++) offsets[position++] = offset + i * step;
  });
  return offsets;
}

export function isPadded({ input, padded }: Window): boolean {
  return input.some((size, axis) => size !== padded[axis]);
}

/** Whether windows of a ceil_mode pool read beyond the padding, which then is not all that is counted of them. */
export function reachesBeyondPadding({ input, padBegin, padEnd, padded }: Window): boolean {
  return input.some((size, axis) => padded[axis] !== size + padBegin[axis]! + padEnd[axis]!);
}

/** Elements of `planes` padded planes. @throws TinymlError E_SHAPE if they are too many. */
export function paddedLength(node: Node, window: Window, planes: number): number {
  checkSize(node, [planes, ...window.padded]);
  return planes * elementCount(window.padded);
}

/** How planes are padded: where each row of a plane goes. */
type Padding = {
  readonly rowLength: number;
  /** Offset in the padded plane of every row of a plane. */
  readonly rows: Int32Array;
  readonly paddedPlane: number;
};

export function planePadding({ input, padded, padBegin }: Window): Padding {
  const strides = rowMajorStrides(padded);
  const first = padBegin.reduce((sum, pad, axis) => sum + pad * strides[axis]!, 0);
  const rows: number[] = [];
  forEachRow(input, strides, first, (offset) => rows.push(offset));
  return { rowLength: input.at(-1)!, rows: Int32Array.from(rows), paddedPlane: elementCount(padded) };
}

/** Writes `planes` planes of `source`, from `start`, into `out` with `fill` around each. */
export function padPlanes<A extends NumberArray>(
  source: A,
  start: number,
  planes: number,
  { rowLength, rows, paddedPlane }: Padding,
  fill: number,
  out: A,
): void {
  out.fill(fill, 0, planes * paddedPlane);
  let from = start;
  for (let plane = 0; plane < planes; plane++) {
    for (let row = 0; row < rows.length; row++, from += rowLength) {
      const to = plane * paddedPlane + rows[row]!;
      for (let i = 0; i < rowLength; i++) out[to + i] = source[from + i]!;
    }
  }
}
