/**
 * Patch gates: statistics and masks of patches, and what is kept from run to run. The kept value of a tie is written where it
 * lies, at the pixels of a tile list; what still reads the value before it is given a copy.
 */
import { TinymlError } from '../../diagnostics/errors.ts';
import { CHANGED_UNITS, gateNumbers, STATISTIC_LIMITS, sceneCutCount } from '../../graph/gates.ts';
import { PATCH_GATE } from '../../graph/own-operators.ts';
import { statePairs } from '../../graph/state.ts';
import type { Graph, Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { floatAttribute, stringsAttribute } from '../../ops/attributes.ts';
import { clamp } from '../../program/kernels/common.ts';
import { ARENA, type TensorId } from '../../program/types.ts';
import {
  type ActivationQuant,
  activationQuant,
  addConstant,
  addCopy,
  addTensor,
  contiguousIn,
  defineValue,
  describe,
  type LoweringContext,
  layoutOf,
  shapeOf,
  viewOf,
} from '../shared/context.ts';
import { channelsLast, wholeView } from '../shared/views.ts';
import type { GuardOptions } from './guard-steps.ts';

const NHWC = channelsLast(4);

export function lowerPatchStatistics(context: LoweringContext, node: Node): void {
  const [x, reference] = node.inputs as readonly [string, string];
  const [value] = node.outputs as readonly [string];
  const input = sharedQuant(context, node, [x, reference]);
  const [, channels, height, width] = shapeOf(context, x) as readonly [number, number, number, number];
  const output = fixedQuant(context, node, value, { scale: 1 / 255, zeroPoint: -128 });
  const inputs = [x, reference].map((name) => contiguousIn(context, name, node, NHWC));
  const { patch, unit } = gateNumbers(node);
  const count = channels * patch * patch;
  const { meanChange, maxChange, mean } = STATISTIC_LIMITS;
  const scale = input.scale / (unit * output.scale);
  const fixed = [
    scale / (meanChange * count),
    scale / maxChange,
    scale / (mean * count),
    1 / (count * output.scale),
  ].map(quantizeMultiplier);
  context.steps.push({
    kernel: 'patch_statistics_s8',
    name: node.name,
    inputs,
    constants: [
      addConstant(
        context,
        `${node.name}_multiplier`,
        Int32Array.from(fixed, ({ multiplier }) => multiplier),
      ),
      addConstant(
        context,
        `${node.name}_shift`,
        Int32Array.from(fixed, ({ shift }) => shift),
      ),
    ],
    outputs: [defineValue(context, value, output, NHWC)],
    params: {
      height,
      width,
      channels,
      patch,
      inputOffset: -input.zeroPoint,
      threshold: clamp(Math.floor((CHANGED_UNITS * unit) / input.scale), 0, 255),
    },
  });
}

export function lowerPatchGate(context: LoweringContext, node: Node): void {
  const [scores, x, reference, age, clock] = node.inputs as readonly [string, string, string, string, string];
  const [blended, mask, nextAge, nextClock] = node.outputs as readonly [string, string, string, string];
  sharedQuant(context, node, [x, reference, blended]);
  for (const name of [age, clock, nextAge, nextClock]) fixedQuant(context, node, name, COUNTS);
  const [, , rows, columns] = shapeOf(context, scores) as readonly [number, number, number, number];
  const patches = rows * columns;
  const { maxAge, keyFrame, sceneCut } = gateNumbers(node);
  const inputs = [contiguousIn(context, scores, node, NHWC)];
  const decided = defineValue(context, mask, fixedQuant(context, node, mask, FLAGS), NHWC);
  const counts = [updated(context, node, age, nextAge), updated(context, node, clock, nextClock)];
  context.steps.push({
    kernel: 'gate_patches_s8',
    name: node.name,
    inputs,
    constants: [],
    outputs: [decided, ...counts],
    params: {
      patches,
      threshold: activationQuant(context, scores, node).zeroPoint,
      maxAge,
      keyFrame,
      // No more patches than there are can be active.
      sceneCut: Math.min(sceneCutCount(sceneCut, patches), patches + 1),
    },
  });
  blend(context, node, { value: x, before: reference, after: blended, mask: decided });
}

export function lowerPatchReuse(context: LoweringContext, node: Node): void {
  const [value, before, maskName] = node.inputs as readonly [string, string, string];
  const [after] = node.outputs as readonly [string];
  sharedQuant(context, node, [value, before, after]);
  fixedQuant(context, node, maskName, FLAGS);
  const mask = contiguousIn(context, maskName, node, NHWC);
  blend(context, node, { value, before, after, mask });
}

/** What the gates of a graph say of how they are carried out. */
export function guardOptions({ nodes }: Graph): GuardOptions {
  const gates = nodes.filter(({ op }) => op === PATCH_GATE);
  return {
    ends: new Set(gates.flatMap((node) => stringsAttribute(node, 'ends', []))),
    denseAbove: new Map(
      gates.map((node) => [node.outputs[1]!, Math.fround(floatAttribute(node, 'dense_above', 1))]),
    ),
  };
}

/** Ages and clocks: numbers from 0 to 255. */
const COUNTS: ActivationQuant = { scale: 1, zeroPoint: -128 };
const FLAGS: ActivationQuant = { scale: 1, zeroPoint: 0 };

type Blend = {
  readonly value: string;
  readonly before: string;
  readonly after: string;
  readonly mask: TensorId;
};

/** Writes `value` over what was before, at the pixels of the patches whose mask is set. */
function blend(context: LoweringContext, node: Node, { value, before, after, mask }: Blend): void {
  const [, channels, height, width] = shapeOf(context, after) as readonly [number, number, number, number];
  const [rows, columns] = context.tensors[mask]!.shape.slice(1) as [number, number];
  const source = contiguousIn(context, value, node, NHWC);
  const target = updated(context, node, before, after);
  const capacity = rows * Math.ceil(columns / 2);
  const tiles = addTensor(context, {
    name: `${after}_tiles`,
    dtype: 'int32',
    shape: [1 + 4 * capacity],
    quant: null,
    storage: ARENA,
  });
  context.steps.push({
    kernel: 'list_tiles_s32',
    name: `${node.name}/tiles`,
    inputs: [mask],
    constants: [],
    outputs: [tiles],
    // Exact for every mask: which pixels are copied is what the model means.
    params: {
      rows,
      columns,
      patchH: height / rows,
      patchW: width / columns,
      denseAbove: rows * columns,
      capacity,
    },
  });
  context.steps.push({
    kernel: 'copy_tiles_s8',
    name: node.name,
    inputs: [source, tiles],
    constants: [],
    outputs: [target],
    params: { height, width, channels, capacity },
  });
}

/**
 * A tensor with the value `before`, in which the value `after` is made: the state itself where the two are tied, else a copy.
 */
function updated(context: LoweringContext, node: Node, before: string, after: string): TensorId {
  const view = viewOf(context, before, node);
  const { storage } = context.tensors[view.tensor]!;
  const tied = statePairs(context.graph).some(
    ({ input, output }) => input.value === before && output.value === after,
  );
  if (!tied || storage.kind !== 'state') {
    const copy = defineValue(context, after, activationQuant(context, after, node), NHWC);
    addCopy(context, node, view, wholeView(copy, shapeOf(context, after), NHWC));
    return copy;
  }
  keepOldValue(context, node, view.tensor);
  context.settled.add(after);
  context.views.set(after, wholeView(view.tensor, shapeOf(context, after), layoutOf(context, before)));
  return view.tensor;
}

/** Gives what still reads a state tensor a copy of what it holds now. */
function keepOldValue(context: LoweringContext, node: Node, state: TensorId): void {
  const isPending = (value: string): boolean =>
    context.outputValues.has(value) ||
    (context.consumers.get(value) ?? []).some(
      (reader) => reader !== node && !reader.outputs.some((output) => context.views.has(output)),
    );
  const readers = [...context.views].filter(([value, { tensor }]) => tensor === state && isPending(value));
  if (readers.length === 0) return;
  const tensor = context.tensors[state]!;
  const copy = addTensor(context, { ...tensor, name: `${tensor.name}_before`, storage: ARENA });
  const whole = (id: TensorId) =>
    wholeView(
      id,
      tensor.shape,
      tensor.shape.map((_, axis) => axis),
    );
  addCopy(context, node, whole(state), whole(copy));
  for (const [value, view] of readers) context.views.set(value, { ...view, tensor: copy });
}

/** The one quantisation of values between which codes are compared and copied. @throws TinymlError E_QUANT */
function sharedQuant(context: LoweringContext, node: Node, values: readonly string[]): ActivationQuant {
  const [first, ...others] = values.map((value) => activationQuant(context, value, node));
  const differs = others.findIndex(
    ({ scale, zeroPoint }) => scale !== first!.scale || zeroPoint !== first!.zeroPoint,
  );
  if (differs < 0) return first!;
  throw new TinymlError(
    'E_QUANT',
    `"${values[0]}" and "${values[differs + 1]}" must have one scale and zero point`,
    {
      at: describe(node),
      hint: 'quantise the gated float model with `tinyml quantize`, which sees to it',
    },
  );
}

/** @throws TinymlError E_QUANT where a value that a gate counts with has other codes */
function fixedQuant(
  context: LoweringContext,
  node: Node,
  value: string,
  { scale, zeroPoint }: ActivationQuant,
): ActivationQuant {
  const quant = activationQuant(context, value, node);
  if (Math.fround(quant.scale) === Math.fround(scale) && quant.zeroPoint === zeroPoint) return quant;
  throw new TinymlError(
    'E_QUANT',
    `"${value}" must have the scale ${scale} and the zero point ${zeroPoint}, not ${quant.scale} and ${quant.zeroPoint}`,
    { at: describe(node), hint: 'quantise the gated float model with `tinyml quantize`, which sees to it' },
  );
}
