import { TinymlError } from '../diagnostics/errors.ts';
import { consumers, outputValues, sortTopologically, startEdit } from '../graph/rewrite.ts';
import { sameShape } from '../graph/tensor.ts';
import type { Attribute, Graph, Node, Tensor } from '../graph/types.ts';
import { gateForm, type StandardForm } from '../onnx/gate-forms.ts';
import { operators } from '../ops/index.ts';

/**
 * Law: no value changes. Standard nodes that are, to the last constant, what the exporter writes for an operator of gates are
 * that operator again. What another tool has changed stays as it is.
 * @param collapsed what the file says stands in it
 */
export function collapseGates(graph: Graph, collapsed: readonly Node[]): Graph {
  return collapsed.reduce(collapseOne, graph);
}

function collapseOne(graph: Graph, node: Node): Graph {
  const form = formOf(graph, node);
  const members = form === null ? null : membersOf(graph, node, form);
  if (members === null) return graph;
  const [first, ...others] = members;
  const edit = startEdit(graph);
  edit.replace(first!, node);
  for (const other of others) edit.replace(other);
  // What nothing reads is not in the graph any more, but it is an output of the operator.
  const { dtype } = graph.values.get(node.outputs[0]!)!;
  outputShapes(graph, node).forEach((shape, i) => {
    const name = node.outputs[i]!;
    if (!graph.values.has(name)) edit.setValue({ name, dtype, shape, quant: null });
  });
  const edited = edit.finish();
  return { ...edited, nodes: sortTopologically(edited.nodes) };
}

/** What would be written for the node; null where it cannot be in this graph. */
function formOf(graph: Graph, node: Node): StandardForm | null {
  const known = node.inputs.every((name) => graph.values.get(name)?.dtype === 'float32');
  const named = new Set(node.outputs).size === node.outputs.length && !node.outputs.includes('');
  if (!known || !named) return null;
  try {
    const made = outputShapes(graph, node);
    const fits = node.outputs.every((name, i) => {
      const value = graph.values.get(name);
      return value === undefined || sameShape(value.shape, made[i] ?? []);
    });
    if (!fits || node.outputs.length !== made.length || !graph.values.has(node.outputs[0]!)) return null;
    return gateForm(
      node,
      (name) => graph.values.get(name)!.shape,
      (name) => name,
    );
  } catch (error) {
    if (error instanceof TinymlError) return null; // operands or attributes that no such operator has
    throw error;
  }
}

function outputShapes(graph: Graph, node: Node): readonly (readonly number[])[] {
  const inputs = node.inputs.map((name) => {
    const { dtype, shape } = graph.values.get(name)!;
    return { dtype, shape, data: null };
  });
  return operators
    .get(node.op)!
    .infer(node, inputs)
    .map(({ shape }) => shape);
}

/** The nodes of the graph that are this form, and that nothing else looks into; null where they are not all there. */
function membersOf(graph: Graph, node: Node, form: StandardForm): readonly Node[] | null {
  const byName = new Map(graph.nodes.map((one) => [one.name, one]));
  const members: Node[] = [];
  for (const wanted of form.nodes) {
    const member = byName.get(wanted.name);
    if (member !== undefined && isSame(graph, member, wanted, form)) members.push(member);
    else if (!wanted.outputs.every((name) => isUnused(graph, node, name))) return null;
  }
  const readers = consumers(graph);
  const outputs = outputValues(graph);
  const own = new Set(members);
  const inner = members.flatMap((member) => member.outputs).filter((name) => !node.outputs.includes(name));
  const hidden = inner.every(
    (name) => !outputs.has(name) && (readers.get(name) ?? []).every((reader) => own.has(reader)),
  );
  return hidden && members.length > 0 ? members : null;
}

function isUnused(graph: Graph, node: Node, output: string): boolean {
  return node.outputs.includes(output) && !graph.values.has(output);
}

function isSame({ constants }: Graph, member: Node, wanted: Node, form: StandardForm): boolean {
  return (
    member.op === wanted.op &&
    member.inputs.length === wanted.inputs.length &&
    member.outputs.join() === wanted.outputs.join() &&
    sameAttributes(member.attributes, wanted.attributes) &&
    wanted.inputs.every((name, i) => {
      const tensor = form.constants.get(name);
      const other = member.inputs[i]!;
      return tensor === undefined ? other === name : sameTensor(tensor, constants.get(other));
    })
  );
}

function sameTensor(a: Tensor, b: Tensor | undefined): boolean {
  if (b === undefined || a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) return false;
  return a.data.every((value, i) => value === b.data[i]);
}

type Attributes = Readonly<Record<string, Attribute>>;

function sameAttributes(a: Attributes, b: Attributes): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => String(a[name]!.value) === String(b[name]?.value))
  );
}
