/** Writing other nodes in the place of one. */
import { TinymlError } from '../../../../diagnostics/errors.ts';
import { makeNode } from '../../../../graph/build.ts';
import type { Edit } from '../../../../graph/rewrite.ts';
import { floatTensor } from '../../../../graph/tensor.ts';
import type { Graph, Node, Tensor, Value } from '../../../../graph/types.ts';
import { operatorOf } from '../../../../ops/index.ts';

type Attributes = Node['attributes'];

/** Nodes that together mean what `node` means; the last of them writes its output. */
export type Form = {
  readonly node: Node;
  readonly graph: Graph;
  /** A node `<name>/<part>` with one output of inferred shape; gives the name of the output. */
  readonly add: (part: string, op: string, inputs: readonly string[], attributes?: Attributes) => string;
  /** The same with several outputs. */
  readonly addAll: (
    part: string,
    op: string,
    inputs: readonly string[],
    attributes: Attributes,
    outputs: number,
  ) => readonly string[];
  /** The node that writes the outputs of the old one, under its name; where some of them are given, one for these. */
  readonly last: (
    op: string,
    inputs: readonly string[],
    attributes?: Attributes,
    outputs?: readonly string[],
  ) => void;
  readonly constant: (part: string, tensor: Tensor) => string;
  /** A float32 scalar. */
  readonly scalar: (part: string, value: number) => string;
  readonly valueNamed: (name: string) => Value;
};

/** What writes a node in another form. */
export type Decomposition = (form: Form) => void;

/** Replaces the node by what `write` makes of it. */
export function decompose(graph: Graph, edit: Edit, node: Node, write: Decomposition): void {
  const nodes: Node[] = [];
  const made = new Map<string, Value>();
  const constants = new Map<string, Tensor>();

  const valueNamed = (name: string): Value => {
    const value = made.get(name) ?? graph.values.get(name);
    if (value !== undefined) return value;
    throw new TinymlError('E_INTERNAL', `no value "${name}"`, { at: `node "${node.name}" (${node.op})` });
  };
  const infoOf = (name: string) => {
    if (name === '') return null;
    const { dtype, shape } = valueNamed(name);
    return { dtype, shape, data: (constants.get(name) ?? graph.constants.get(name))?.data ?? null };
  };
  const constant = (part: string, tensor: Tensor): string => {
    const name = edit.addConstant(`${node.name}/${part}`, tensor);
    made.set(name, { name, dtype: tensor.dtype, shape: tensor.shape, quant: null });
    constants.set(name, tensor);
    return name;
  };
  const addAll: Form['addAll'] = (part, op, inputs, attributes, outputs) => {
    const drafts = Array.from({ length: outputs }, (_, i) => (i === 0 ? part : `${part}_${i}`));
    const draft = makeNode(op, inputs, drafts, attributes);
    const infos = operatorOf(draft).infer(draft, inputs.map(infoOf));
    const names = drafts.map((wanted, i) => {
      const value = { ...infos[i]!, quant: null };
      const name = edit.addValue(`${node.name}/${wanted}`, value);
      made.set(name, { name, ...value });
      return name;
    });
    nodes.push(makeNode(op, inputs, names, attributes, `${node.name}/${part}`));
    return names;
  };
  write({
    node,
    graph,
    valueNamed,
    constant,
    scalar: (part, value) => constant(part, floatTensor([], [value])),
    addAll,
    add: (part, op, inputs, attributes = {}) => addAll(part, op, inputs, attributes, 1)[0]!,
    last: (op, inputs, attributes = {}, outputs = node.outputs) => {
      const name =
        outputs === node.outputs ? node.name : `${node.name}/output_${node.outputs.indexOf(outputs[0]!)}`;
      nodes.push(makeNode(op, inputs, outputs, attributes, name));
    },
  });
  edit.replace(node, ...nodes);
}
