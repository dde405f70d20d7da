/** Local functions: every call in a model becomes the nodes of the function's body. And the branches of If nodes, and bodies of loops. */

import { TinymlError } from '../diagnostics/errors.ts';
import { type Namer, uniqueNames } from './names.ts';
import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  OperatorSetIdProto,
  TensorProto,
} from './proto.ts';

/** A node outside any function: names are those of the model's graph, attributes refer to no other attribute. */
export type FlatNode = {
  readonly name: string;
  /** Empty for the default domain. */
  readonly domain: string;
  readonly opType: string;
  /** Version of the operator set of its domain. */
  readonly opset: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Without the graphs of an If, Loop or Scan. */
  readonly attributes: readonly AttributeProto[];
  /** Of an If, Loop or Scan, by the name of the attribute. */
  readonly branches: readonly FlatBranch[];
};

/**
 * A branch of an If: nodes that end in the outputs of the If. Or the body of a Loop or Scan, from its own inputs to its own outputs.
 * Names made inside are new to the whole model.
 */
type FlatBranch = {
  readonly name: string;
  /** Of a body; a branch has none. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly initializers: readonly TensorProto[];
  readonly nodes: readonly FlatNode[];
};

/** Functions may call functions: without bounds a small file could expand without end. */
const MAX_NODES = 200_000;
const MAX_CALL_DEPTH = 64;

/** Operators whose graph has inputs and outputs of its own. */
const LOOPS = new Set(['Loop', 'Scan']);

/** What the names of a body mean at one call. The graph of the model is the outermost scope. */
type Scope = {
  readonly opsets: ReadonlyMap<string, number>;
  readonly value: (name: string) => string;
  readonly attribute: (name: string) => AttributeProto | undefined;
  /** Put before node names. */
  readonly prefix: string;
  /** Functions being expanded, outermost first. */
  readonly path: readonly string[];
  /** How many branches are around. */
  readonly depth: number;
};

/**
 * The nodes of the model's graph with all functions inlined, inside branches, too; node names are unique and never empty.
 * @throws TinymlError E_ONNX_INVALID for a function that calls itself, a domain without an opset, or an expansion
 * of more than 200,000 nodes.
 */
export function flattenNodes(model: ModelProto): readonly FlatNode[] {
  const functions = new Map(
    (model.functions ?? []).map((f) => [functionKey(f.domain, f.name, f.overload), f]),
  );
  const nodes = model.graph?.node ?? [];
  const newValue = uniqueNames(valueNames(model));
  const newNode = uniqueNames([]);
  const flat: FlatNode[] = [];
  let visited = 0;

  const visit = (proto: NodeProto, index: number, scope: Scope, into: FlatNode[]): void => {
    if (++visited > MAX_NODES) throw tooManyNodes();
    const domain = domainOf(proto.domain);
    const opType = proto.opType ?? '';
    const name = newNode(scope.prefix + (proto.name || `${opType || 'node'}_${index}`));
    const inputs = (proto.input ?? []).map(scope.value);
    const outputs = (proto.output ?? []).map(scope.value);
    const given = (proto.attribute ?? []).flatMap((attribute) => resolveAttribute(attribute, scope));
    const hasGraphs = domain === '' && (opType === 'If' || LOOPS.has(opType));
    const isBranch = ({ g }: AttributeProto): boolean => hasGraphs && Boolean(g);
    const attributes = given.filter((attribute) => !isBranch(attribute));
    const key = functionKey(domain, opType, proto.overload);
    const callee = functions.get(key);
    if (!callee) {
      const opset = scope.opsets.get(domain);
      if (opset === undefined) throw noOpset(domain, name, opType);
      const branches = given
        .filter(isBranch)
        .map(({ name: branch, g }) =>
          branchOf(branch ?? '', g!, name, LOOPS.has(opType) ? null : outputs, scope),
        );
      into.push({ name, domain, opType, opset, inputs, outputs, attributes, branches });
      return;
    }
    if (scope.path.includes(key) || scope.path.length === MAX_CALL_DEPTH) throw recursive(opType, name);
    const body = bodyScope(callee, { name, inputs, outputs, attributes }, scope, newValue, key);
    (callee.node ?? []).forEach((node, i) => {
      visit(node, i, body, into);
    });
    for (const [input, output] of passedThrough(callee, inputs, outputs)) {
      into.push(identity(newNode(`${name}/Identity`), input, output));
    }
  };

  /** @param outputs of the If; null for a body, which keeps its own */
  const branchOf = (
    branch: string,
    graph: GraphProto,
    node: string,
    outputs: readonly string[] | null,
    scope: Scope,
  ): FlatBranch => {
    const prefix = `${node}/`;
    const formal = outputs === null ? (graph.input ?? []).map(({ name }) => name ?? '') : [];
    const made = [
      ...formal,
      ...(graph.initializer ?? []).map(({ name }) => name ?? ''),
      ...(graph.node ?? []).flatMap(({ output }) => output ?? []),
    ];
    const local = new Map(made.map((name) => [name, name === '' ? '' : newValue(prefix + name)]));
    const inner: Scope = { ...scope, prefix, value: (name) => local.get(name) ?? scope.value(name) };
    const results = (graph.output ?? []).map(({ name }) => inner.value(name ?? ''));
    if (results.length !== (outputs ?? results).length || scope.depth === MAX_CALL_DEPTH) {
      throw badBranch(branch, node);
    }
    const flatNodes: FlatNode[] = [];
    (graph.node ?? []).forEach((proto, i) => {
      visit(proto, i, { ...inner, depth: scope.depth + 1 }, flatNodes);
    });
    outputs?.forEach((output, i) => {
      if (output) flatNodes.push(identity(newNode(`${prefix}Identity`), results[i]!, output));
    });
    const initializers = (graph.initializer ?? []).map((tensor) => ({
      ...tensor,
      name: local.get(tensor.name ?? '') ?? '',
    }));
    const inputs = formal.map(inner.value);
    return { name: branch, inputs, outputs: outputs ?? results, initializers, nodes: flatNodes };
  };

  const outermost: Scope = {
    opsets: opsetsOf(model.opsetImport),
    value: (name) => name,
    attribute: () => undefined,
    prefix: '',
    path: [],
    depth: 0,
  };
  nodes.forEach((node, i) => {
    visit(node, i, outermost, flat);
  });
  return flat;
}

/** Operator set versions by domain, the default domain as the empty string. */
export function opsetsOf(
  imports: readonly OperatorSetIdProto[] | null | undefined,
): ReadonlyMap<string, number> {
  return new Map((imports ?? []).map((entry) => [domainOf(entry.domain), Number(entry.version ?? 0)]));
}

function domainOf(domain: string | null | undefined): string {
  return domain === 'ai.onnx' ? '' : (domain ?? '');
}

function functionKey(
  domain: string | null | undefined,
  name: string | null | undefined,
  overload: string | null | undefined,
): string {
  return JSON.stringify([domainOf(domain), name ?? '', overload ?? '']);
}

function valueNames(model: ModelProto): ReadonlySet<string> {
  const graph = model.graph;
  const names = new Set<string>();
  for (const list of [graph?.input, graph?.output, graph?.initializer]) {
    for (const { name } of list ?? []) names.add(name ?? '');
  }
  for (const node of graph?.node ?? []) {
    for (const name of node.input ?? []) names.add(name);
    for (const name of node.output ?? []) names.add(name);
  }
  return names;
}

function bodyScope(
  callee: FunctionProto,
  call: Pick<FlatNode, 'name' | 'inputs' | 'outputs' | 'attributes'>,
  caller: Scope,
  newValue: Namer,
  key: string,
): Scope {
  const values = new Map<string, string>([['', '']]);
  (callee.output ?? []).forEach((formal, i) => {
    if (call.outputs[i]) values.set(formal, call.outputs[i]);
  });
  (callee.input ?? []).forEach((formal, i) => {
    values.set(formal, call.inputs[i] ?? '');
  });
  const attributes = new Map<string, AttributeProto>();
  for (const attribute of callee.attributeProto ?? []) attributes.set(attribute.name ?? '', attribute);
  for (const attribute of call.attributes) attributes.set(attribute.name ?? '', attribute);
  return {
    opsets: new Map([...caller.opsets, ...opsetsOf(callee.opsetImport)]),
    value: (name) => {
      const known = values.get(name);
      if (known !== undefined) return known;
      const inner = newValue(`${call.name}/${name}`);
      values.set(name, inner);
      return inner;
    },
    attribute: (name) => attributes.get(name),
    prefix: `${call.name}/`,
    path: [...caller.path, key],
    depth: caller.depth,
  };
}

/** Outputs of a function that are its inputs, as pairs of names at the call. */
function passedThrough(
  callee: FunctionProto,
  inputs: readonly string[],
  outputs: readonly string[],
): readonly (readonly [string, string])[] {
  return (callee.output ?? []).flatMap((formal, i) => {
    const from = (callee.input ?? []).indexOf(formal);
    const output = outputs[i];
    return from < 0 || !output ? [] : [[inputs[from] ?? '', output] as const];
  });
}

/** An attribute of a body may stand for one of the call; when the call lacks it, it is absent. */
function resolveAttribute(attribute: AttributeProto, scope: Scope): readonly AttributeProto[] {
  if (!attribute.refAttrName) return [attribute];
  const given = scope.attribute(attribute.refAttrName);
  return given ? [{ ...given, name: attribute.name }] : [];
}

function identity(name: string, input: string, output: string): FlatNode {
  const operation = { domain: '', opType: 'Identity', opset: 13, attributes: [], branches: [] };
  return { ...operation, name, inputs: [input], outputs: [output] };
}

function badBranch(branch: string, node: string): TinymlError {
  return new TinymlError(
    'E_ONNX_INVALID',
    `the attribute "${branch}" is a graph with another number of outputs, or nested too deeply`,
    { at: `node "${node}"`, hint: 'export the model again; onnx.checker names the fault' },
  );
}

function noOpset(domain: string, node: string, opType: string): TinymlError {
  const which = domain === '' ? 'the default operator set' : `the operator set "${domain}"`;
  return new TinymlError('E_ONNX_INVALID', `the model uses ${which} but does not state its version`, {
    at: `node "${node}" (${opType})`,
    hint: 'export the model again',
  });
}

function recursive(opType: string, node: string): TinymlError {
  return new TinymlError(
    'E_ONNX_INVALID',
    `the function "${opType}" calls itself, or calls are nested too deeply`,
    {
      at: `node "${node}"`,
      hint: 'export the model without functions',
    },
  );
}

function tooManyNodes(): TinymlError {
  return new TinymlError(
    'E_ONNX_INVALID',
    `the model has more than ${MAX_NODES} nodes once its functions are inlined`,
    {
      hint: 'export the model without functions',
    },
  );
}
