/** Writes chosen quantisations into a graph: on its values, its weights, its biases and its ports. */
import { consumers, uniqueName } from '../graph/rewrite.ts';
import type { FourBits, Graph, Node, Port, Quant, Tensor } from '../graph/types.ts';
import { type InputMoments, roundAdaptively } from './adaptive-rounding.ts';
import { weightScales } from './affine.ts';
import { meanWeightError } from './bias-correction.ts';
import type { LinearNode, QuantPlan, RecurrentMatrix } from './scheme.ts';
import {
  nearestCodes,
  type ScaledCodes,
  type WeightGrid,
  weightGrid,
  withLeastFactors,
} from './weight-grid.ts';
import type { WeightRange } from './weight-range.ts';
import { matrixLayout, type WeightLayout, weightLayout } from './weights.ts';

type Choices = {
  /** Quantisation of every value that gets codes. */
  readonly activations: ReadonlyMap<string, Quant>;
  /** Channel means of the inputs of linear nodes, to correct their biases with; null leaves the biases alone. */
  readonly inputMeans: ReadonlyMap<string, Float64Array> | null;
  /** Ones stand in for codes (and zeros for biases) where only the structure of the graph matters. */
  readonly weights: RoundedWeights | { readonly kind: 'ones' };
  /** What crosses the border of the model. */
  readonly io: 'int8' | 'float';
};

type RoundedWeights = {
  readonly kind: 'rounded';
  readonly range: WeightRange;
  /** Of the inputs of linear nodes, for those whose codes are rounded by what they make of the outputs. */
  readonly moments: ReadonlyMap<Node, InputMoments> | null;
};

/** The quantised graph: codes in the constants of linear nodes, `quant` on values, ports as asked for. */
export function applyQuantization(graph: Graph, plan: QuantPlan, choices: Choices): Graph {
  const values = new Map(graph.values);
  const constants = new Map(graph.constants);
  for (const [name, quant] of choices.activations) values.set(name, { ...values.get(name)!, quant });

  const readers = constantReaders(graph);
  const activationsBehind = consumers(graph);
  /** Whether what a node makes, or the activation computed with it, has 16-bit codes. */
  const makesWide = ({ outputs: [output = ''] }: Node): boolean => {
    const own = choices.activations.get(output);
    const behind = activationsBehind.get(output)?.[0]?.outputs[0] ?? '';
    return (own ?? choices.activations.get(behind))?.dtype === 'int16';
  };
  const rewritten = new Map<Node, Node>();
  /** A constant that others read too is left to them; this node gets one of its own. */
  const store = (base: string, wanted: string, tensor: Tensor, quant: Quant): string => {
    const free = wanted !== '' && readers.get(wanted) === 1;
    const name = free ? wanted : uniqueName(base, (taken) => values.has(taken));
    values.set(name, { name, dtype: 'float32', shape: tensor.shape, quant });
    constants.set(name, tensor);
    return name;
  };
  for (const linear of plan.linear) {
    const input = choices.activations.get(linear.input);
    if (input === undefined) continue;
    const { node } = linear;
    const { weights, bias } = quantizeLinear(graph, linear, input.scale[0]!, {
      ...choices,
      widened: input.dtype === 'int8' && makesWide(node),
      fourBits: plan.fourBits.get(node) ?? null,
    });
    const weightName = store(`${node.name}_weights`, linear.weights, weights.tensor, weights.quant);
    const biasName = bias === null ? '' : store(`${node.name}_bias`, linear.bias, bias.tensor, bias.quant);
    rewritten.set(node, {
      ...node,
      inputs: biasName === '' ? [linear.input, weightName] : [linear.input, weightName, biasName],
    });
  }
  for (const matrix of plan.recurrent) {
    const { node, operand } = matrix;
    const { tensor, quant } = quantizeMatrix(graph, matrix, choices);
    const name = store(
      `${node.name}_${operand === 1 ? 'weights' : 'recurrent_weights'}`,
      matrix.weights,
      tensor,
      quant,
    );
    const { inputs } = rewritten.get(node) ?? node;
    rewritten.set(node, { ...node, inputs: inputs.map((old, i) => (i === operand ? name : old)) });
  }
  const port = (old: Port): Port => {
    const quant = choices.activations.get(old.value);
    return choices.io === 'int8' && quant !== undefined ? { ...old, dtype: quant.dtype } : old;
  };
  return dropUnread({
    ...graph,
    nodes: graph.nodes.map((node) => rewritten.get(node) ?? node),
    inputs: graph.inputs.map(port),
    outputs: graph.outputs.map(port),
    values,
    constants,
  });
}

type QuantizedConstant = { readonly tensor: Tensor; readonly quant: Quant };

/** Steps of 16 bits in one of 8 bits, where a node computes with 16. */
const FINER = 128;

/**
 * Weights symmetric per output channel; bias int32 at scale inputScale * weightScale.
 * @param choices.fourBits left out or null: 8 bits
 * @param choices.widened whether the node computes with 16 bits what it reads with 8: its sums have finer steps, in which its bias must fit
 */
export function quantizeLinear(
  graph: Graph,
  linear: LinearNode,
  inputScale: number,
  choices: Pick<Choices, 'weights' | 'inputMeans'> & {
    readonly widened?: boolean;
    readonly fourBits?: FourBits | null;
  },
): { weights: QuantizedConstant; bias: QuantizedConstant | null } {
  const layout = weightLayout(graph, linear);
  const rounded = choices.weights.kind === 'rounded' ? choices.weights : null;
  const fourBits = choices.fourBits ?? null;
  const bias = graph.constants.get(linear.bias)?.data as Float32Array | undefined;
  const stored = rounded === null ? bias?.map(() => 0) : bias;
  const inputMeans = choices.inputMeans?.get(linear.input) ?? null;
  const { codes: weightData, scales } =
    rounded === null
      ? onesOf(layout)
      : roundedWeights(
          linear,
          layout,
          fourBits,
          rounded,
          Array.from(stored ?? [], Math.abs),
          choices.widened === true ? inputScale / FINER : inputScale,
        );
  const weights: QuantizedConstant = {
    tensor: { dtype: 'int8', shape: graph.constants.get(linear.weights)!.shape, data: weightData },
    quant: {
      ...{ dtype: 'int8', scale: scales, zeroPoint: new Int32Array(scales.length), axis: linear.axis },
      ...(fourBits === null ? {} : { fourBits }),
    },
  };
  if (stored === undefined && inputMeans === null) return { weights, bias: null };

  const errors = inputMeans === null ? null : meanWeightError(layout, weightData, scales, inputMeans);
  const biasScales = scales.map((scale) => scale * inputScale);
  const codes = Int32Array.from(biasScales, (scale, o) =>
    Math.round(((stored?.[o] ?? 0) - (errors?.[o] ?? 0)) / scale),
  );
  return {
    weights,
    bias: {
      tensor: { dtype: 'int32', shape: [codes.length], data: codes },
      quant: { dtype: 'int32', scale: biasScales, zeroPoint: new Int32Array(codes.length), axis: 0 },
    },
  };
}

/**
 * Weights of a recurrent node, symmetric per row; both directions share the scale of a row. Where the node computes with 16 bits
 * its sums have so fine steps that a bias may need larger ones.
 */
function quantizeMatrix(
  graph: Graph,
  { node, operand, weights }: RecurrentMatrix,
  { weights: choice, activations }: Pick<Choices, 'weights' | 'activations'>,
): QuantizedConstant {
  const { shape, data } = graph.constants.get(weights)!;
  const layout = matrixLayout(shape, data as Float32Array);
  const [x = '', , , bias = ''] = node.inputs;
  const quants = [x, ...node.outputs.slice(0, 2)].flatMap((name) => activations.get(name) ?? []);
  const isWide = quants.some(({ dtype }) => dtype === 'int16');
  const biases = isWide ? (graph.constants.get(bias)?.data as Float32Array | undefined) : undefined;
  const rows = layout.outChannels;
  const largest = Array.from({ length: rows }, (_, row) =>
    [0, 1].reduce(
      (most, direction) =>
        Math.max(most, Math.abs(biases?.[(2 * direction + operand - 1) * rows + row] ?? 0)),
      0,
    ),
  );
  const step = isWide ? quants.reduce((least, quant) => Math.min(least, stepOf(quant)), 1) : 1;
  const { codes, scales } =
    choice.kind === 'rounded'
      ? nearestOn(layout, weightGrid(layout, null, choice.range, largest, step))
      : onesOf(layout);
  return {
    tensor: { dtype: 'int8', shape, data: codes },
    quant: { dtype: 'int8', scale: scales, zeroPoint: new Int32Array(scales.length), axis: 1 },
  };
}

/** Steps of codes where a node computes with 16 bits. */
function stepOf({ dtype, scale }: Quant): number {
  return dtype === 'int16' ? scale[0]! : scale[0]! / FINER;
}

function onesOf({ data, outChannels }: WeightLayout): ScaledCodes {
  const needs = Array.from({ length: outChannels }, () => ({ weightMax: 1, biasMax: 0 }));
  return { codes: new Int8Array(data.length).fill(1), scales: weightScales(needs, 1) };
}

function nearestOn(layout: WeightLayout, grid: WeightGrid): ScaledCodes {
  return { codes: nearestCodes(layout, grid), scales: grid.scales };
}

function roundedWeights(
  { node }: LinearNode,
  layout: WeightLayout,
  fourBits: FourBits | null,
  { range, moments }: RoundedWeights,
  biases: readonly number[],
  inputScale: number,
): ScaledCodes {
  const grid = weightGrid(layout, fourBits, range, biases, inputScale);
  const nearest = nearestOn(layout, grid);
  const inputs = moments?.get(node);
  const rounded =
    inputs === undefined
      ? nearest
      : { ...nearest, codes: roundAdaptively(layout, grid, nearest.codes, inputs) };
  const group = fourBits?.group ?? null;
  return group === null ? rounded : withLeastFactors(layout, group, rounded);
}

/** How many operands read each constant. */
function constantReaders(graph: Graph): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  for (const node of graph.nodes) {
    for (const name of node.inputs) {
      if (graph.constants.has(name)) readers.set(name, (readers.get(name) ?? 0) + 1);
    }
  }
  return readers;
}

/** Drops the constants that nobody reads any more. */
function dropUnread(graph: Graph): Graph {
  const read = new Set(graph.nodes.flatMap((node) => node.inputs));
  for (const port of graph.outputs) read.add(port.value);
  const keep = (name: string): boolean => !graph.constants.has(name) || read.has(name);
  return {
    ...graph,
    values: new Map([...graph.values].filter(([name]): boolean => keep(name))),
    constants: new Map([...graph.constants].filter(([name]) => keep(name))),
  };
}
