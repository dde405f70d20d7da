/** Scales and zero points that TensorRT takes: int8, symmetric, one scalar for an activation. */
import { int, makeNode } from '../../../../graph/build.ts';
import { type Edit, startEdit } from '../../../../graph/rewrite.ts';
import type { Graph, Node, Tensor } from '../../../../graph/types.ts';
import type { RuleId } from '../finding.ts';
import {
  commutes,
  isDequantize,
  isQdq,
  isQuantize,
  numbersOf,
  quantizedConstant,
  scaleOf,
  zeroPointOf,
} from '../pairs.ts';
import { constantOf, type LintView, viewOfGraph } from '../view.ts';
import type { Change, Repair } from './change.ts';

/** Smallest and largest code of a type. */
const CODES: Readonly<Record<string, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  uint16: [0, 2 ** 16 - 1],
};

/**
 * Law: every pair around an activation covers at least the range that it covered; the step is the same where the range was
 * symmetric already. A range that began at 0 was a Relu, too, which tools then leave out: it stands before the Q again. Without
 * data nothing better is known: calibrating again is.
 */
export const refitActivations: Repair = (graph, platform) => {
  const view = viewOfGraph(graph, platform);
  const edit = startEdit(graph);
  const changes = graph.nodes.flatMap((node): readonly Change[] => {
    if (!isQuantize(node) || quantizedConstant(view, node) !== null) return [];
    const fit = fitOf(view, graph, node);
    if (fit === null || isFit(view, node)) return [];
    const clamped = fit.clamps && !isPositive(view, node.inputs[0]!) ? withRelu(edit, graph, node) : [node];
    writePair(view, edit, graph, node, clamped, fit.scale);
    return [{ rule: brokenRule(view, node, fit), at: [node.name], what: fit.what }];
  });
  return { graph: edit.finish(), changes };
};

/** The rule that a Q breaks first. */
function brokenRule(view: LintView, node: Node, { type, kept }: Fit): RuleId {
  if ((node.inputs[2] ?? '') === '') return 'R1';
  if (numbersOf(scaleOf(view, node)).length > 1) return 'R8';
  return type !== 'int8' ? 'R4' : kept ? 'W4' : 'R6';
}

type Fit = {
  readonly scale: number;
  readonly type: string;
  /** Whether nothing below 0 had a code. */
  readonly clamps: boolean;
  /** Whether codes mean what they meant. */
  readonly kept: boolean;
  readonly what: string;
};

function fitOf(view: LintView, graph: Graph, node: Node): Fit | null {
  const scales = numbersOf(scaleOf(view, node));
  const type = graph.values.get(node.outputs[0] ?? '')?.dtype ?? 'uint8';
  const codes = CODES[type];
  if (codes === undefined || scales.length === 0 || !scales.every((scale) => scale > 0)) return null;
  const zeros = numbersOf(zeroPointOf(view, node));
  const lows = scales.map((scale, i) => (codes[0] - (zeros[i] ?? zeros[0] ?? 0)) * scale);
  const highs = scales.map((scale, i) => (codes[1] - (zeros[i] ?? zeros[0] ?? 0)) * scale);
  const kept = type === 'int8' && scales.length === 1 && zeros.every((zero) => zero === 0);
  if (kept)
    return { scale: scales[0]!, type, kept, clamps: false, what: 'zero point and scale stored as scalars' };
  const [low, high] = [Math.min(...lows), Math.max(...highs)];
  const magnitude = Math.max(-low, high);
  const what = `the range [${short(low)}, ${short(high)}] became [${short(-magnitude)}, ${short(magnitude)}]: its steps are ${short((254 * (magnitude / 127)) / (high - low))} times as wide`;
  return { scale: Math.fround(magnitude / 127), type, kept, clamps: low === 0, what };
}

const POSITIVE: ReadonlySet<string> = new Set([
  'Relu',
  'Sigmoid',
  'HardSigmoid',
  'Softmax',
  'Exp',
  'Abs',
  'Sqrt',
]);

/** What is positive where its input is. */
const KEEPS_SIGN: ReadonlySet<string> = new Set(['AveragePool', 'GlobalAveragePool', 'ReduceMean', 'Concat']);

/** Whether a value surely is not below 0. */
function isPositive(view: LintView, name: string): boolean {
  const producer = view.producers.get(name);
  if (producer === undefined) return false;
  if (POSITIVE.has(producer.op)) return true;
  if (producer.op === 'Clip') {
    const [low] = numbersOf(constantOf(view, producer.inputs[1] ?? ''));
    return low !== undefined && low >= 0;
  }
  if (isQdq(producer)) return false;
  const inputs = producer.op === 'Concat' ? producer.inputs : producer.inputs.slice(0, 1);
  return (
    (commutes(producer) || KEEPS_SIGN.has(producer.op)) && inputs.every((input) => isPositive(view, input))
  );
}

/** The Q behind a Relu of its input, which is put before it. */
function withRelu(edit: Edit, graph: Graph, quantize: Node): readonly Node[] {
  const [real = ''] = quantize.inputs;
  const { shape } = graph.values.get(real)!;
  const positive = edit.addValue(`${real}_relu`, { dtype: 'float32', shape, quant: null });
  const relu = makeNode('Relu', [real], [positive], {}, `${quantize.name}_Relu`);
  return [relu, { ...quantize, inputs: quantize.inputs.with(0, positive) }];
}

/** Whether a Q has an int8 zero point 0 and one scalar scale. */
function isFit(view: LintView, node: Node): boolean {
  const [scale, zero] = [scaleOf(view, node), zeroPointOf(view, node)];
  return scale?.shape.length === 0 && zero?.type === 'INT8' && numbersOf(zero).every((point) => point === 0);
}

/** The Q (with what stands before it) and its DQs with a scale. A DQ that had another scale keeps the ratio. */
function writePair(
  view: LintView,
  edit: Edit,
  graph: Graph,
  quantize: Node,
  instead: readonly Node[],
  scale: number,
): void {
  const [codes = ''] = quantize.outputs;
  const before = numbersOf(scaleOf(view, quantize))[0]!;
  const single = numbersOf(scaleOf(view, quantize)).length === 1;
  edit.replace(quantize, ...instead.slice(0, -1), symmetric(edit, instead.at(-1)!, scale));
  edit.setValue({ ...graph.values.get(codes)!, dtype: 'int8' });
  for (const reader of view.readers.get(codes) ?? []) {
    if (!isDequantize(reader)) continue;
    const own = numbersOf(scaleOf(view, reader))[0] ?? before;
    edit.replace(reader, symmetric(edit, reader, single ? (scale * own) / before : scale));
  }
}

/** A Q or DQ with one scale and the zero point 0. */
export function symmetric(edit: Edit, node: Node, scale: number): Node {
  const data = Float32Array.of(scale);
  const parameters = [
    edit.addConstant(`${node.name}_scale`, { dtype: 'float32', shape: [], data }),
    edit.addConstant(`${node.name}_zero_point`, { dtype: 'int8', shape: [], data: new Int8Array(1) }),
  ];
  return { ...node, op: plain(node), inputs: [node.inputs[0] ?? '', ...parameters], attributes: {} };
}

/** A Q or DQ with a scale per channel and zero points 0. */
export function perChannelNode(
  edit: Edit,
  node: Node,
  from: string,
  scale: Float32Array,
  axis: number,
): Node {
  const shape = [scale.length];
  const zeros: Tensor = { dtype: 'int8', shape, data: new Int8Array(scale.length) };
  const parameters = [
    edit.addConstant(`${node.name}_scale`, { dtype: 'float32', shape, data: scale }),
    edit.addConstant(`${node.name}_zero_point`, zeros),
  ];
  return { ...node, op: plain(node), inputs: [from, ...parameters], attributes: { axis: int(axis) } };
}

function plain({ op }: Node): string {
  return op.replace('com.microsoft::', '');
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
