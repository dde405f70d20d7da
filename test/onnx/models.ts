/** Small ONNX models for tests, and running them in ONNX Runtime. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import type { Graph, ImportedModel, Value } from '../../src/graph/types.ts';
import { encodeModel } from '../../src/onnx/codec.ts';
import type {
  AttributeProto,
  GraphProto,
  Int64,
  ModelProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from '../../src/onnx/proto.ts';
import { ATTRIBUTE_TYPE } from '../../src/onnx/proto.ts';
import { packageRoot } from '../../src/package-root.ts';

export const FLOAT = 1;
export const INT64 = 7;

export function valueInfo(
  name: string,
  dims: readonly (number | string)[] | null,
  elemType = FLOAT,
): ValueInfoProto {
  const dim = (dims ?? []).map((size) =>
    typeof size === 'number' ? { dimValue: size } : { dimParam: size },
  );
  return { name, type: { tensorType: { elemType, ...(dims ? { shape: { dim } } : {}) } } };
}

export function floats(name: string, dims: readonly number[], values: readonly number[]): TensorProto {
  return { name, dims, dataType: FLOAT, rawData: new Uint8Array(Float32Array.from(values).buffer) };
}

export function int64s(
  name: string,
  values: readonly Int64[],
  dims: readonly number[] = [values.length],
): TensorProto {
  return { name, dims, dataType: INT64, rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) };
}

export type AttributeValue =
  | Int64
  | string
  | readonly Int64[]
  | { readonly floats: readonly number[] }
  | { readonly f: number }
  | { readonly t: TensorProto };

/** Numbers are ints; `{ f }` and `{ floats }` are floats. */
export function attribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === 'number' || typeof value === 'bigint')
    return { name, type: ATTRIBUTE_TYPE.int, i: value };
  if (typeof value === 'string')
    return { name, type: ATTRIBUTE_TYPE.string, s: new TextEncoder().encode(value) };
  if ('f' in value) return { name, type: ATTRIBUTE_TYPE.float, f: value.f };
  if ('floats' in value) return { name, type: ATTRIBUTE_TYPE.floats, floats: value.floats };
  if ('t' in value) return { name, type: ATTRIBUTE_TYPE.tensor, t: value.t };
  return { name, type: ATTRIBUTE_TYPE.ints, ints: value };
}

export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
): NodeProto {
  return {
    opType,
    input,
    output,
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  };
}

export function modelProto(opset: number, graph: GraphProto, more: Partial<ModelProto> = {}): ModelProto {
  return {
    irVersion: 8,
    opsetImport: [{ domain: '', version: opset }],
    graph: { name: 'test', ...graph },
    ...more,
  };
}

export function modelBytes(opset: number, graph: GraphProto, more: Partial<ModelProto> = {}): Uint8Array {
  return encodeModel(modelProto(opset, graph, more));
}

export type Feeds = Readonly<Record<string, ort.Tensor>>;

/** Without VNNI ONNX Runtime's sums of two products saturate in 16 bits unless it is told not to. */
export const EXACT_SUMS = { extra: { session: { x64quantprecision: '1' } } };

/** Runs a model in ONNX Runtime without graph optimisations. */
export async function runOrt(bytes: Uint8Array, feeds: Feeds): Promise<Readonly<Record<string, ort.Tensor>>> {
  const session = await ort.InferenceSession.create(bytes, {
    ...EXACT_SUMS,
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  try {
    return (await session.run(feeds)) as Readonly<Record<string, ort.Tensor>>;
  } finally {
    await session.release();
  }
}

/** A Graph for the exporter, with the shapes of the model's borders only. */
export function bareGraph(model: ImportedModel, outputs: Readonly<Record<string, ort.Tensor>>): Graph {
  const values = new Map<string, Value>();
  for (const [name, { dtype, shape }] of model.constants)
    values.set(name, { name, dtype, shape, quant: null });
  for (const { name, dtype, shape } of model.inputs) {
    values.set(name, { name, dtype, shape: shape.map(Number), quant: null });
  }
  for (const [name, { type, dims }] of Object.entries(outputs)) {
    values.set(name, { name, dtype: type as Value['dtype'], shape: dims, quant: null });
  }
  return {
    name: model.name,
    inputs: model.inputs.map(({ name, dtype }) => ({ name, value: name, dtype })),
    outputs: model.outputs.map((name) => ({ name, value: name, dtype: values.get(name)!.dtype })),
    state: model.state,
    metadata: model.metadata,
    nodes: model.nodes,
    values,
    constants: model.constants,
  };
}

/** All .onnx files below a folder, sorted. */
export function onnxFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.onnx'))
    .sort()
    .map((file) => join(folder, file));
}

const TEST_DATA = '/usr/share/libonnx-testdata';

/** Folder of Debian's libonnx-testdata; null where it is not installed. */
export function debianTestData(): string | null {
  return existsSync(TEST_DATA) ? TEST_DATA : null;
}

/** Folder of the shared real models; null where it is not there. */
export function sharedModels(): string | null {
  const folder = join(packageRoot(), '..', 'shared', 'models');
  return existsSync(folder) ? folder : null;
}
