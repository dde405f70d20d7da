/**
 * Which values of a graph get codes, and which of them share one scale. Decided from the structure alone, before any
 * data is seen.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import { perTensor } from '../graph/build.ts';
import { LINEAR_ATTENTION } from '../graph/own-operators.ts';
import { consumers, outputValues } from '../graph/rewrite.ts';
import { statePairs } from '../graph/state.ts';
import type { FourBits, Graph, Node, Quant } from '../graph/types.ts';
import { intAttribute, stringAttribute } from '../ops/attributes.ts';
import { operators } from '../ops/index.ts';
import type { QuantRule } from '../ops/types.ts';
import { isNormalGemm } from '../passes/match.ts';
import { addsOnlyZeros } from '../passes/movers.ts';
import { ASYMMETRIC_INT8, type CodeRange, SMALLEST_SCALE } from './affine.ts';
import { floatNodes, valuesWithoutCodes } from './float-layers.ts';

/** How a target wants its integers. */
export type Scheme = {
  /** What reports call it. */
  readonly name: string;
  readonly activations: CodeRange;
  /** Whether operators with a bounded output (Softmax, Sigmoid ...) get the scale of TFLite instead of an observed one. */
  readonly fixedOutputs: boolean;
  /** Whether every node must have an integer form. */
  readonly integerOnly: boolean;
};

/** The integers of TFLite, which the kernels for Cortex-M compute with. */
export const TFLITE_INT8: Scheme = {
  name: 'cortex-m',
  activations: ASYMMETRIC_INT8,
  fixedOutputs: true,
  integerOnly: true,
};

/** A Conv, ConvTranspose (one group) or Gemm (weights [out, in]) whose weights and bias are constants. */
export type LinearNode = {
  readonly node: Node;
  readonly input: string;
  readonly weights: string;
  /** '' where the node has none. */
  readonly bias: string;
  /** Axis of the weights that counts output channels. */
  readonly axis: 0 | 1;
};

/** Codes of 8 bits where it says nothing else. */
type FixedScale = { readonly scale: number; readonly zeroPoint: number; readonly dtype?: 'int16' };

/** Values that have one scale together. */
export type ScaleGroup = {
  readonly members: readonly string[];
  /** The members whose values are computed or given, not moved from other members: together they are the distribution. */
  readonly observed: readonly string[];
  /** The scale that the meaning of an operator fixes; null where calibration finds it. */
  readonly fixed: FixedScale | null;
  /**
   * Where the values are those of another group times a positive number: its zero point, and its scale times that number, so
   * that the codes are the same and nothing is computed. The other group comes before this one.
   */
  readonly multiple: { readonly of: string; readonly factor: number } | null;
  /** Whether the values add up over time, as cell states do: 16 bits then, and all that was seen (`cellQuant`). */
  readonly sums: boolean;
  /** Whether the fixed scale has each value on a code: more bits would not make them better. */
  readonly exact: boolean;
};

/** A constant matrix of a recurrent node, [directions, gates * hidden, inputs]: one scale for each of its rows. */
export type RecurrentMatrix = {
  readonly node: Node;
  /** Among the inputs of the node. */
  readonly operand: 1 | 2;
  readonly weights: string;
};

export type QuantPlan = {
  readonly groups: readonly ScaleGroup[];
  /** Those whose codes have 16 bits because that was asked for (`withWideGroups`). */
  readonly wide: ReadonlySet<ScaleGroup>;
  /** Linear nodes whose weights have 4 bits because that was asked for (`withFourBitWeights`). */
  readonly fourBits: ReadonlyMap<Node, FourBits>;
  readonly linear: readonly LinearNode[];
  readonly recurrent: readonly RecurrentMatrix[];
};

/** @throws TinymlError E_QUANT if the graph has quantised values already */
export function requireFloat(graph: Graph): void {
  const quantized = [...graph.values.values()].find((value) => value.quant !== null);
  if (quantized === undefined) return;
  throw new TinymlError('E_QUANT', 'the model is quantised already', {
    at: `tensor "${quantized.name}"`,
    hint: 'give it to `tinyml deploy` as it is; for other scales, quantise the float model that it was made from',
  });
}

/**
 * Values that get codes: every float32 value that is computed or given, but for an input that nothing reads, and for a
 * value that is only read by the Relu or Clip computed with it: there the activation's output alone has codes.
 * @param float names of layers that are left in float32 (`floatNodes`): what passes between them has no codes, either
 * @throws TinymlError E_QUANT if the graph has quantised values already; E_USAGE, E_OP as `floatNodes`.
 */
export function planQuantization(graph: Graph, scheme: Scheme, float: readonly string[] = []): QuantPlan {
  requireFloat(graph);
  const fused = fusedAway(graph);
  const inFloat = floatNodes(graph, float, fused);
  const skipped = new Set([...fused, ...valuesWithoutCodes(graph, inFloat)]);
  return {
    groups: scaleGroups(graph, scheme, skipped),
    wide: new Set(),
    fourBits: new Map(),
    linear: linearNodes(graph).filter(({ node }) => !inFloat.has(node)),
    recurrent: scheme.integerOnly ? recurrentMatrices(graph).filter(({ node }) => !inFloat.has(node)) : [],
  };
}

export function linearNodes(graph: Graph): readonly LinearNode[] {
  return graph.nodes.flatMap((node): LinearNode[] => {
    if (!isLinear(node)) return [];
    const [input = '', weights = '', bias = ''] = node.inputs;
    const constant = graph.constants.has(weights) && (bias === '' || graph.constants.has(bias));
    return constant ? [{ node, input, weights, bias, axis: node.op === 'ConvTranspose' ? 1 : 0 }] : [];
  });
}

function recurrentMatrices({ nodes, constants }: Graph): readonly RecurrentMatrix[] {
  return nodes
    .filter(({ op }) => RECURRENT.has(op))
    .flatMap((node) =>
      ([1, 2] as const).flatMap((operand) => {
        const weights = node.inputs[operand]!;
        return constants.has(weights) ? [{ node, operand, weights }] : [];
      }),
    );
}

const RECURRENT = new Set(['RNN', 'GRU', 'LSTM']);

function isLinear(node: Node): boolean {
  if (node.op === 'ConvTranspose') return intAttribute(node, 'group', 1) === 1;
  return node.op === 'Conv' || isNormalGemm(node);
}

/** Whose constants are weights: they are no tables, and the clamp is in the same step. */
const LINEAR = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'];
const NORMALISATIONS = [
  'LayerNormalization',
  'RMSNormalization',
  'InstanceNormalization',
  'GroupNormalization',
  'LRN',
];
const WEIGHTED = new Set([...LINEAR, ...NORMALISATIONS]);

/** Operators whose integer kernels clamp to the limits of an activation behind them. */
const FUSES_ACTIVATION = new Set([...LINEAR, ...NORMALISATIONS, LINEAR_ATTENTION, 'Add', 'Mul']);

/** Outputs that never exist as codes, because the activation that alone reads them is computed in the same step. */
export function fusedAway(graph: Graph): ReadonlySet<string> {
  const readers = consumers(graph);
  const outputs = outputValues(graph);
  const isLimit = ({ op, inputs }: Node): boolean =>
    op === 'Relu' ||
    (op === 'Clip' && inputs.slice(1).every((name) => name === '' || graph.constants.has(name)));
  return new Set(
    graph.nodes.flatMap((node) => {
      const [output = ''] = node.outputs;
      const [reader, ...others] = readers.get(output) ?? [];
      const byTable = !WEIGHTED.has(node.op) && node.inputs.some((name) => graph.constants.has(name));
      const fuses =
        FUSES_ACTIVATION.has(node.op) &&
        !byTable &&
        reader !== undefined &&
        others.length === 0 &&
        reader.inputs[0] === output &&
        isLimit(reader) &&
        !outputs.has(output);
      return fuses ? [output] : [];
    }),
  );
}

/** What tanh, or a part of it, can be: of hidden states that are not seen at every time, and those of training. */
export const HIDDEN_STATE: FixedScale = { scale: 1 / 128, zeroPoint: 0 };

/** The state of a GRU that goes from run to run. */
const GRU_STATE: FixedScale = { scale: 2 ** -15, zeroPoint: 0, dtype: 'int16' };

const AVERAGES = new Set(['AveragePool', 'GlobalAveragePool', 'ReduceMean']);

/** A set of values that are found to share a scale, while the graph is walked. */
type OpenGroup = {
  members: string[];
  observed: string[];
  fixed: ScaleGroup['fixed'];
  multiple: ScaleGroup['multiple'];
  sums: boolean;
  exact: boolean;
};

/** @param skipped values that get no codes */
function scaleGroups(graph: Graph, scheme: Scheme, skipped: ReadonlySet<string>): readonly ScaleGroup[] {
  const losers = paddedForMaximum(graph);
  const groupOf = new Map<string, OpenGroup>();
  const isReal = (name: string): boolean =>
    name !== '' && graph.values.get(name)?.dtype === 'float32' && !graph.constants.has(name);

  const open = (name: string, fixed: ScaleGroup['fixed'], observed: boolean): OpenGroup => {
    const group: OpenGroup = {
      members: [name],
      observed: observed ? [name] : [],
      fixed,
      multiple: null,
      sums: false,
      exact: false,
    };
    groupOf.set(name, group);
    return group;
  };
  /** They come back into what makes them: nothing that lies beside them may make their steps larger. */
  const hiddenStates = new Set<OpenGroup>();
  const isFree = (group: OpenGroup): boolean =>
    group.fixed === null && group.multiple === null && !group.sums && !hiddenStates.has(group);
  const join = (into: OpenGroup, from: OpenGroup): void => {
    if (into === from) return;
    for (const name of from.observed) into.observed.push(name);
    for (const name of from.members) {
      into.members.push(name);
      groupOf.set(name, into);
    }
  };

  const pairs = statePairs(graph);
  const read = new Set([
    ...graph.nodes.flatMap((node) => node.inputs),
    ...outputValues(graph),
    ...pairs.map(({ input }) => input.value),
  ]);
  /** Values that are whole numbers times their scale, whatever the data: their scale is known. */
  const exact = new Map<string, NonNullable<ScaleGroup['fixed']>>();
  const openExact = (name: string, scale: NonNullable<ScaleGroup['fixed']>): void => {
    exact.set(name, scale);
    open(name, scale, true).exact = true;
  };
  const tied = new Set(pairs.flatMap(({ input, output }) => [`${input.value} ${output.value}`]));
  const isCoded = (name: string): boolean => isReal(name) && read.has(name) && !skipped.has(name);
  /**
   * The last hidden state is one of all, and so is the first. They have the scale of tanh where calibration does not see all of
   * them, or perhaps not what they grow to: where they are carried from run to run.
   */
  const openRecurrent = ({ op, inputs: operands, outputs: [all = '', last = '', cell = ''] }: Node): void => {
    const initial = operands[5] ?? '';
    const carried = tied.has(`${initial} ${last}`);
    if (isCoded(cell)) open(cell, null, true).sums = true;
    if (op === 'GRU' && carried && isCoded(last)) open(last, GRU_STATE, true);
    const given = groupOf.get(initial);
    const isZero = graph.constants.get(initial)?.data.every((value) => Number(value) === 0) ?? true;
    const seen = isReal(all) && !carried && (given === undefined ? isZero : isFree(given));
    const fixed = seen ? null : HIDDEN_STATE;
    const names = [all, last].filter((name) => isCoded(name) && !groupOf.has(name));
    const [first, ...others] = names.map((name) => open(name, fixed, !seen));
    if (first === undefined) return;
    for (const other of others) join(first, other);
    hiddenStates.add(first);
    if (!seen) return;
    first.observed.push(all);
    if (given !== undefined) join(first, given);
  };
  for (const { value, holds } of graph.inputs) {
    if (!isReal(value) || !read.has(value) || skipped.has(value)) continue;
    if (holds === undefined || !scheme.fixedOutputs) open(value, null, true);
    else openExact(value, { scale: 1, zeroPoint: holds === 'uint8' ? -128 : 0 });
  }
  for (const node of graph.nodes) {
    const rule = ruleOf(node, scheme);
    const outputs = node.outputs.filter((name) => isReal(name) && !skipped.has(name));
    switch (rule.kind) {
      case 'float':
      case 'computed': {
        const scale = exactScale(graph, node, exact);
        const multiple = multipleOf(graph, node);
        for (const name of outputs) {
          if (scale !== null) openExact(name, scale);
          else {
            const group = open(name, null, true);
            if (multiple !== null && groupOf.has(multiple.of)) group.multiple = multiple;
          }
        }
        break;
      }
      case 'fixed':
        for (const name of outputs) open(name, rule, true);
        break;
      case 'recurrent':
        openRecurrent(node);
        break;
      case 'same-as-input': {
        const sources = node.op === 'Concat' ? node.inputs : node.inputs.slice(0, 1);
        const groups = sources.flatMap((name) => groupOf.get(name) ?? []);
        // A fixed scale serves what only moves it; several sources with a fixed one among them meet in a new scale.
        const shared = groups.length === 1 ? groups : groups.filter(isFree);
        const padding = losers.has(node.outputs[0] ?? '');
        const adds = (!addsOnlyZeros(graph, node) || isCubic(node)) && !padding;
        const mixed = shared.length < sources.length || adds || losers.has(sources[0] ?? '');
        const [first, ...others] = shared;
        for (const name of outputs) {
          const moved = mixed ? undefined : exact.get(sources[0] ?? '');
          if (moved !== undefined) exact.set(name, moved);
          if (first === undefined) open(name, null, true);
          else join(first, open(name, null, mixed));
        }
        if (first !== undefined) for (const group of others) join(first, group);
        break;
      }
      case 'per-output':
        rule.outputs.forEach((own, i) => {
          const name = node.outputs[i] ?? '';
          if (!isReal(name) || skipped.has(name)) return;
          const group = open(name, own.kind === 'fixed' ? own : null, own.kind === 'fixed');
          const source = own.kind === 'same-as-input' ? groupOf.get(node.inputs[own.input] ?? '') : undefined;
          if (source !== undefined) join(source, group);
        });
        break;
    }
  }
  for (const { input, output } of pairs) {
    const [old, next] = [groupOf.get(input.value), groupOf.get(output.value)];
    if (old === undefined || next === undefined) continue;
    // A fixed scale serves state that nothing else sets: at first it is zero, then what that operator gives.
    const keepsFixed = old.fixed === null && old.observed.every((name) => name === input.value);
    const fixed = keepsFixed ? next.fixed : sameFixed(old.fixed, next.fixed);
    join(next, old);
    next.fixed = fixed;
    next.multiple = null;
    next.exact = false;
  }
  return [...new Set(groupOf.values())];
}

/** Of a step: what float32 leaves of a constant that is a whole number of steps. */
const EXACT = 1e-4;

/**
 * The scale of whole numbers times a scale behind arithmetic with a scalar, where it keeps each on a code (pixel / 255,
 * pixel - 128); null for anything else.
 */
function exactScale(
  graph: Graph,
  { op, inputs }: Node,
  exact: ReadonlyMap<string, NonNullable<ScaleGroup['fixed']>>,
): ScaleGroup['fixed'] {
  const [a = '', b = ''] = inputs;
  const swaps = op === 'Add' || op === 'Mul';
  const [x, c] = swaps && graph.constants.has(a) ? [b, a] : [a, b];
  const from = exact.get(x);
  const tensor = graph.constants.get(c);
  if (from === undefined || tensor?.data.length !== 1) return null;
  const constant = Number(tensor.data[0]);
  const factor = op === 'Mul' ? constant : op === 'Div' ? 1 / constant : 1;
  const shift = (op === 'Add' ? constant : op === 'Sub' ? -constant : 0) / from.scale;
  const known = op === 'Mul' || op === 'Div' || op === 'Add' || op === 'Sub';
  const scale = Math.fround(from.scale * factor);
  const zeroPoint = from.zeroPoint - Math.round(shift);
  const holds =
    known &&
    scale >= SMALLEST_SCALE &&
    Number.isFinite(scale) &&
    Math.abs(shift - Math.round(shift)) < EXACT &&
    Math.abs(zeroPoint + 0.5) < 128;
  return holds ? { scale, zeroPoint } : null;
}

/** What a product or quotient with a positive scalar multiplies; null for anything else. */
function multipleOf({ constants }: Graph, { op, inputs }: Node): ScaleGroup['multiple'] {
  if (op !== 'Mul' && op !== 'Div') return null;
  const [a = '', b = ''] = inputs;
  const [of, c] = op === 'Mul' && constants.has(a) ? [b, a] : [a, b];
  const tensor = constants.get(c);
  if (tensor?.data.length !== 1 || constants.has(of)) return null;
  const factor = op === 'Mul' ? Number(tensor.data[0]) : 1 / Number(tensor.data[0]);
  return factor > 0 && Number.isFinite(factor) ? { of, factor } : null;
}

/**
 * The quantisation of every group: fixed, that of another times a number, or what `choose` finds, which sees that of values of the
 * groups before.
 */
export function groupQuants(
  { groups, wide }: Pick<QuantPlan, 'groups' | 'wide'>,
  choose: (group: ScaleGroup, index: number, known: ReadonlyMap<string, Quant>) => Quant,
): ReadonlyMap<ScaleGroup, Quant> {
  const quants = new Map<ScaleGroup, Quant>();
  const of = new Map<string, Quant>();
  groups.forEach((group, index) => {
    const { fixed, multiple, members } = group;
    const other = multiple === null ? undefined : of.get(multiple.of);
    const quant =
      fixed !== null
        ? fixedQuant(fixed, wide.has(group))
        : ((other === undefined ? null : multipleQuant(other, multiple!.factor)) ?? choose(group, index, of));
    quants.set(group, quant);
    for (const name of members) of.set(name, quant);
  });
  return quants;
}

/** With 16 bits, symmetric codes that reach as far: 1 / 32768 for what lies within -1 and 1. */
function fixedQuant({ scale, zeroPoint, dtype }: FixedScale, wide: boolean): Quant {
  if (!wide || dtype === 'int16') return perTensor(scale, zeroPoint, dtype);
  return perTensor((scale * (128 + Math.abs(zeroPoint))) / 2 ** 15, 0, 'int16');
}

/** Null where float32 has no such scale. */
function multipleQuant({ scale, zeroPoint, dtype }: Quant, factor: number): Quant | null {
  const product = Math.fround(scale[0]! * factor);
  const holds = product >= SMALLEST_SCALE && Number.isFinite(product);
  return holds ? perTensor(product, zeroPoint[0]!, dtype) : null;
}

function sameFixed(a: ScaleGroup['fixed'], b: ScaleGroup['fixed']): ScaleGroup['fixed'] {
  const same = a !== null && b !== null && a.scale === b.scale && a.zeroPoint === b.zeroPoint;
  return same && a.dtype === b.dtype ? a : null;
}

/**
 * Padded values that only a maximum reads: what it lets win is in its own output, so padding that always loses need
 * not be in any range. Where the fill is below all codes, the lowest code loses as well.
 */
export function paddedForMaximum(graph: Graph): ReadonlySet<string> {
  const readers = consumers(graph);
  const outputs = outputValues(graph);
  const isMaximum = ({ op }: Node): boolean => op === 'MaxPool' || op === 'GlobalMaxPool';
  return new Set(
    graph.nodes.flatMap((node) => {
      const [output = ''] = node.outputs;
      const reads = readers.get(output) ?? [];
      const loses = node.op === 'Pad' && reads.length > 0 && reads.every(isMaximum) && !outputs.has(output);
      return loses ? [output] : [];
    }),
  );
}

/** Cubic weights reach beyond what they weigh: the scale has to hold both. */
function isCubic(node: Node): boolean {
  return node.op === 'Resize' && stringAttribute(node, 'mode', 'nearest') === 'cubic';
}

function ruleOf(node: Node, scheme: Scheme): QuantRule {
  // Averages use few codes of the scale of what they average: they get one of their own, unlike TFLite's pools.
  if (AVERAGES.has(node.op)) return { kind: 'computed' };
  // One scale for all parts: nothing is requantised, the bytes are copied.
  if (node.op === 'Concat') return { kind: 'same-as-input' };
  const rule = operators.get(node.op)?.quant ?? { kind: 'float' };
  const isFixed = rule.kind === 'fixed' || rule.kind === 'recurrent';
  return isFixed && !scheme.fixedOutputs ? { kind: 'computed' } : rule;
}
