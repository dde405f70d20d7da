/** Quantised constants as TensorRT takes them: int8, symmetric, per output channel of what reads them; biases in float. */
import { type Edit, startEdit } from '../../../../graph/rewrite.ts';
import { elementCount } from '../../../../graph/tensor.ts';
import type { Graph, Node, Quant, Tensor } from '../../../../graph/types.ts';
import { intAttribute } from '../../../../ops/attributes.ts';
import { dequantizeTensor, quantizeTensor } from '../../../../ops/quant.ts';
import type { Platform } from '../../release/platform.ts';
import type { RuleId } from '../finding.ts';
import { isDequantize, numbersOf, quantizedConstant, scaleOf, zeroPointOf } from '../pairs.ts';
import { type LintView, viewOfGraph } from '../view.ts';
import { expectedAxis } from '../weight-rules.ts';
import type { Change, Repair } from './change.ts';
import { perChannelNode, symmetric } from './parameters.ts';

/**
 * Law: what a constant stands for stays within half a step of its new scale, and exactly where only the form changes: uint8
 * codes with the zero point 128, integers stored as float with a Q behind.
 */
export const refitConstants: Repair = (graph, platform, findings) => {
  const view = viewOfGraph(graph, platform);
  const edit = startEdit(graph);
  const wanted = new Map<string, RuleId>();
  for (const { rule, at, fixable } of findings) {
    // A form that is right at last is the least of its faults.
    if (fixable && (!wanted.has(at[0]!) || wanted.get(at[0]!) === 'R10')) wanted.set(at[0]!, rule);
  }
  const changes = graph.nodes.flatMap((node): readonly Change[] => {
    if (!isDequantize(node)) return [];
    const before = view.producers.get(node.inputs[0] ?? '');
    const rule = wanted.get(node.name) ?? (before === undefined ? undefined : wanted.get(before.name));
    const constant = rule === undefined ? null : storedConstant(view, graph, node);
    if (rule === undefined || constant === null) return [];
    return [{ rule, at: [node.name], what: rewrite(view, edit, platform, node, constant) }];
  });
  return { graph: edit.finish(), changes };
};

/** What a DQ of a constant gives: the codes that the file means, and what they stand for. */
type Stored = { readonly codes: Tensor; readonly quant: Quant; readonly real: Tensor };

export function storedConstant(view: LintView, graph: Graph, node: Node): Stored | null {
  const name = quantizedConstant(view, node);
  const tensor = name === null ? undefined : graph.constants.get(name);
  if (tensor === undefined) return null;
  const before = view.producers.get(node.inputs[0] ?? '');
  const quant = quantOf(view, graph, before ?? node, tensor.shape);
  if (quant === null) return null;
  const codes = before === undefined ? tensor : quantizeTensor(tensor, quant);
  return { codes, quant, real: dequantizeTensor(codes, quant) };
}

/** What a Q or DQ states; null where that is nothing usable. */
function quantOf(view: LintView, graph: Graph, node: Node, shape: readonly number[]): Quant | null {
  const scale = numbersOf(scaleOf(view, node));
  const [first = ''] = isDequantize(node) ? node.inputs : node.outputs;
  const dtype = graph.values.get(first)?.dtype;
  if (dtype !== 'int8' && dtype !== 'uint8' && dtype !== 'int32') return null;
  const axis = intAttribute(node, 'axis', 1);
  const channels = axis < 0 ? axis + shape.length : axis;
  if (scale.length !== 1 && scale.length !== shape[channels]) return null;
  const zeros = numbersOf(zeroPointOf(view, node));
  return {
    dtype,
    scale: Float32Array.from(scale),
    zeroPoint: Int32Array.from(scale, (_, i) => zeros[i] ?? zeros[0] ?? 0),
    axis: scale.length === 1 ? null : channels,
  };
}

/** Puts the constant in the place of a DQ, with the nodes that it needs. @returns what was done */
function rewrite(
  view: LintView,
  edit: Edit,
  platform: Platform,
  node: Node,
  { codes, quant, real }: Stored,
): string {
  const [output = ''] = node.outputs;
  const name = quantizedConstant(view, node)!;
  if (quant.dtype === 'int32') {
    edit.redirect(output, edit.addConstant(`${name}_float`, real));
    edit.replace(node);
    return 'stored as float';
  }
  const axis = expectedAxis(view, node, real.shape);
  const moved = symmetricCodes(codes, quant, axis) ?? requantized(real, axis);
  edit.replace(node, ...constantNodes(edit, platform, name, node, moved));
  return `${moved.how}, stored as ${platform.release.integerWeights ? 'int8' : 'float with Q and DQ'}`;
}

/** A DQ of a new constant in the form that the release takes: of codes, or of a Q of float. */
export function constantNodes(
  edit: Edit,
  { release }: Platform,
  name: string,
  dequantize: Node,
  { codes, quant }: Pick<Codes, 'codes' | 'quant'>,
): readonly Node[] {
  const { scale, axis } = quant;
  const written = (node: Node, from: string): Node =>
    axis === null
      ? symmetric(edit, { ...node, inputs: [from] }, scale[0]!)
      : perChannelNode(edit, node, from, scale, axis);
  if (release.integerWeights) return [written(dequantize, edit.addConstant(`${name}_int8`, codes))];
  const from = edit.addConstant(`${name}_float`, dequantizeTensor(codes, quant));
  const middle = edit.addValue(`${name}_codes`, { dtype: 'int8', shape: codes.shape, quant: null });
  const quantize: Node = {
    ...dequantize,
    name: `${dequantize.name}_QuantizeLinear`,
    op: 'QuantizeLinear',
    outputs: [middle],
  };
  return [written(quantize, from), written(dequantize, middle)];
}

type Codes = { readonly codes: Tensor; readonly quant: Quant; readonly how: string };

/** The codes themselves, where they mean the same around 0; null where they do not. */
function symmetricCodes(codes: Tensor, quant: Quant, axis: number | null): Codes | null {
  const shift = quant.dtype === 'uint8' ? 128 : 0;
  if (quant.axis !== null && axis !== null && quant.axis !== axis) return null;
  if (!quant.zeroPoint.every((zero) => zero === shift)) return null;
  const data = Int8Array.from(codes.data as ArrayLike<number>, (code) => code - shift);
  return {
    codes: { dtype: 'int8', shape: codes.shape, data },
    quant: { ...quant, dtype: 'int8', zeroPoint: quant.zeroPoint.map(() => 0) },
    how: shift === 0 ? 'codes kept' : 'uint8 codes shifted by 128',
  };
}

/** Symmetric codes of real numbers: a scale per channel of `axis`, or one. */
export function requantized(real: Tensor, axis: number | null): Codes {
  const count = axis === null ? 1 : real.shape[axis]!;
  const inner = axis === null ? real.data.length : elementCount(real.shape.slice(axis + 1));
  const largest = new Float64Array(count);
  (real.data as Float32Array).forEach((value, i) => {
    const channel = Math.floor(i / inner) % count;
    largest[channel] = Math.max(largest[channel]!, Math.abs(value));
  });
  // A channel of zeros has any scale.
  const scale = Float32Array.from(largest, (magnitude) => (magnitude > 0 ? magnitude / 127 : 1));
  const quant: Quant = { dtype: 'int8', scale, zeroPoint: new Int32Array(count), axis };
  const how = axis === null ? 'symmetric, one scale' : `symmetric, ${count} scales on axis ${axis}`;
  return { codes: quantizeTensor(real, quant), quant, how };
}
