import { TinymlError } from '../diagnostics/errors.ts';
import { firstOf } from '../diagnostics/lists.ts';
import { makeNode } from '../graph/build.ts';
import { removeDead, sortTopologically, uniqueNames } from '../graph/rewrite.ts';
import { elementCount, MAX_ELEMENTS } from '../graph/tensor.ts';
import type { Dim, Graph, ImportedModel, Node, Tensor, Value } from '../graph/types.ts';
import { describeNode, unsupported as unsupportedNode } from '../ops/define.ts';
import { operators } from '../ops/index.ts';
import type { InputInfo, OutputInfo } from '../ops/types.ts';
import { COMPOSITES, TAKING_SEQUENCES } from './composites/index.ts';
import type { Expansion, Writer } from './composites/writer.ts';
import { instantiate } from './instantiate.ts';

export type ResolveOptions = {
  /** Sizes of symbolic dimensions by symbol; unnamed ones as `input[axis]`. */
  readonly dims?: Readonly<Record<string, number>>;
};

/** A node that cannot be imported, and why. */
type UnsupportedNode = { readonly node: string; readonly op: string; readonly reason: string };

/** Quantisation stays as nodes until absorbQdq: folding it would lose the integers of weights. */
const KEPT = new Set(['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear']);

/** Operators whose outputs differ from run to run. */
const RANDOM = new Set([
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
  'Bernoulli',
  'Multinomial',
]);

/**
 * Law: for the fixed input shapes, the graph computes what the model computes. Gives every value a static type and
 * shape and folds everything that depends on constants and shapes only, in one walk; an If whose condition folds is
 * the branch that it takes.
 * An open first dimension of an input is the batch and becomes 1; other open dimensions must be in `options.dims`.
 * @throws TinymlError E_SHAPE listing all dimensions that stay open, E_OP listing all unsupported nodes,
 *   E_USAGE for dimensions that the model does not have.
 */
export function resolveModel(model: ImportedModel, options: ResolveOptions = {}): Graph {
  const inputs = resolveInputs(model, options.dims ?? {});
  const walk = walkModel(model, inputs);
  if (walk.unsupported.length > 0) throw unsupportedError(walk.unsupported);
  if (walk.shapeError !== null) throw walk.shapeError;
  const outputs = model.outputs.map((name) => {
    const value = walk.values.get(name);
    if (value === undefined) {
      throw new TinymlError('E_ONNX_INVALID', `nothing computes the output "${name}"`, {
        at: `output "${name}"`,
        hint: 'export the model again; onnx.checker names the fault',
      });
    }
    return { name, value: name, dtype: value.dtype };
  });
  return removeDead({
    name: model.name,
    inputs: inputs.map(({ name, dtype }) => ({ name, value: name, dtype })),
    outputs,
    state: model.state,
    metadata: model.metadata,
    nodes: walk.nodes,
    values: walk.values,
    constants: walk.constants,
  });
}

/**
 * The nodes that `resolveModel` would refuse, without throwing. Operators are checked for every node; attributes
 * only as far as shapes are known.
 */
export function checkOperators(
  model: ImportedModel,
  options: ResolveOptions = {},
): readonly UnsupportedNode[] {
  try {
    return walkModel(model, resolveInputs(model, options.dims ?? {})).unsupported;
  } catch (error) {
    if (!(error instanceof TinymlError)) throw error;
    return model.nodes.flatMap((node) =>
      operators.has(node.op) || COMPOSITES.has(node.op) || node.op === 'If' ? [] : [unknownOperator(node)],
    );
  }
}

/** Ends an expansion whose last node was refused, for a reason that is noted already. */
class Refused extends Error {}

type Walk = {
  readonly nodes: readonly Node[];
  readonly values: ReadonlyMap<string, Value>;
  readonly constants: ReadonlyMap<string, Tensor>;
  readonly unsupported: readonly UnsupportedNode[];
  /** The first inconsistency of shapes; nodes after it are checked by name only. */
  readonly shapeError: TinymlError | null;
};

type ResolvedInput = ImportedModel['inputs'][number] & { readonly shape: readonly number[] };

function walkModel(model: ImportedModel, inputs: readonly ResolvedInput[]): Walk {
  const values = new Map<string, Value>();
  const constants = new Map(model.constants);
  const unsupported: UnsupportedNode[] = [];
  const nodes: Node[] = [];
  let shapeError: TinymlError | null = null;
  const read = new Set([...model.nodes.flatMap((node) => node.inputs), ...model.outputs]);
  read.delete('');
  /** Which values are in a sequence. */
  const lists = new Map<string, readonly string[]>();
  /** Nodes that bodies of loops became. */
  let unrolled = 0;
  /** Names of the model, and those that were made. */
  const taken = new Set(model.nodes.flatMap((node) => [node.name, ...node.outputs]));

  for (const { name, dtype, shape } of inputs) values.set(name, { name, dtype, shape, quant: null });
  for (const [name, { dtype, shape }] of constants) values.set(name, { name, dtype, shape, quant: null });

  const infoOf = (name: string): InputInfo | null => {
    if (name === '') return null;
    const { dtype, shape } = values.get(name)!;
    return { dtype, shape, data: constants.get(name)?.data ?? null };
  };

  const newName = uniqueNames((name) => taken.has(name) || values.has(name));

  const visit = (node: Node): void => {
    if (node.op === 'If') {
      visitIf(node);
      return;
    }
    const list = node.inputs.find((name) => lists.has(name));
    if (list !== undefined && !TAKING_SEQUENCES.has(node.op)) {
      unsupported.push({ node: node.name, op: node.op, reason: `"${list}" is a sequence` });
      return;
    }
    if (list !== undefined && node.op === 'Identity') {
      lists.set(node.outputs[0]!, lists.get(list)!);
      return;
    }
    const composite = COMPOSITES.get(node.op);
    if (composite !== undefined) {
      if (isKnown(node, node.inputs)) expand(node, composite);
      return;
    }
    const operator = operators.get(node.op);
    if (operator === undefined) {
      unsupported.push(unknownOperator(node));
      return;
    }
    if (!isKnown(node, node.inputs)) return;
    let outputs: readonly OutputInfo[];
    try {
      outputs = operator.infer(node, node.inputs.map(infoOf));
      node.outputs.forEach((name, i) => {
        if (name !== '') checkSize(outputs[i]!, name);
      });
    } catch (error) {
      if (!(error instanceof TinymlError)) throw error;
      if (error.code === 'E_OP') unsupported.push({ node: node.name, op: node.op, reason: error.message });
      else shapeError ??= locate(error, node);
      return;
    }
    const folded = foldNode(node, values, constants);
    node.outputs.forEach((name, i) => {
      if (name === '') return;
      const { dtype, shape } = folded?.[i] ?? outputs[i]!;
      values.set(name, { name, dtype, shape, quant: null });
      if (folded !== null) constants.set(name, folded[i]!);
    });
    if (folded === null) nodes.push(node);
  };

  /** Visits the nodes that a composite one means, each as it is written; stops where one of them is refused. */
  const expand = (node: Node, expansion: Expansion): void => {
    const write = (
      op: string,
      inputs: readonly string[],
      outputs: readonly string[],
      attributes = {},
    ): void => {
      visit(makeNode(op, inputs, outputs, attributes, newName(`${node.name}_${op}`)));
      if (!values.has(outputs[0]!)) throw new Refused();
    };
    const addMany: Writer['addMany'] = (op, inputs, count, attributes) => {
      const outputs = Array.from({ length: count }, () => {
        const name = newName(`${node.name}_${op}`);
        taken.add(name);
        return name;
      });
      write(op, inputs, outputs, attributes);
      return outputs;
    };
    const writer: Writer = {
      add: (op, inputs, attributes) => addMany(op, inputs, 1, attributes)[0]!,
      addMany,
      constant: (tensor) => {
        const name = newName(`${node.name}_constant`);
        constants.set(name, tensor);
        values.set(name, { name, dtype: tensor.dtype, shape: tensor.shape, quant: null });
        return name;
      },
      shape: (name) => values.get(name)!.shape,
      dtype: (name) => values.get(name)!.dtype,
      constantOf: (name) => constants.get(name) ?? null,
      isRead: (i) => read.has(node.outputs[i] ?? ''),
      give: (i, value) => {
        const list = lists.get(value);
        if (list !== undefined) lists.set(node.outputs[i] ?? '', list);
        else if (read.has(node.outputs[i] ?? '')) write('Identity', [value], [node.outputs[i]!]);
      },
      listOf: (name) => lists.get(name) ?? null,
      giveList: (i, list) => lists.set(node.outputs[i]!, list),
      inline: (body, given, step) => {
        unrolled += body.nodes.length;
        if (unrolled > MAX_UNROLLED) refuseSteps(node);
        const { nodes: copies, outputs } = instantiate(body, given, (name) => newName(`${name}/${step}`));
        visitInner(copies, outputs);
        if (outputs.some((name) => !values.has(name) && !lists.has(name))) throw new Refused();
        return outputs;
      },
    };
    try {
      expansion(node, writer);
    } catch (error) {
      if (error instanceof Refused) return;
      if (!(error instanceof TinymlError)) throw error;
      if (error.code === 'E_OP') unsupported.push({ node: node.name, op: node.op, reason: error.message });
      else shapeError ??= locate(error, node);
    }
  };

  /** Visits nodes of a graph of a node, which reads values as those of the model do. */
  const visitInner = (inner: readonly Node[], outputs: readonly string[] = []): void => {
    for (const name of [...inner.flatMap((node) => node.inputs), ...outputs]) if (name !== '') read.add(name);
    for (const node of sortTopologically(inner)) visit(node);
  };

  /** Whether all the values are known. @throws TinymlError E_ONNX_INVALID if nothing computes one */
  const isKnown = (node: Node, names: readonly string[]): boolean => {
    const missing = names.find((name) => name !== '' && !values.has(name) && !lists.has(name));
    if (missing === undefined) return true;
    // Behind a refused node nothing is known; anywhere else the model is broken.
    if (unsupported.length > 0 || shapeError !== null) return false;
    throw new TinymlError('E_ONNX_INVALID', `nothing computes "${missing}"`, {
      at: describeNode(node),
      hint: 'export the model again; onnx.checker names the fault',
    });
  };

  /** What to do about a condition that depends on nothing but small inputs, such as a sample rate; else empty. */
  const switchText = (condition: string): string => {
    const read = inputsBehind(condition, nodes, inputs);
    if (read.length === 0 || read.some(({ shape }) => elementCount(shape) > MAX_SWITCH)) return '';
    return ` from ${read.map(({ name }) => `input "${name}"`).join(' and ')}: fix with ${read.map(({ name }) => `--bind ${shellWord(name)}=<value>`).join(' ')}`;
  };

  /** The branch that a constant condition takes stands in the place of the node. */
  const visitIf = (node: Node): void => {
    const [condition = ''] = node.inputs;
    if (!isKnown(node, [condition])) return;
    const { name, op } = node;
    const refuse = (reason: string): number => unsupported.push({ node: name, op, reason });
    const value = constants.get(condition);
    if (value?.data.length !== 1) {
      refuse(`its condition is computed at run time${switchText(condition)}`);
      return;
    }
    const branch = node.attributes[Number(value.data[0]) === 0 ? 'else_branch' : 'then_branch'];
    const taken = branch?.kind === 'graph' ? branch.value : null;
    for (const problem of taken?.problems ?? []) refuse(`in the branch that it takes, ${problem}`);
    if (taken?.problems.length === 0) visitInner(taken.nodes);
  };

  for (const node of sortTopologically(model.nodes)) visit(node);
  for (const name of model.outputs) {
    if (lists.has(name)) unsupported.push({ node: name, op: 'output', reason: 'it is a sequence' });
  }
  return { nodes, values, constants, unsupported, shapeError };
}

/** Loops that become more nodes than these are too large to be written out. */
const MAX_UNROLLED = 50_000;

function refuseSteps(node: Node): never {
  return unsupportedNode(node, `its steps are more than ${MAX_UNROLLED} nodes`, 'give it fewer steps');
}

/** Inputs of at most so many elements may be switches and not data. */
const MAX_SWITCH = 4;

/** The inputs that a value is computed of. */
function inputsBehind(
  value: string,
  nodes: readonly Node[],
  inputs: readonly ResolvedInput[],
): readonly ResolvedInput[] {
  const producer = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const seen = new Set([value]);
  for (const name of seen) for (const input of producer.get(name)?.inputs ?? []) seen.add(input);
  return inputs.filter(({ name }) => seen.has(name));
}

/** The outputs of a node that depends on constants (or, for Shape and Size, on shapes) only; else null. */
function foldNode(
  node: Node,
  values: ReadonlyMap<string, Value>,
  constants: ReadonlyMap<string, Tensor>,
): readonly Tensor[] | null {
  if (KEPT.has(node.op) || RANDOM.has(node.op)) return null;
  const readsShapeOnly = node.op === 'Shape' || node.op === 'Size';
  const inputs: (Tensor | null)[] = [];
  for (const name of node.inputs) {
    const constant = constants.get(name);
    if (name === '') inputs.push(null);
    else if (constant !== undefined) inputs.push(constant);
    // Shape and Size never look at the elements, so none are allocated for them.
    else if (readsShapeOnly)
      inputs.push({ dtype: 'bool', shape: values.get(name)!.shape, data: new Uint8Array(0) });
    else return null;
  }
  return operators.get(node.op)!.run(node, inputs);
}

function resolveInputs(
  model: ImportedModel,
  dims: Readonly<Record<string, number>>,
): readonly ResolvedInput[] {
  const batchSymbols = new Set(
    model.inputs.flatMap(({ shape: [batch] }) => (typeof batch === 'string' ? [batch] : [])),
  );
  const known = new Set<string>();
  const open: { readonly input: string; readonly axis: number; readonly key: string }[] = [];

  const resolveDim = (input: string, dim: Dim, axis: number): number => {
    if (typeof dim === 'number' && dim >= 0) return dim;
    const key = typeof dim === 'string' ? dim : `${input}[${axis}]`;
    known.add(key);
    const size = Object.hasOwn(dims, key) ? dims[key] : undefined;
    if (size !== undefined) return size;
    if (axis === 0 || batchSymbols.has(key)) return 1;
    open.push({ input, axis, key });
    return 0;
  };

  const inputs = model.inputs.map((input) => ({
    ...input,
    shape: input.shape.map((dim, axis) => resolveDim(input.name, dim, axis)),
  }));

  for (const [key, size] of Object.entries(dims)) {
    if (!known.has(key)) {
      throw new TinymlError('E_USAGE', `the model has no open dimension "${key}"`, {
        hint:
          known.size > 0
            ? `its open dimensions are ${firstOf([...known].map((name) => `"${name}"`))}`
            : 'every input has a fixed shape; leave out --dim',
      });
    }
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new TinymlError('E_USAGE', `dimension "${key}" must be a positive whole number, not ${size}`);
    }
  }
  if (open.length > 0) {
    const keys = [...new Set(open.map(({ key }) => key))];
    const shared = inputs.filter(({ name }) => {
      const own = open.filter(({ input }) => input === name).map(({ key }) => key);
      return new Set(own).size < own.length;
    });
    throw new TinymlError(
      'E_SHAPE',
      `the model has ${keys.length} open dimension${keys.length > 1 ? 's' : ''}`,
      {
        at: open.map(({ input, axis, key }) => `input "${input}", axis ${axis} (${key})`),
        hint: `fix with ${keys.map((key) => `--dim ${shellWord(key)}=<size>`).join(' ')}${wholeShapes(shared)}`,
      },
    );
  }
  for (const { name, dtype, shape } of inputs) checkSize({ dtype, shape }, name);
  return inputs;
}

/** How axes that share a symbol get sizes of their own; empty where none do. @param inputs with 0 for what is open */
function wholeShapes(inputs: readonly ResolvedInput[]): string {
  if (inputs.length === 0) return '';
  const given = inputs.map(
    ({ name, shape }) => `--shape ${shellWord(name)}=${shape.map((dim) => dim || '<size>').join(',')}`,
  );
  return `, or, where axes of one name differ in size, ${given.join(' ')}`;
}

function shellWord(name: string): string {
  return /^[\w.]+$/.test(name) ? name : `"${name}"`;
}

function checkSize({ shape }: OutputInfo, name: string): void {
  if (elementCount(shape) <= MAX_ELEMENTS) return;
  throw new TinymlError('E_SHAPE', `a tensor of shape [${shape.join(', ')}] is too large`, {
    at: `tensor "${name}"`,
    hint: `at most ${MAX_ELEMENTS} elements are supported`,
  });
}

function unknownOperator(node: Node): UnsupportedNode {
  const reason = node.op.startsWith('com.microsoft::')
    ? 'an operator of ONNX Runtime alone: take the model from before ONNX Runtime optimised it, quantised as QDQ or not at all'
    : 'the operator is not supported';
  return { node: node.name, op: node.op, reason };
}

/** The error that lists every node that cannot be imported. */
export function unsupportedError(nodes: readonly UnsupportedNode[]): TinymlError {
  const ops = [...new Set(nodes.map(({ op }) => op))];
  return new TinymlError(
    'E_OP',
    `${nodes.length} node${nodes.length > 1 ? 's' : ''} of ${firstOf(ops)} cannot be imported`,
    {
      at: nodes.map(({ node, op, reason }) => `node "${node}" (${op}): ${reason}`),
      hint: 'export the model without these operators, or cut them off and run them on the host',
    },
  );
}

function locate(error: TinymlError, node: Node): TinymlError {
  if (error.at.length > 0) return error;
  return new TinymlError(error.code, error.message, {
    at: describeNode(node),
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}
