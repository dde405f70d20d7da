/** A model as it stands in its file: own forms and element types of everything, for those who judge files. */
import type { Attribute, Dim, Node, Tensor } from '../graph/types.ts';
import { attributeFromProto } from './attributes.ts';
import { dropTrailingEmpty } from './canonical.ts';
import { decodeModel } from './codec.ts';
import { elementType } from './element-types.ts';
import { type FlatNode, flattenNodes, opsetsOf } from './functions.ts';
import type { GraphProto, ModelProto, TensorProto, ValueInfoProto } from './proto.ts';
import { describeType, type ReadExternal, tensorFromProto } from './tensor.ts';

/** A constant. `type` is the ONNX name of what the file stores, e.g. INT4 or FLOAT16. */
export type FileTensor = {
  readonly type: string;
  readonly shape: readonly number[];
  /** Narrow types widened as the importer does; null for a type that it cannot read. */
  readonly tensor: Tensor | null;
};

/** What the file says of a value. */
export type FileValue = {
  readonly name: string;
  readonly type: string | null;
  readonly shape: readonly Dim[] | null;
};

export type FileModel = {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly readExternal: ReadExternal;
  /** Of the default domain; 0 where the file states none. */
  readonly opset: number;
  /**
   * In the order of the file, functions inlined, Constant nodes among `constants`. Attributes of kinds that no operator
   * here has are left out; branches of an If follow it as nodes of their own.
   */
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, FileTensor>;
  /** Without initializers that are listed as inputs. */
  readonly inputs: readonly FileValue[];
  readonly outputs: readonly FileValue[];
  /** All of which the file states a type or a shape. */
  readonly values: ReadonlyMap<string, FileValue>;
};

type FileOptions = { readonly path: string; readonly readExternal: ReadExternal };

/**
 * Reads a model without rewriting anything of it.
 * @throws TinymlError E_NOT_ONNX, E_ONNX_INVALID for functions and constants that break the rules, E_EXTERNAL_DATA
 */
export function readFileModel(bytes: Uint8Array, { path, readExternal }: FileOptions): FileModel {
  const model = decodeModel(bytes);
  const graph: GraphProto = model.graph ?? {};
  const constants = new Map<string, FileTensor>();
  const keep = (name: string, proto: TensorProto): void => {
    constants.set(name, fileTensor(proto, `tensor "${name}"`, readExternal));
  };
  for (const proto of graph.initializer ?? []) keep(proto.name ?? '', proto);
  const nodes = readNodes(flattenNodes(model), keep, readExternal);
  const inputs = (graph.input ?? []).filter(({ name }) => !constants.has(name ?? '')).map(fileValue);
  const outputs = (graph.output ?? []).map(fileValue);
  const values = [...inputs, ...(graph.valueInfo ?? []).map(fileValue), ...outputs];
  return {
    path,
    bytes,
    readExternal,
    opset: opsetOf(model),
    nodes,
    constants,
    inputs,
    outputs,
    values: new Map(values.map((value) => [value.name, value])),
  };
}

function opsetOf(model: ModelProto): number {
  return opsetsOf(model.opsetImport).get('') ?? 0;
}

function readNodes(
  flat: readonly FlatNode[],
  keep: (name: string, proto: TensorProto) => void,
  readExternal: ReadExternal,
): readonly Node[] {
  return flat.flatMap((proto): readonly Node[] => {
    const value = proto.opType === 'Constant' && proto.attributes.find(({ name }) => name === 'value')?.t;
    if (value) keep(proto.outputs[0] ?? '', value);
    // The body of a loop is no part of what runs once.
    const branches = proto.opType === 'If' ? proto.branches : [];
    const inner = branches.flatMap((branch) => {
      for (const tensor of branch.initializers) keep(tensor.name ?? '', tensor);
      return readNodes(branch.nodes, keep, readExternal);
    });
    return value ? [] : [fileNode(proto, readExternal), ...inner];
  });
}

function fileNode(flat: FlatNode, readExternal: ReadExternal): Node {
  const attributes = flat.attributes.flatMap((proto): [string, Attribute][] => {
    const attribute = attributeFromProto(proto, (tensor) => {
      return fileTensor(tensor, `node "${flat.name}"`, readExternal).tensor;
    });
    return attribute === null ? [] : [[proto.name ?? '', attribute]];
  });
  return {
    name: flat.name,
    op: flat.domain === '' ? flat.opType : `${flat.domain}::${flat.opType}`,
    inputs: dropTrailingEmpty(flat.inputs),
    outputs: dropTrailingEmpty(flat.outputs),
    attributes: Object.fromEntries(attributes),
  };
}

function fileTensor(proto: TensorProto, at: string, readExternal: ReadExternal): FileTensor {
  const type = elementType(proto.dataType ?? 0);
  if (type === null) {
    return { type: describeType(proto.dataType), shape: (proto.dims ?? []).map(Number), tensor: null };
  }
  const tensor = tensorFromProto(proto, at, readExternal);
  return { type: type.name, shape: tensor.shape, tensor };
}

function fileValue({ name, type }: ValueInfoProto): FileValue {
  const tensor = type?.tensorType;
  return {
    name: name ?? '',
    type: elementType(tensor?.elemType ?? 0)?.name ?? null,
    shape:
      tensor?.shape?.dim?.map(({ dimValue, dimParam }) => dimValue ?? (dimParam || null)).map(dim) ?? null,
  };
}

function dim(value: number | bigint | string | null): Dim {
  return typeof value === 'bigint' ? Number(value) : value;
}
