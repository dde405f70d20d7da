/** ONNX bytes → ImportedModel: canonical node forms, weights as aligned typed arrays. */

import { createHash } from 'node:crypto';
import { TinymlError } from '../diagnostics/errors.ts';
import type { Attribute, Dim, ImportedModel, Node, Tensor } from '../graph/types.ts';
import { CANONICAL_OPSET, OPSET_RANGE } from '../graph/types.ts';
import { attributeFromProto } from './attributes.ts';
import { canonicalNodes, dropTrailingEmpty } from './canonical.ts';
import { carriedMetadata } from './carried-metadata.ts';
import { faultsOf } from './check-node.ts';
import { decodeModel } from './codec.ts';
import { elementType } from './element-types.ts';
import { type FlatNode, flattenNodes, opsetsOf } from './functions.ts';
import { gatesFromMetadata } from './gate-metadata.ts';
import { uniqueNames } from './names.ts';
import type { DimensionProto, GraphProto, ModelProto, TensorProto, ValueInfoProto } from './proto.ts';
import type { Rewriting } from './rewriting.ts';
import { stateFromMetadata } from './state-metadata.ts';
import { describeType, floatScalar, int64Tensor, type ReadExternal, tensorFromProto } from './tensor.ts';

/** IR versions accepted; the newest is the one of the vendored onnx.proto. */
const IR_RANGE = { min: 3, max: 14 } as const;

type ImportOptions = {
  /** For messages and `source.path`. */
  readonly path: string;
  /** Reads external data; without it a model that has some is refused. */
  readonly readExternal?: ReadExternal;
};

/**
 * Reads a model. Opsets 7 to 28 are rewritten to the forms of opset 21, local functions are inlined, initializers
 * and Constant nodes become constants, half precision becomes float32.
 * @throws TinymlError E_NOT_ONNX, E_ONNX_INVALID, E_OPSET, E_OP (all unsupported nodes and tensors at once), E_SHAPE,
 * E_EXTERNAL_DATA.
 */
export function importModel(bytes: Uint8Array, options: ImportOptions): ImportedModel {
  try {
    return importProto(decodeModel(bytes), bytes, options);
  } catch (error) {
    throw error instanceof TinymlError ? locate(error, options.path) : error;
  }
}

function locate(error: TinymlError, path: string): TinymlError {
  return new TinymlError(error.code, error.message, {
    at: [...error.at, path],
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error.cause,
  });
}

function importProto(model: ModelProto, bytes: Uint8Array, options: ImportOptions): ImportedModel {
  const irVersion = Number(model.irVersion ?? 0);
  const opset = checkVersions(model, irVersion);
  const graph = model.graph ?? {};
  const externalFiles = new Set<string>();
  const work: Work = {
    constants: new Map(),
    narrowed: new Set(),
    problems: [],
    readExternal: (range) => {
      if (!options.readExternal) throw noFolder(range.at);
      externalFiles.add(range.location);
      return options.readExternal(range);
    },
  };
  const flat = flattenNodes(model);
  readInitializers(graph, work);
  const inputs = (graph.input ?? [])
    .filter(({ name }) => !work.constants.has(name ?? ''))
    .map((info) => readInput(info, work));
  checkOutputs(graph.output ?? []);
  const versioned = liftConstants(flat, work);
  checkNodes(versioned);
  const nodes = rewriteNodes(graph, versioned, work);
  if (work.problems.length > 0) throw unsupported(work.problems);
  checkSingleAssignment(inputs, nodes, work.constants);
  return {
    name: graph.name ?? '',
    inputs,
    outputs: (graph.output ?? []).map(({ name }) => name ?? ''),
    state: stateFromMetadata(model.metadataProps ?? []),
    collapsed: gatesFromMetadata(model.metadataProps ?? []),
    metadata: carriedMetadata(model.metadataProps ?? []),
    nodes,
    constants: work.constants,
    source: {
      path: options.path,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      bytes: bytes.length,
      irVersion,
      opset,
      producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
      externalFiles: [...externalFiles],
    },
  };
}

/** What is not supported, and where. */
type Problem = { readonly at: string; readonly reason: string };

/** One import in progress. */
type Work = {
  readonly constants: Map<string, Tensor>;
  /** Names of constants that were widened from a type of less range. */
  readonly narrowed: Set<string>;
  readonly problems: Problem[];
  readonly readExternal: ReadExternal;
};

function checkVersions(model: ModelProto, irVersion: number): number {
  if (!(irVersion >= IR_RANGE.min && irVersion <= IR_RANGE.max)) {
    throw new TinymlError(
      'E_OPSET',
      `IR version ${irVersion} is outside ${IR_RANGE.min} to ${IR_RANGE.max}`,
      {
        hint: 'export the model again with a current exporter',
      },
    );
  }
  const functions = (model.functions ?? []).map((f) => opsetsOf(f.opsetImport).get(''));
  const main = opsetsOf(model.opsetImport).get('');
  const { min, max } = OPSET_RANGE;
  const outside = [main, ...functions].find(
    (opset) => opset !== undefined && !(opset >= min && opset <= max),
  );
  if (outside !== undefined) {
    throw new TinymlError('E_OPSET', `opset ${outside} is outside ${min} to ${max}`, {
      hint: `export the model with an opset in that range, such as ${CANONICAL_OPSET}`,
    });
  }
  return main ?? 0;
}

function readInitializers(graph: Pick<GraphProto, 'initializer' | 'sparseInitializer'>, work: Work): void {
  for (const proto of graph.initializer ?? []) {
    const name = proto.name ?? '';
    const at = `tensor "${name}"`;
    if (name === '') throw invalid('an initializer has no name', at);
    if (work.constants.has(name)) throw invalid('two initializers have the same name', at);
    const tensor = readTensor(proto, at, work);
    if (tensor) work.constants.set(name, tensor);
    if (isNarrowed(proto)) work.narrowed.add(name);
  }
  for (const { values } of graph.sparseInitializer ?? []) {
    work.problems.push({ at: `tensor "${values?.name ?? ''}"`, reason: 'a sparse initializer' });
  }
}

/** The tensor; null after noting that its element type is not supported. */
function readTensor(proto: TensorProto, at: string, work: Work): Tensor | null {
  if (elementType(proto.dataType ?? 0)) return tensorFromProto(proto, at, work.readExternal);
  work.problems.push({ at, reason: describeType(proto.dataType) });
  return null;
}

function isNarrowed(proto: TensorProto): boolean {
  const type = elementType(proto.dataType ?? 0);
  return type !== null && (type.bits < 8 || (type.float !== undefined && type.bits === 8));
}

function readInput(info: ValueInfoProto, work: Work): ImportedModel['inputs'][number] {
  const name = info.name ?? '';
  const at = `input "${name}"`;
  if (name === '') throw invalid('an input has no name', at);
  const tensorType = info.type?.tensorType;
  const type = elementType(tensorType?.elemType ?? 0);
  if (!tensorType) work.problems.push({ at, reason: 'an input that is not a tensor' });
  else if (!type) work.problems.push({ at, reason: describeType(tensorType.elemType) });
  else if (!tensorType.shape) work.problems.push({ at, reason: 'an input without a shape' });
  return { name, dtype: type?.dtype ?? 'float32', shape: (tensorType?.shape?.dim ?? []).map(dimension) };
}

function dimension({ dimValue, dimParam }: DimensionProto): Dim {
  if (typeof dimValue === 'number' && dimValue >= 0) return dimValue;
  return dimParam || null;
}

/** Turns Constant nodes into constants; gives the other nodes, with their opsets. */
function liftConstants(flat: readonly FlatNode[], work: Work): readonly Versioned[] {
  return flat.flatMap((proto) => {
    const node = readNode(proto, work);
    const branches = proto.branches.map(({ initializers, nodes, ...branch }): VersionedBranch => {
      const inner: Work = { ...work, problems: [] };
      readInitializers({ initializer: initializers }, inner);
      return { ...branch, nodes: liftConstants(nodes, inner), problems: inner.problems };
    });
    if (node.op !== 'Constant') return [{ node, opset: proto.opset, branches }];
    const [name = ''] = node.outputs;
    const tensor = constantValue(node);
    if (name === '') throw invalid('a Constant has no output', describe(node));
    if (work.constants.has(name)) throw invalid(`two nodes or tensors are called "${name}"`, describe(node));
    if (tensor) work.constants.set(name, tensor);
    else work.problems.push({ at: describe(node), reason: 'a constant that is not a tensor of numbers' });
    if (proto.attributes.some(({ t }) => t && isNarrowed(t))) work.narrowed.add(name);
    return [];
  });
}

type Versioned = {
  readonly node: Node;
  readonly opset: number;
  /** Of an If, Loop or Scan; not among the attributes of the node yet. */
  readonly branches: readonly VersionedBranch[];
};

type VersionedBranch = {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly Versioned[];
  readonly problems: Problem[];
};

/** The nodes and all that are in branches of them. */
function withInner(nodes: readonly Versioned[]): readonly Versioned[] {
  return nodes.flatMap((versioned) => [
    versioned,
    ...versioned.branches.flatMap((branch) => withInner(branch.nodes)),
  ]);
}

function readNode(flat: FlatNode, work: Work): Node {
  const op = flat.domain === '' ? flat.opType : `${flat.domain}::${flat.opType}`;
  const at = `node "${flat.name}" (${op})`;
  const attributes = flat.attributes.flatMap((proto): [string, Attribute][] => {
    const name = proto.name ?? '';
    const before = work.problems.length;
    const attribute = attributeFromProto(proto, (tensor) => readTensor(tensor, at, work));
    if (attribute) return [[name, attribute]];
    if (work.problems.length === before)
      work.problems.push({ at, reason: `the kind of the attribute "${name}"` });
    return [];
  });
  const { name, inputs, outputs } = flat;
  return {
    name,
    op,
    inputs: dropTrailingEmpty(inputs),
    outputs: dropTrailingEmpty(outputs),
    attributes: Object.fromEntries(attributes),
  };
}

/** The value of a Constant node in any of its attribute forms (opset 12); null for strings and sparse tensors. */
function constantValue({ attributes }: Node): Tensor | null {
  const { value, value_int, value_ints, value_float, value_floats } = attributes;
  if (value?.kind === 'tensor') return value.value;
  if (value_int?.kind === 'int') return { ...int64Tensor([value_int.value]), shape: [] };
  if (value_ints?.kind === 'ints') return int64Tensor(value_ints.value);
  if (value_float?.kind === 'float') return floatScalar(value_float.value);
  if (value_floats?.kind !== 'floats') return null;
  const data = Float32Array.from(value_floats.value);
  return { dtype: 'float32', shape: [data.length], data };
}

function rewriteNodes(graph: GraphProto, nodes: readonly Versioned[], work: Work): readonly Node[] {
  const infos = [...(graph.input ?? []), ...(graph.output ?? []), ...(graph.valueInfo ?? [])];
  const all = withInner(nodes);
  const newValue = uniqueNames([
    ...infos.map(({ name }) => name ?? ''),
    ...work.constants.keys(),
    ...all.flatMap(({ node }) => [...node.inputs, ...node.outputs]),
  ]);
  const ranks = knownRanks(infos, all, work.constants);
  const rewriting: Omit<Rewriting, 'reject'> = {
    newValue,
    newNode: uniqueNames(all.map(({ node }) => node.name)),
    addConstant: (wanted, tensor) => {
      const name = newValue(wanted);
      work.constants.set(name, tensor);
      return name;
    },
    constant: (name) => work.constants.get(name),
    rank: (name) => ranks.get(name),
  };
  const rewrite = (versioned: readonly Versioned[], problems: Problem[]): readonly Node[] => {
    const reject: Rewriting['reject'] = (node, reason) => problems.push({ at: describe(node), reason });
    const rewritten = versioned.flatMap(({ node, opset, branches }): readonly Node[] => {
      const named = { ...node, outputs: node.outputs.map((name) => name || newValue(`${node.name}_unused`)) };
      if (branches.length === 0) return canonicalNodes(named, opset, { ...rewriting, reject });
      const graphs = branches.map(({ name, inputs, outputs, nodes, problems: own }): [string, Attribute] => {
        const value = {
          ...{ inputs, outputs },
          nodes: rewrite(nodes, own),
          problems: own.map(({ at, reason }) => `${at}: ${reason}`),
        };
        return [name, { kind: 'graph', value }];
      });
      const formal = branches[0]!.inputs.map((_, i) => node.inputs[i] ?? '');
      const inputs = [...formal, ...node.inputs.slice(formal.length), ...capturesOf(graphs)];
      const attributes = { ...node.attributes, ...Object.fromEntries(graphs) };
      return canonicalNodes({ ...named, inputs, attributes }, opset, { ...rewriting, reject });
    });
    checkNarrowQuantization(rewritten, work.narrowed, problems);
    return rewritten;
  };
  return rewrite(nodes, work.problems);
}

/** What graphs of a node read and do not make: it depends on that. */
function capturesOf(graphs: readonly (readonly [string, Attribute])[]): readonly string[] {
  const inner = graphs.flatMap(([, { kind, value }]) => (kind === 'graph' && value !== null ? [value] : []));
  const made = new Set(
    inner.flatMap(({ inputs, nodes }) => [...inputs, ...nodes.flatMap((node) => node.outputs)]),
  );
  const read = inner.flatMap(({ inputs, outputs, nodes }) => [
    ...nodes.flatMap((node) => node.inputs),
    ...(inputs.length > 0 ? outputs : []),
  ]);
  return [...new Set(read.filter((name) => name !== '' && !made.has(name)))];
}

/** Ranks that the model states, or that the operator fixes. */
function knownRanks(
  infos: readonly ValueInfoProto[],
  nodes: readonly Versioned[],
  constants: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>();
  for (const { node } of nodes) {
    if (node.op === 'Gemm' || node.op === 'Flatten') ranks.set(node.outputs[0] ?? '', 2);
  }
  for (const { name, type } of infos) {
    const shape = type?.tensorType?.shape;
    if (shape) ranks.set(name ?? '', shape.dim?.length ?? 0);
  }
  for (const [name, { shape }] of constants) ranks.set(name, shape.length);
  return ranks;
}

/** Widened to 8 bits or more, a QuantizeLinear to a narrower type would saturate at the wrong numbers. */
function checkNarrowQuantization(
  nodes: readonly Node[],
  narrowed: ReadonlySet<string>,
  problems: Problem[],
): void {
  for (const node of nodes) {
    if (node.op === 'QuantizeLinear' && narrowed.has(node.inputs[2] ?? '')) {
      problems.push({ at: describe(node), reason: 'quantisation to fewer than 8 bits or to float8' });
    }
  }
}

/** @throws TinymlError E_ONNX_INVALID where there are no outputs, or names that are missing or given twice. */
function checkOutputs(outputs: readonly ValueInfoProto[]): void {
  if (outputs.length === 0) throw invalid('the model has no outputs', 'the outputs of the graph');
  const names = new Set<string>();
  for (const { name } of outputs) {
    const at = `output "${name ?? ''}"`;
    if (!name) throw invalid('an output has no name', at);
    if (names.has(name)) throw invalid('two outputs have the same name', at);
    names.add(name);
  }
}

/** @throws TinymlError E_ONNX_INVALID listing all that contradicts the schemas of ONNX. */
function checkNodes(nodes: readonly Versioned[]): void {
  const faults = withInner(nodes).flatMap(({ node, opset, branches }) => {
    const graphs = branches.map(({ name }) => [name, { kind: 'graph', value: null }] as const);
    const complete = { ...node, attributes: { ...node.attributes, ...Object.fromEntries(graphs) } };
    return faultsOf(complete, opset).map((fault) => ({ at: describe(node), fault }));
  });
  const [first] = faults;
  if (first === undefined) return;
  if (faults.length === 1) throw invalid(first.fault, first.at);
  throw new TinymlError('E_ONNX_INVALID', `${faults.length} faults in the nodes of the model`, {
    at: faults.map(({ at, fault }) => `${at}: ${fault}`),
    hint: 'export the model again; onnx.checker names the faults',
  });
}

function checkSingleAssignment(
  inputs: ImportedModel['inputs'],
  nodes: readonly Node[],
  constants: ReadonlyMap<string, Tensor>,
): void {
  const made = new Set(constants.keys());
  const add = (name: string, at: string): void => {
    if (made.has(name)) throw invalid(`"${name}" is made twice`, at);
    made.add(name);
  };
  for (const { name } of inputs) add(name, `input "${name}"`);
  for (const node of nodes) {
    for (const output of node.outputs) if (output !== '') add(output, describe(node));
  }
}

function describe(node: Node): string {
  return `node "${node.name}" (${node.op})`;
}

function unsupported(problems: readonly Problem[]): TinymlError {
  const [first] = problems;
  if (first && problems.length === 1) {
    return new TinymlError('E_OP', `${first.reason} is not supported`, {
      at: first.at,
      hint: 'export the model without it',
    });
  }
  return new TinymlError('E_OP', `the model uses ${problems.length} things that are not supported`, {
    at: problems.map(({ at, reason }) => `${at}: ${reason}`),
    hint: 'export the model without them',
  });
}

function noFolder(at: string): TinymlError {
  return new TinymlError(
    'E_EXTERNAL_DATA',
    'the model keeps weights in other files, and no folder was given',
    {
      at,
      hint: 'load the model from a file, beside its data',
    },
  );
}

function invalid(message: string, at: string): TinymlError {
  return new TinymlError('E_ONNX_INVALID', message, {
    at,
    hint: 'export the model again; the file may be damaged',
  });
}
