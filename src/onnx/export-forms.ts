/** Nodes in the form of the opset they are written in: the lowest from 13 on that can say what they mean. */

import { TinymlError } from '../diagnostics/errors.ts';
import { ints } from '../graph/build.ts';
import { LINEAR_ATTENTION, MASKED_SOFTMAX, OWN_DOMAIN, REQUANTIZE, SILU } from '../graph/own-operators.ts';
import { floatTensor, int64Tensor } from '../graph/tensor.ts';
import type { Graph, Node, Tensor } from '../graph/types.ts';
import { GATE_OPERATORS, gateForm, type StandardForm } from './gate-forms.ts';
import { laterAttribute, operatorSince, REDUCTIONS } from './opset-forms.ts';

/** IR version that came with each opset from 13 to 25 (ONNX versioning table). */
export function irVersionOf(opset: number): number {
  if (opset <= 14) return 7;
  if (opset <= 18) return 8;
  if (opset <= 20) return 9;
  if (opset <= 22) return 10;
  return opset - 12;
}

/** The lowest opset, 13 or later, in which the node can be written. */
export function lowestOpset(node: Node, graph: Pick<Graph, 'constants' | 'values'>): number {
  const attributes = Object.keys(node.attributes).map((name) => laterAttribute(node.op, name)?.since ?? 13);
  return Math.max(needsOpset(node, graph), operatorSince(node.op), ...attributes);
}

/** What forms of operands need. */
function needsOpset(node: Node, graph: Pick<Graph, 'constants' | 'values'>): number {
  if (/^(Q|Deq)uantizeLinear$/.test(node.op)) return hasHalfScale(node, graph) ? 19 : 13;
  return needsOpset18(node, graph) ? 18 : 13;
}

function hasHalfScale({ inputs }: Node, { values }: Pick<Graph, 'values'>): boolean {
  return values.get(inputs[1] ?? '')?.dtype === 'float16';
}

function needsOpset18(node: Node, { constants, values }: Pick<Graph, 'constants' | 'values'>): boolean {
  const { op, inputs, outputs, attributes } = node;
  if (REDUCTIONS.has(op)) return Boolean(inputs[1]) && !constants.has(inputs[1]!);
  if (op === 'Pad') return Boolean(inputs[3]);
  if (op !== 'Split' || !attributes.num_outputs) return false;
  const sizes = outputs.map((name) => values.get(name)?.shape.join());
  return sizes.some((size) => size !== sizes[0]);
}

/** The node as opset 13 to 17 write it, where 18 changed the form; from 18 on the node itself. */
export function formOf(node: Node, opset: number, constants: Graph['constants']): Node {
  if (opset >= 18) return node;
  if (REDUCTIONS.has(node.op)) return axesAsAttribute(node, constants);
  if (node.op === 'Split') return withoutPartCount(node);
  return node;
}

/** No axes at all means all of them, in both forms. */
function axesAsAttribute(node: Node, constants: Graph['constants']): Node {
  const [input = '', axes = ''] = node.inputs;
  const tensor = constants.get(axes);
  if (!tensor) return node;
  const list = Array.from(tensor.data as BigInt64Array, Number);
  const attributes = list.length === 0 ? node.attributes : { ...node.attributes, axes: ints(list) };
  return { ...node, inputs: [input], attributes };
}

/** Without sizes, opset 13 splits into as many equal parts as there are outputs. */
function withoutPartCount(node: Node): Node {
  const { num_outputs: _, ...attributes } = node.attributes;
  return { ...node, attributes };
}

/**
 * Operators of tinyml itself as standard nodes.
 * @param newValue makes a name for a value inside
 * @throws TinymlError E_OP for one that has no standard form
 */
export function standardForm(
  node: Node,
  { values }: Pick<Graph, 'values'>,
  newValue: (wanted: string) => string,
): StandardForm {
  const alone = (...nodes: readonly Node[]): StandardForm => ({ nodes, constants: new Map() });
  if (!node.op.startsWith(OWN_DOMAIN)) return alone(node);
  if (GATE_OPERATORS.has(node.op)) return gateForm(node, (name) => values.get(name)!.shape, newValue);
  const [input = ''] = node.inputs;
  switch (node.op) {
    case REQUANTIZE:
      return alone(node);
    case SILU: {
      const gate = newValue(`${node.outputs[0]}_Sigmoid`);
      return alone(
        { name: `${node.name}_Sigmoid`, op: 'Sigmoid', inputs: [input], outputs: [gate], attributes: {} },
        { ...node, op: 'Mul', inputs: [input, gate], attributes: {} },
      );
    }
    case MASKED_SOFTMAX: {
      const sum = newValue(`${node.outputs[0]}_masked`);
      return alone(
        { name: `${node.name}_Add`, op: 'Add', inputs: node.inputs, outputs: [sum], attributes: {} },
        { ...node, op: 'Softmax', inputs: [sum] },
      );
    }
    case LINEAR_ATTENTION:
      return linearAttentionForm(node, values.get(node.inputs[2]!)!.shape, newValue);
    default:
      throw new TinymlError('E_OP', `${node.op} has no form in ONNX`, {
        at: `node "${node.name}"`,
        hint: 'write the model before it is compiled',
      });
  }
}

/** relu(q), relu(k), v with a row of ones: v k^T, times q; its rows over the last of them. */
function linearAttentionForm(
  node: Node,
  shape: readonly number[],
  newValue: (wanted: string) => string,
): StandardForm {
  const [q, k, v] = node.inputs as readonly [string, string, string];
  const constants = new Map<string, Tensor>();
  const nodes: Node[] = [];
  const constant = (name: string, tensor: Tensor): string => {
    const fresh = newValue(`${node.name}_${name}`);
    constants.set(fresh, tensor);
    return fresh;
  };
  const add = (
    op: string,
    name: string,
    inputs: readonly string[],
    attributes: Node['attributes'] = {},
  ): string => {
    const output = name === '' ? node.outputs[0]! : newValue(`${node.name}_${name}`);
    nodes.push({
      name: name === '' ? node.name : `${node.name}_${name}`,
      op,
      inputs,
      outputs: [output],
      attributes,
    });
    return output;
  };
  const rank = shape.length;
  const values = shape[rank - 2]!;
  const pads = new Array<number>(2 * rank).fill(0);
  pads[2 * rank - 2] = 1;
  const one = constant('one', floatTensor([], [1]));
  const padded = add('Pad', 'Pad', [v, constant('pads', int64Tensor(pads)), one]);
  const keys = add('Relu', 'keys', [k]);
  const order = shape.map((_, axis) => axis);
  const perm = ints([...order.slice(0, -2), rank - 1, rank - 2]);
  const state = add('MatMul', 'state', [padded, add('Transpose', 'turned', [keys], { perm })]);
  const product = add('MatMul', 'product', [state, add('Relu', 'queries', [q])]);
  const rows = (name: string, from: number, to: number): string => {
    const bounds = [from, to, rank - 2].map((number, i) => constant(`${name}${i}`, int64Tensor([number])));
    return add('Slice', name, [product, ...bounds]);
  };
  const given = node.attributes.epsilon;
  const epsilon = constant('epsilon', floatTensor([], [given?.kind === 'float' ? given.value : 1e-15]));
  const divisor = add('Add', 'divisor', [rows('weights', values, values + 1), epsilon]);
  add('Div', '', [rows('sums', 0, values), divisor]);
  return { nodes, constants };
}
