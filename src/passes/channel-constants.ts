import { REQUANTIZE, SILU } from '../graph/own-operators.ts';
import { sameQuant } from '../graph/rewrite.ts';
import { floatTensor, sameShape } from '../graph/tensor.ts';
import type { Node } from '../graph/types.ts';
import { quantizeMultiplier, requantize } from '../numbers/fixed-point.ts';
import { intAttribute, intsAttribute } from '../ops/attributes.ts';
import { operators } from '../ops/index.ts';
import { clamp, codeRange, isByteQuant, type LinearUnit, quantTarget } from './linear-unit.ts';
import { type GraphView, intConstant, isPadded, quantOf, shapeOf } from './match.ts';

/**
 * For each value, per channel (axis 1): the stored number (code if quantised, else real) that every element of the
 * channel has whatever the input, or null. Values with no such channel are absent.
 */
export type ChannelConstants = ReadonlyMap<string, readonly (number | null)[]>;

/** Forward dataflow with the arithmetic of the integer kernels (TFLite, double rounding) or of float32. */
export function channelConstants(view: GraphView, units: ReadonlyMap<Node, LinearUnit>): ChannelConstants {
  const constants = new Map<string, readonly (number | null)[]>();
  for (const node of view.graph.nodes) {
    const unit = units.get(node);
    const [value, channels] =
      unit === undefined
        ? transfer(view, node, constants)
        : [unit.y, unitConstants(unit, constants.get(unit.x))];
    if (channels?.some((constant) => constant !== null) && !constants.has(value)) {
      constants.set(value, channels);
    }
  }
  return constants;
}

/** How a node joins the channels of its inputs to those of its outputs, beside Conv and Gemm. */
type Coupling =
  /** Output channel c depends on channel c of the activations only, element by element or over space. */
  | { readonly kind: 'same'; readonly inputs: readonly string[] }
  /** Channels of the inputs one after another. */
  | { readonly kind: 'concat'; readonly inputs: readonly string[] }
  /** [N, C, ...] to [N, C * size]: channel c becomes `size` features. */
  | { readonly kind: 'flatten'; readonly input: string; readonly size: number }
  /** Anything else: channels must stay as they are. */
  | { readonly kind: 'opaque' };

const OPAQUE: Coupling = { kind: 'opaque' };

const RESHAPES = new Set(['Flatten', 'Reshape', 'Squeeze', 'Unsqueeze']);
const POOLS = new Set(['AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'MaxPool']);
const BINARY = new Set(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min']);
const UNARY = new Set([
  'Clip',
  'Elu',
  'Gelu',
  'HardSigmoid',
  'HardSwish',
  'LeakyRelu',
  'Mish',
  'Relu',
  'Sigmoid',
  'Softplus',
  'Tanh',
  REQUANTIZE,
  SILU,
]);

export function couplingOf(view: GraphView, node: Node): Coupling {
  const activations = node.inputs.filter((name) => name !== '' && !view.graph.constants.has(name));
  const [x] = activations;
  const [y = ''] = node.outputs;
  if (x === undefined || node.outputs.length !== 1) return OPAQUE;
  const [from, to] = [shapeOf(view, x), shapeOf(view, y)];
  if (from.length < 2 || to.length < 2) return OPAQUE;
  const channels = from[1]!;

  if (UNARY.has(node.op)) return scalarsBeside(view, node, x) ? { kind: 'same', inputs: [x] } : OPAQUE;
  if (POOLS.has(node.op)) return { kind: 'same', inputs: [x] };
  if (node.op === 'ReduceMean') return isSpatialMean(view, node) ? { kind: 'same', inputs: [x] } : OPAQUE;
  if (BINARY.has(node.op)) {
    if (activations.length === 1)
      return scalarsBeside(view, node, x) ? { kind: 'same', inputs: [x] } : OPAQUE;
    const aligned = activations.every((name) => {
      const shape = shapeOf(view, name);
      return shape.length === to.length && shape[1] === to[1];
    });
    return aligned ? { kind: 'same', inputs: activations } : OPAQUE;
  }
  if (node.op === 'Concat') {
    const axis = intAttribute(node, 'axis', 0);
    const alongChannels = (axis < 0 ? axis + to.length : axis) === 1;
    return alongChannels && activations.length === node.inputs.length
      ? { kind: 'concat', inputs: activations }
      : OPAQUE;
  }
  if (RESHAPES.has(node.op) && from[0] === to[0] && channels > 0) {
    if (to[1] === channels) return { kind: 'same', inputs: [x] };
    const size = from.slice(2).reduce((product, dim) => product * dim, 1);
    return to.length === 2 && to[1] === channels * size ? { kind: 'flatten', input: x, size } : OPAQUE;
  }
  return OPAQUE;
}

/** Whether all other operands hold one element, so that no channel has its own. */
function scalarsBeside(view: GraphView, node: Node, x: string): boolean {
  return node.inputs.every(
    (name) => name === '' || name === x || view.graph.constants.get(name)?.data.length === 1,
  );
}

function isSpatialMean(view: GraphView, node: Node): boolean {
  const rank = shapeOf(view, node.inputs[0]!).length;
  const axes = intConstant(view, node.inputs[1] ?? '') ?? intsAttribute(node, 'axes', []);
  return axes.length > 0 && axes.every((axis) => (axis < 0 ? axis + rank : axis) >= 2);
}

type Channels = readonly (number | null)[];

function unitConstants(unit: LinearUnit, inputs: Channels | undefined): Channels {
  const { groups, outChannels, taps, weights, inputZero } = unit;
  const inPerGroup = unit.inChannels / groups;
  const outPerGroup = outChannels / groups;
  // A sum of floats depends on its order; one of zeros does not.
  const onlyZero = unit.isPadded || unit.biasScale === null;
  return Array.from({ length: outChannels }, (_, o) => {
    let accumulator = unit.bias[o]!;
    const firstInput = Math.floor(o / outPerGroup) * inPerGroup;
    for (let i = 0; i < inPerGroup; i++) {
      const start = (o * inPerGroup + i) * taps;
      let sum = 0;
      let isZero = true;
      for (let k = start; k < start + taps; k++) {
        sum += weights[k]!;
        isZero &&= weights[k] === 0;
      }
      if (isZero) continue;
      const constant = inputs?.[firstInput + i] ?? null;
      if (constant === null || (onlyZero && constant !== inputZero)) return null;
      accumulator += (constant - inputZero) * sum;
    }
    return unit.result(accumulator, o);
  });
}

/** Constants behind a node that is no unit: the value they belong to, and null where nothing is known. */
function transfer(
  view: GraphView,
  node: Node,
  constants: ChannelConstants,
): readonly [string, Channels | null] {
  const [y = ''] = node.outputs;
  const coupling = couplingOf(view, node);
  switch (coupling.kind) {
    case 'opaque':
      return [y, null];
    case 'flatten': {
      const channels = gridKept(view, coupling.input, y) ? constants.get(coupling.input) : undefined;
      return [y, channels?.flatMap((c) => new Array<number | null>(coupling.size).fill(c)) ?? null];
    }
    case 'concat':
      return [
        y,
        coupling.inputs.flatMap((name) => {
          const channels = gridKept(view, name, y) ? constants.get(name) : undefined;
          return channels ?? new Array<null>(shapeOf(view, name)[1]!).fill(null);
        }),
      ];
    case 'same':
      return transferSame(view, node, coupling.inputs, constants);
  }
}

function transferSame(
  view: GraphView,
  node: Node,
  inputs: readonly string[],
  constants: ChannelConstants,
): readonly [string, Channels | null] {
  const [y = ''] = node.outputs;
  const known = inputs.map((name) => constants.get(name));
  if (known.some((channels) => channels === undefined)) return [y, null];
  const [first = [], second = []] = known as readonly Channels[];
  if (node.op === 'Add' && inputs.length === 2) return addConstants(view, node, [first, second]);
  if (inputs.length !== 1) return [y, null];

  if (RESHAPES.has(node.op) || node.op === 'MaxPool' || node.op === 'GlobalMaxPool') {
    return [y, gridKept(view, inputs[0]!, y) ? first : null];
  }
  if (POOLS.has(node.op) || node.op === 'ReduceMean') return [y, averageConstants(view, node, first)];
  return [y, unaryConstants(view, node, inputs[0]!, first)];
}

/** Whether both values store the same numbers: no grid, or one and the same. */
function gridKept(view: GraphView, from: string, to: string): boolean {
  const quant = quantOf(view, from);
  return sameQuant(quant, quantOf(view, to)) && (quant === null || isByteQuant(quant));
}

/** The mean of n equal codes is that code; of floats, surely only where they are 0. */
function averageConstants(view: GraphView, node: Node, channels: Channels): Channels | null {
  const [x = ''] = node.inputs;
  if (!gridKept(view, x, node.outputs[0]!)) return null;
  const quant = quantOf(view, x);
  const zero = quant?.zeroPoint[0] ?? 0;
  const reachesOut = isPadded(node) || intAttribute(node, 'ceil_mode', 0) !== 0;
  const onlyZero = quant === null || (reachesOut && intAttribute(node, 'count_include_pad', 0) !== 0);
  return channels.map((constant) => (onlyZero && constant !== zero ? null : constant));
}

function unaryConstants(view: GraphView, node: Node, x: string, channels: Channels): Channels | null {
  const [from, to] = [quantOf(view, x), quantOf(view, node.outputs[0]!)];
  if (from === null && to === null) {
    const operator = operators.get(node.op)!;
    return channels.map((constant) => {
      if (constant === null) return null;
      const element = floatTensor([1], [constant]);
      const operands = node.inputs.map((name) =>
        name === x ? element : (view.graph.constants.get(name) ?? null),
      );
      return Number(operator.run(node, operands)[0]!.data[0]);
    });
  }
  // Other activations are tables made at lowering; only a change of scale has one meaning here.
  if (from === null || to === null || !isByteQuant(from) || !isByteQuant(to)) return null;
  if (node.op !== 'Relu' && node.op !== REQUANTIZE) return null;
  const { multiplier, shift } = quantizeMultiplier(from.scale[0]! / to.scale[0]!);
  const range = codeRange(to);
  const low = node.op === 'Relu' ? Math.max(range.min, to.zeroPoint[0]!) : range.min;
  return channels.map((constant) =>
    constant === null
      ? null
      : clamp(
          requantize(constant - from.zeroPoint[0]!, multiplier, shift) + to.zeroPoint[0]!,
          low,
          range.max,
        ),
  );
}

/** Headroom of the sum of two rescaled inputs, as TFLite and the add kernel have it. */
const ADD_LEFT_SHIFT = 20;

function addConstants(
  view: GraphView,
  node: Node,
  [left, right]: readonly [Channels, Channels],
): readonly [string, Channels | null] {
  const [a = '', b = ''] = node.inputs;
  const [y = ''] = node.outputs;
  if (!sameShape(shapeOf(view, a), shapeOf(view, b))) return [y, null];
  const [qa, qb] = [quantOf(view, a), quantOf(view, b)];
  const both = (sum: (p: number, q: number) => number): Channels =>
    left.map((p, c) => {
      const q = right[c] ?? null;
      return p === null || q === null ? null : sum(p, q);
    });
  if (qa === null && qb === null && quantOf(view, y) === null) {
    return [y, both((p, q) => Math.fround(p + q))];
  }
  const target = quantTarget(view, node);
  if (target === null || qa === null || qb === null || !isByteQuant(qa) || !isByteQuant(qb)) return [y, null];
  const twice = 2 * Math.max(qa.scale[0]!, qb.scale[0]!);
  const rescale = (code: number, { scale, zeroPoint }: typeof qa): number => {
    const { multiplier, shift } = quantizeMultiplier(scale[0]! / twice);
    return requantize((code - zeroPoint[0]!) * 2 ** ADD_LEFT_SHIFT, multiplier, shift);
  };
  const out = quantizeMultiplier(twice / (2 ** ADD_LEFT_SHIFT * target.quant.scale[0]!));
  return [
    target.value,
    both((p, q) => {
      const sum = requantize((rescale(p, qa) + rescale(q, qb)) | 0, out.multiplier, out.shift);
      return clamp(sum + target.quant.zeroPoint[0]!, target.min, target.max);
    }),
  ];
}
