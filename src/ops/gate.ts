/**
 * Operators of patch gates: a frame is cut into square patches, and a gate decides for each whether it is computed anew
 * or kept as it was. The method is PASS (AAAI 2023) with a composite reference: a patch is compared with what was last
 * computed from it, so that nothing drifts unseen.
 */
import { CHANGED_UNITS, gateNumbers, MAX_AGE, STATISTIC_LIMITS, sceneCutCount } from '../graph/gates.ts';
import { PATCH_GATE, PATCH_REUSE, PATCH_STATISTICS } from '../graph/own-operators.ts';
import { elementCount, sameShape } from '../graph/tensor.ts';
import type { Node, Tensor } from '../graph/types.ts';
import { asFloat32, computeTensor, type NumberArray } from './arrays.ts';
import { floatAttribute, stringsAttribute } from './attributes.ts';
import {
  badShape,
  defineOperator,
  type Inputs,
  output,
  requireRank,
  requireType,
  SAME_AS_INPUT,
  unsupported,
} from './define.ts';
import type { Operator } from './types.ts';

/** Patches of a frame. */
type PatchGrid = { readonly patch: number; readonly rows: number; readonly columns: number };

/** @throws TinymlError E_OP for a patch size that is none, E_SHAPE where it does not divide the frame */
function patchGrid(node: Node, inputs: Inputs, frame: number): PatchGrid {
  const { patch } = gateNumbers(node);
  if (!(Number.isInteger(patch) && patch >= 1)) unsupported(node, `patches of ${patch} pixels`);
  const [, , height = 0, width = 0] = inputs[frame]!.shape;
  if (height % patch !== 0 || width % patch !== 0 || height * width === 0) {
    badShape(node, `patches of ${patch}x${patch} do not divide ${height}x${width}`);
  }
  return { patch, rows: height / patch, columns: width / patch };
}

/** The frames that these inputs are. @throws TinymlError E_SHAPE unless they are one frame each, of one shape */
function requireFrames(node: Node, inputs: Inputs, first: number, second: number): void {
  for (const index of [first, second]) {
    requireType(node, inputs, index, ['float32']);
    requireRank(node, inputs, index, 4);
  }
  const [a, b] = [inputs[first]!.shape, inputs[second]!.shape];
  if (!sameShape(a, b)) badShape(node, `a frame of [${a.join(', ')}] and a reference of [${b.join(', ')}]`);
  if (a[0] !== 1) badShape(node, `${a[0]} frames at once`, 'a gate has state: give one frame at a time');
}

function requireShape(node: Node, inputs: Inputs, index: number, shape: readonly number[]): void {
  requireType(node, inputs, index, ['float32']);
  const given = inputs[index]!.shape;
  if (sameShape(given, shape)) return;
  badShape(node, `input ${index} is [${given.join(', ')}] where [${shape.join(', ')}] is needed`);
}

/** The sizes of a frame [1, channels, height, width]. */
function frameSizes({ shape }: Tensor): { channels: number; height: number; width: number } {
  const [, channels = 0, height = 0, width = 0] = shape;
  return { channels, height, width };
}

const patchStatistics = defineOperator({
  name: PATCH_STATISTICS,
  inputs: [2, 2],
  infer: (node, inputs) => {
    requireFrames(node, inputs, 0, 1);
    const { rows, columns } = patchGrid(node, inputs, 0);
    const { unit } = gateNumbers(node);
    if (!(unit > 0 && unit < Infinity)) unsupported(node, `a unit of ${unit}`);
    return output('float32', [1, 4, rows, columns]);
  },
  run: (node, inputs, [out]) => {
    const [x, reference] = [inputs[0]!, inputs[1]!];
    const grid = patchGrid(node, inputs, 0);
    const { unit } = gateNumbers(node);
    return [
      computeTensor(out!, (data) => {
        writeStatistics(x, asFloat32(reference.data), grid, unit, data);
      }),
    ];
  },
  macs: (_, [x]) => STATISTIC_SUMS * elementCount(x!.shape),
  quant: { kind: 'fixed', scale: 1 / 255, zeroPoint: -128 },
});

/** What is summed over a patch: the change, the elements, and how many changed. */
export const STATISTIC_SUMS = 3;

/** Mean and greatest change, mean magnitude and share of changed elements of every patch, each in [0, 1]. */
function writeStatistics(
  x: Tensor,
  reference: Float32Array,
  { patch, rows, columns }: PatchGrid,
  unit: number,
  out: NumberArray,
): void {
  const { channels, height, width } = frameSizes(x);
  const values = asFloat32(x.data);
  const count = channels * patch * patch;
  const changedFrom = Math.fround(CHANGED_UNITS * unit);
  const { meanChange, maxChange, mean } = STATISTIC_LIMITS;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let [change, greatest, magnitude, changed] = [0, 0, 0, 0];
      for (let channel = 0; channel < channels; channel++) {
        for (let y = row * patch; y < (row + 1) * patch; y++) {
          const from = (channel * height + y) * width + column * patch;
          for (let at = from; at < from + patch; at++) {
            const difference = Math.abs(Math.fround(values[at]! - reference[at]!));
            change += difference;
            greatest = Math.max(greatest, difference);
            magnitude += Math.abs(values[at]!);
            if (difference > changedFrom) changed++;
          }
        }
      }
      const at = row * columns + column;
      const patches = rows * columns;
      out[at] = share(change / count, meanChange * unit);
      out[patches + at] = share(greatest, maxChange * unit);
      out[2 * patches + at] = share(magnitude / count, mean * unit);
      out[3 * patches + at] = changed / count;
    }
  }
}

const share = (value: number, limit: number): number => Math.min(value / limit, 1);

const patchGate = defineOperator({
  name: PATCH_GATE,
  inputs: [5, 5],
  infer: (node, inputs) => {
    requireFrames(node, inputs, 1, 2);
    const { rows, columns } = patchGrid(node, inputs, 1);
    const grid = [1, 1, rows, columns];
    requireShape(node, inputs, 0, grid);
    requireShape(node, inputs, 3, grid);
    requireShape(node, inputs, 4, [1, 1, 1, 1]);
    checkRules(node);
    return [
      { dtype: 'float32', shape: inputs[1]!.shape },
      { dtype: 'float32', shape: grid },
      { dtype: 'float32', shape: grid },
      { dtype: 'float32', shape: [1, 1, 1, 1] },
    ];
  },
  run: (node, inputs, [blended, grid, , clock]) => {
    const [scores, x, reference, age, time] = inputs.map((input) => asFloat32(input!.data));
    const { maxAge, keyFrame, sceneCut } = gateNumbers(node);
    const cut = sceneCutCount(sceneCut, scores!.length);
    const active = scores!.map((score, i) => Number(score > 0 || (maxAge > 0 && age![i]! >= maxAge)));
    const sum = active.reduce((total, one) => total + one, 0);
    const [now] = time!;
    const full = now === 0 || (keyFrame > 0 && now! >= keyFrame) || sum >= cut;
    const mask = full ? active.map(() => 1) : active;
    const older = (value: number): number => Math.min(value + 1, MAX_AGE);
    const data = blend(x!, reference!, mask, inputs[1]!.shape, grid!.shape);
    return [
      { ...blended!, data },
      { ...grid!, data: mask },
      { ...grid!, data: age!.map((value, i) => (mask[i] ? 0 : older(value))) },
      { ...clock!, data: Float32Array.of(full ? 1 : older(now!)) },
    ];
  },
  quant: {
    kind: 'per-output',
    outputs: [
      { kind: 'same-as-input', input: 1 },
      { kind: 'fixed', scale: 1, zeroPoint: 0 },
      { kind: 'fixed', scale: 1, zeroPoint: -128 },
      { kind: 'fixed', scale: 1, zeroPoint: -128 },
    ],
  },
});

/** @throws TinymlError E_OP for values out of range, E_ONNX_INVALID for those of another kind */
function checkRules(node: Node): void {
  const { maxAge, keyFrame, sceneCut } = gateNumbers(node);
  for (const [name, value] of Object.entries({ max_age: maxAge, key_frame: keyFrame })) {
    if (Number.isInteger(value) && value >= 0 && value <= MAX_AGE) continue;
    unsupported(node, `${name} is ${value}, not an integer from 0 to ${MAX_AGE}`);
  }
  if (!(sceneCut > 0)) unsupported(node, `scene_cut is ${sceneCut}, not a share above 0`);
  const denseAbove = floatAttribute(node, 'dense_above', 1);
  if (!(denseAbove >= 0)) unsupported(node, `dense_above is ${denseAbove}, not a share`);
  stringsAttribute(node, 'ends', []);
}

const patchReuse = defineOperator({
  name: PATCH_REUSE,
  inputs: [3, 3],
  infer: (node, inputs) => {
    requireFrames(node, inputs, 0, 1);
    requireType(node, inputs, 2, ['float32']);
    requireRank(node, inputs, 2, 4);
    const [, , height = 0, width = 0] = inputs[0]!.shape;
    const [frames, planes, rows = 0, columns = 0] = inputs[2]!.shape;
    const size = height / rows;
    if (frames !== 1 || planes !== 1 || !(Number.isInteger(size) && size >= 1 && size * columns === width)) {
      badShape(
        node,
        `a mask of [${inputs[2]!.shape.join(', ')}] does not cut ${height}x${width} into square patches`,
      );
    }
    return output('float32', inputs[0]!.shape);
  },
  run: (_, inputs, [out]) => {
    const [y, reference, mask] = inputs.map((input) => asFloat32(input!.data));
    return [{ ...out!, data: blend(y!, reference!, mask!, out!.shape, inputs[2]!.shape) }];
  },
  quant: SAME_AS_INPUT,
});

/** x where the mask [1, 1, rows, columns], each element of which stands for a patch, is not 0; the reference elsewhere. */
function blend(
  x: Float32Array,
  reference: Float32Array,
  mask: Float32Array,
  [, channels = 0, height = 0, width = 0]: readonly number[],
  [, , rows = 0, columns = 0]: readonly number[],
): Float32Array {
  const blended = reference.slice();
  const [high, wide] = [height / rows, width / columns];
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < height; y++) {
      const start = (channel * height + y) * width;
      const maskRow = Math.floor(y / high) * columns;
      for (let column = 0; column < columns; column++) {
        if (mask[maskRow + column] === 0) continue;
        const from = start + column * wide;
        blended.set(x.subarray(from, from + wide), from);
      }
    }
  }
  return blended;
}

export const gateOperators: readonly Operator[] = [patchStatistics, patchGate, patchReuse];
