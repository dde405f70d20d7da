/** QuantizeLinear and DequantizeLinear, per tensor, per axis and in blocks along one (ONNX operator specification, opset 21). */
import { allocate, elementCount, sameShape } from '../graph/tensor.ts';
import type { DType, Node, Quant, Tensor } from '../graph/types.ts';
import { roundHalfToEven } from '../numbers/rounding.ts';
import { asElements, asNumbers, computeTensor, type NumberArray } from './arrays.ts';
import { intAttribute } from './attributes.ts';
import { dataType } from './cast.ts';
import {
  badShape,
  defineOperator,
  FLOAT,
  type Inputs,
  normaliseAxis,
  output,
  requireType,
  type Tensors,
  unsupported,
} from './define.ts';
import type { Operator } from './types.ts';

/** Smallest and largest value of the types that values are quantised to. */
const RANGES = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  uint16: [0, 2 ** 16 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
} as const satisfies Partial<Record<DType, readonly [number, number]>>;

type QuantizedType = keyof typeof RANGES;

const isQuantizedType = (dtype: DType): dtype is QuantizedType => Object.hasOwn(RANGES, dtype);

/** How elements are grouped under the scales: element i belongs to scale floor(i / inner) mod count. */
type ScaleGroups = { readonly inner: number; readonly count: number };

/** @throws TinymlError E_SHAPE if scale and zero point do not fit. */
function scaleGroups(node: Node, inputs: Inputs): ScaleGroups {
  const [x, scale, zeroPoint] = [inputs[0]!, inputs[1]!, inputs[2]];
  if (intAttribute(node, 'block_size', 0) !== 0) {
    blocksOf(node, inputs);
    return { inner: 1, count: elementCount(x.shape) };
  }
  const count = elementCount(scale.shape);
  if (zeroPoint && elementCount(zeroPoint.shape) !== count) {
    badShape(node, `${count} scales and ${elementCount(zeroPoint.shape)} zero points`);
  }
  if (scale.shape.length === 0 || (count === 1 && scale.shape.length === 1)) {
    return { inner: Math.max(elementCount(x.shape), 1), count: 1 };
  }
  const axis = normaliseAxis(node, intAttribute(node, 'axis', 1), x.shape.length);
  if (scale.shape.length !== 1 || count !== x.shape[axis]) {
    badShape(node, `scales of shape [${scale.shape.join(', ')}] for axis ${axis} of [${x.shape.join(', ')}]`);
  }
  return { inner: elementCount(x.shape.slice(axis + 1)), count };
}

/** Blocks along an axis: neighbours of which `size` have a scale together. */
type Blocks = { readonly axis: number; readonly size: number };

/** @throws TinymlError E_SHAPE unless the scales are those of blocks of the tensor. */
function blocksOf(node: Node, [x, scale, zeroPoint]: Inputs): Blocks {
  const size = intAttribute(node, 'block_size', 0);
  const axis = normaliseAxis(node, intAttribute(node, 'axis', 1), x!.shape.length);
  const wanted = x!.shape.map((dim, i) => (i === axis ? Math.ceil(dim / size) : dim));
  const fits =
    size > 0 && sameShape(scale!.shape, wanted) && (!zeroPoint || sameShape(zeroPoint.shape, wanted));
  if (!fits) {
    badShape(
      node,
      `scales of shape [${scale!.shape.join(', ')}] for blocks of ${size} along axis ${axis} of [${x!.shape.join(', ')}]`,
    );
  }
  return { axis, size };
}

/** One number for each element of a tensor from one for each block. */
function spread(blocked: NumberArray, shape: readonly number[], { axis, size }: Blocks): NumberArray {
  const inner = elementCount(shape.slice(axis + 1));
  const dim = shape[axis]!;
  const perOuter = Math.ceil(dim / size) * inner;
  return Float64Array.from({ length: elementCount(shape) }, (_, i) => {
    const outer = Math.floor(i / (inner * dim));
    const block = Math.floor((Math.floor(i / inner) % dim) / size);
    return blocked[outer * perOuter + block * inner + (i % inner)]!;
  });
}

/** Scales and zero points with how elements are grouped under them. */
type Affine = ScaleGroups & { readonly scale: NumberArray; readonly zeroPoint: NumberArray };

/** clamp(round_half_to_even(x / scale) + zeroPoint), the division in float32. NaN stays NaN. */
function quantize(x: NumberArray, affine: Affine, dtype: QuantizedType, out: NumberArray): void {
  const [low, high] = RANGES[dtype];
  forEachGroup(affine, out.length, (from, to, scale, zeroPoint) => {
    for (let i = from; i < to; i++) {
      const code = roundHalfToEven(Math.fround(x[i]! / scale)) + zeroPoint;
      out[i] = Math.min(Math.max(code, low), high);
    }
  });
}

function dequantize(x: NumberArray, affine: Affine, out: NumberArray): void {
  forEachGroup(affine, out.length, (from, to, scale, zeroPoint) => {
    for (let i = from; i < to; i++) out[i] = (x[i]! - zeroPoint) * scale;
  });
}

function forEachGroup(
  { inner, count, scale, zeroPoint }: Affine,
  length: number,
  visit: (from: number, to: number, scale: number, zeroPoint: number) => void,
): void {
  for (let from = 0, group = 0; from < length; from += inner, group = (group + 1) % count) {
    visit(from, from + inner, scale[group]!, zeroPoint[group]!);
  }
}

function affineOf({ shape }: Tensor, { axis, scale, zeroPoint }: Quant): Affine {
  const inner = axis === null ? elementCount(shape) : elementCount(shape.slice(axis + 1));
  return { inner, count: scale.length, scale, zeroPoint };
}

/** The stored integers of a float tensor. */
export function quantizeTensor(tensor: Tensor, quant: Quant): Tensor {
  const data = asElements(allocate(quant.dtype, tensor.data.length));
  quantize(asNumbers(tensor.data), affineOf(tensor, quant), quant.dtype, data);
  return { dtype: quant.dtype, shape: tensor.shape, data };
}

/** The float32 meaning of stored integers. */
export function dequantizeTensor(tensor: Tensor, quant: Quant): Tensor {
  const data = new Float32Array(tensor.data.length);
  dequantize(asNumbers(tensor.data), affineOf(tensor, quant), data);
  return { dtype: 'float32', shape: tensor.shape, data };
}

/** What is left of a float tensor after it was quantised and dequantised. NaN stays NaN. */
export function fakeQuantize(tensor: Tensor, quant: Quant): Tensor {
  const data = new Float32Array(tensor.data.length);
  const affine = affineOf(tensor, quant);
  quantize(asNumbers(tensor.data), affine, quant.dtype, data);
  dequantize(data, affine, data);
  return { dtype: 'float32', shape: tensor.shape, data };
}

/** Scale, zero point and grouping that a node states: element i has number floor(i / inner) mod count of both. */
export function affineOfNode(node: Node, inputs: Tensors): Affine {
  const groups = scaleGroups(node, inputs);
  const [x, scale, zeroPoint] = inputs as readonly [Tensor, Tensor, Tensor | undefined];
  const blocks = intAttribute(node, 'block_size', 0) === 0 ? null : blocksOf(node, inputs);
  const forGroups = (numbers: NumberArray): NumberArray =>
    blocks === null ? numbers : spread(numbers, x.shape, blocks);
  return {
    ...groups,
    scale: forGroups(asNumbers(scale.data)),
    zeroPoint: zeroPoint ? forGroups(asNumbers(zeroPoint.data)) : new Float64Array(groups.count),
  };
}

const quantizeLinear = defineOperator({
  name: 'QuantizeLinear',
  inputs: [2, 3],
  infer: (node, inputs) => {
    requireType(node, inputs, 0, ['float32', 'int32']);
    requireType(node, inputs, 1, ['float32']);
    scaleGroups(node, inputs);
    const stated = intAttribute(node, 'output_dtype', 0);
    const dtype = inputs[2]?.dtype ?? (stated === 0 ? 'uint8' : dataType(node, stated));
    if (!isQuantizedType(dtype)) unsupported(node, `quantisation to ${dtype} is not supported`);
    return output(dtype, inputs[0]!.shape);
  },
  run: (node, inputs, [out]) => {
    const affine = affineOfNode(node, inputs);
    const dtype = out!.dtype as QuantizedType;
    return [
      computeTensor(out!, (data) => {
        quantize(asNumbers(inputs[0]!.data), affine, dtype, data);
      }),
    ];
  },
  quant: FLOAT,
});

const dequantizeLinear = defineOperator({
  name: 'DequantizeLinear',
  inputs: [2, 3],
  infer: (node, inputs) => {
    requireType(node, inputs, 0, ['int8', 'uint8', 'int16', 'uint16', 'int32']);
    requireType(node, inputs, 1, ['float32']);
    scaleGroups(node, inputs);
    return output('float32', inputs[0]!.shape);
  },
  run: (node, inputs, [out]) => {
    const affine = affineOfNode(node, inputs);
    return [
      computeTensor(out!, (data) => {
        dequantize(asNumbers(inputs[0]!.data), affine, data);
      }),
    ];
  },
  quant: FLOAT,
});

export const quantOperators: readonly Operator[] = [quantizeLinear, dequantizeLinear];
