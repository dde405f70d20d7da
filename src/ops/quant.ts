/** QuantizeLinear and DequantizeLinear, per tensor and per axis (ONNX operator specification, opset 21 without blocks). */
import { elementCount } from '../graph/tensor.ts';
import type { DType, Node, Tensor } from '../graph/types.ts';
import { asNumbers, computeTensor } from './arrays.ts';
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
  unsupported,
} from './define.ts';
import type { Operator } from './types.ts';
import { roundHalfToEven } from './unary.ts';

/** Smallest and largest value of the types that values are quantised to. */
const RANGES = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  uint16: [0, 2 ** 16 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
} as const satisfies Partial<Record<DType, readonly [number, number]>>;

export type QuantisedType = keyof typeof RANGES;

const isQuantisedType = (dtype: DType): dtype is QuantisedType => Object.hasOwn(RANGES, dtype);

/** clamp(round_half_to_even(x / scale) + zeroPoint), the division in float32. */
export function quantise(x: number, scale: number, zeroPoint: number, dtype: QuantisedType): number {
  const [low, high] = RANGES[dtype];
  return Math.min(Math.max(roundHalfToEven(Math.fround(x / scale)) + zeroPoint, low), high);
}

/** How elements are grouped under the scales: element i belongs to scale floor(i / inner) mod count. */
export type ScaleGroups = { readonly inner: number; readonly count: number };

/** @throws TinymlError E_SHAPE if scale and zero point do not fit, E_OP for blocks. */
function scaleGroups(node: Node, inputs: Inputs): ScaleGroups {
  const [x, scale, zeroPoint] = [inputs[0]!, inputs[1]!, inputs[2]];
  if (intAttribute(node, 'block_size', 0) !== 0) unsupported(node, 'blocked quantisation is not supported');
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

const zeroPoints = (tensor: Tensor | null | undefined, count: number) =>
  tensor ? asNumbers(tensor.data) : new Float64Array(count);

const quantizeLinear = defineOperator({
  name: 'QuantizeLinear',
  inputs: [2, 3],
  infer: (node, inputs) => {
    requireType(node, inputs, 0, ['float32', 'int32']);
    requireType(node, inputs, 1, ['float32']);
    scaleGroups(node, inputs);
    const stated = intAttribute(node, 'output_dtype', 0);
    const dtype = inputs[2]?.dtype ?? (stated === 0 ? 'uint8' : dataType(node, stated));
    if (!isQuantisedType(dtype)) unsupported(node, `quantisation to ${dtype} is not supported`);
    return output(dtype, inputs[0]!.shape);
  },
  run: (node, inputs, [out]) => {
    const { inner, count } = scaleGroups(node, inputs);
    const x = asNumbers(inputs[0]!.data);
    const scale = asNumbers(inputs[1]!.data);
    const zeroPoint = zeroPoints(inputs[2], count);
    const dtype = out!.dtype as QuantisedType;
    return [
      computeTensor(out!, (data) => {
        for (let i = 0; i < data.length; i++) {
          const group = Math.floor(i / inner) % count;
          data[i] = quantise(x[i]!, scale[group]!, zeroPoint[group]!, dtype);
        }
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
    const { inner, count } = scaleGroups(node, inputs);
    const x = asNumbers(inputs[0]!.data);
    const scale = asNumbers(inputs[1]!.data);
    const zeroPoint = zeroPoints(inputs[2], count);
    return [
      computeTensor(out!, (data) => {
        for (let i = 0; i < data.length; i++) {
          const group = Math.floor(i / inner) % count;
          data[i] = (x[i]! - zeroPoint[group]!) * scale[group]!;
        }
      }),
    ];
  },
  quant: FLOAT,
});

export const quantOperators: readonly Operator[] = [quantizeLinear, dequantizeLinear];
