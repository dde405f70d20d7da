/** The test cases of the ONNX project as Debian's libonnx-testdata installs them, run by infer and run alone. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { sortTopologically } from '../../src/graph/rewrite.ts';
import { toNumbers } from '../../src/graph/tensor.ts';
import type { ImportedModel, Tensor } from '../../src/graph/types.ts';
import { decodeModel, decodeTensor, encodeModel } from '../../src/onnx/codec.ts';
import { importModel } from '../../src/onnx/import.ts';
import type { AttributeProto, ModelProto, NodeProto } from '../../src/onnx/proto.ts';
import { tensorFromProto } from '../../src/onnx/tensor.ts';
import { operatorOf, operators } from '../../src/ops/index.ts';
import { COMPOSITES } from '../../src/passes/composites/index.ts';
import { resolveModel } from '../../src/passes/resolve.ts';

export const CASES_FOLDER = '/usr/share/libonnx-testdata/data';
export const KINDS = ['node', 'simple', 'pytorch-operator', 'pytorch-converted'] as const;

/** What became of one case. Operators are those of the model as imported. */
export type Outcome =
  | { readonly kind: 'pass'; readonly ops: readonly string[] }
  | { readonly kind: 'fail'; readonly ops: readonly string[]; readonly reason: string }
  /** An operator outside our table, or a tensor type or opset that the importer refuses. */
  | { readonly kind: 'unsupported'; readonly reason: string };

/** Names as `node/test_relu`, sorted. */
export function listCases(): readonly string[] {
  return KINDS.flatMap((kind) => {
    const folder = join(CASES_FOLDER, kind);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((name) => existsSync(join(folder, name, 'model.onnx')))
      .sort()
      .map((name) => `${kind}/${name}`);
  });
}

/** A case as it is read: the model as imported, and what comes out for what goes in. */
export type Case = {
  readonly name: string;
  readonly model: ImportedModel;
  readonly dataSets: readonly DataSet[];
  /** Of the model as imported. */
  readonly ops: readonly string[];
};

/** The case, or why an operator, a tensor type or an opset is none of ours. */
export function readCase(name: string): Case | Extract<Outcome, { readonly kind: 'unsupported' }> {
  const folder = join(CASES_FOLDER, name);
  let model: ImportedModel;
  let dataSets: readonly DataSet[];
  try {
    const bytes = readFileSync(join(folder, 'model.onnx'));
    const proto = decodeModel(bytes);
    model = importModel(raiseOpset(proto, bytes), { path: name });
    dataSets = readDataSets(folder, proto);
  } catch (error) {
    if (error instanceof TinymlError)
      return { kind: 'unsupported', reason: `${error.code}: ${error.message}` };
    throw error;
  }
  const ops = [...new Set(model.nodes.map((node) => node.op))].sort();
  const unknown = ops.filter((op) => !operators.has(op) && !isTakenApart(op));
  if (unknown.length > 0) return { kind: 'unsupported', reason: unknown.join(', ') };
  return { name, model, dataSets, ops };
}

export function runCase(name: string): Outcome {
  const read = readCase(name);
  if ('kind' in read) return read;
  const { model, dataSets, ops } = read;
  for (const { inputs, outputs } of dataSets) {
    const reason = compareRun(model, inputs, outputs);
    if (reason !== null) return { kind: 'fail', ops, reason };
  }
  return { kind: 'pass', ops };
}

/**
 * Models of opset 6 as models of opset 7, where the two differ only in attributes that say what opset 7 does anyway:
 * `broadcast` without `axis`, `is_test` set.
 */
function raiseOpset(proto: ModelProto, bytes: Uint8Array): Uint8Array {
  const sixth = proto.opsetImport?.every(({ domain, version }) => !domain && Number(version) === 6);
  if (!sixth || !proto.graph) return bytes;
  const attributesOf = (node: NodeProto) => node.attribute ?? [];
  if ((proto.graph.node ?? []).some((node) => attributesOf(node).some(isOldBroadcast))) return bytes;
  const node = (proto.graph.node ?? []).map((old) => ({
    ...old,
    attribute: attributesOf(old).filter(
      ({ name }) => !['broadcast', 'is_test', 'consumed_inputs'].includes(name ?? ''),
    ),
  }));
  return encodeModel({
    ...proto,
    opsetImport: [{ domain: '', version: 7 }],
    graph: { ...proto.graph, node },
  });
}

/** `axis` beside `broadcast`: the operand is aligned in a way that opset 7 does not know. */
function isOldBroadcast({ name }: AttributeProto, _: number, attributes: readonly AttributeProto[]): boolean {
  return name === 'broadcast' && attributes.some((attribute) => attribute.name === 'axis');
}

export type DataSet = {
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly outputs: readonly Tensor[];
};

/** Tensors belong to the inputs and outputs of the graph by position; later inputs may have none. */
function readDataSets(folder: string, proto: ModelProto): readonly DataSet[] {
  const names = (proto.graph?.input ?? []).map(({ name }) => name ?? '');
  return readdirSync(folder)
    .filter((name) => name.startsWith('test_data_set_'))
    .map((name) => {
      const inputs = readTensors(join(folder, name), 'input');
      return {
        inputs: new Map(inputs.map((tensor, i) => [names[i] ?? '', tensor])),
        outputs: readTensors(join(folder, name), 'output'),
      };
    });
}

function readTensors(folder: string, role: 'input' | 'output'): readonly Tensor[] {
  const tensors: Tensor[] = [];
  for (let i = 0; existsSync(join(folder, `${role}_${i}.pb`)); i++) {
    const at = `${role}_${i}.pb`;
    const proto = decodeTensor(readFileSync(join(folder, at)));
    tensors.push(
      tensorFromProto(proto, at, () => {
        throw new Error(`${folder}/${at} has external data`);
      }),
    );
  }
  return tensors;
}

/** Why a run differs from what is wanted; null if it does not. */
function compareRun(
  model: ImportedModel,
  inputs: ReadonlyMap<string, Tensor>,
  wanted: readonly Tensor[],
): string | null {
  let known: ReadonlyMap<string, Tensor>;
  try {
    const isPlain = model.nodes.every(({ op }) => !isTakenApart(op));
    known = isPlain ? interpret(model, inputs) : folded(model, inputs);
  } catch (error) {
    if (error instanceof TinymlError) return `${error.code}: ${error.message}`;
    throw error;
  }
  for (const [i, want] of wanted.entries()) {
    const got = known.get(model.outputs[i] ?? '');
    const difference = got ? compareTensors(got, want) : 'is missing';
    if (difference !== null) return `output ${i} ${difference}`;
  }
  return null;
}

function isTakenApart(op: string): boolean {
  return op === 'If' || COMPOSITES.has(op);
}

/** With constants for inputs nothing is left to compute. */
function folded(model: ImportedModel, inputs: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  const constants = new Map([...model.constants, ...inputs]);
  return resolveModel({ ...model, inputs: [], constants }).constants;
}

/** Node by node, every input known: shapes may depend on anything. */
function interpret(model: ImportedModel, inputs: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  const known = new Map([...model.constants, ...inputs]);
  for (const node of sortTopologically(model.nodes)) {
    const operands = node.inputs.map((name) => known.get(name) ?? null);
    const outputs = operatorOf(node).run(node, operands);
    node.outputs.forEach((name, i) => {
      if (name !== '') known.set(name, outputs[i]!);
    });
  }
  return known;
}

/** ONNX's own tolerances: |got - want| <= 1e-7 + 1e-3 |want|. */
export function compareTensors(got: Tensor, want: Tensor): string | null {
  if (got.dtype !== want.dtype) return `is of type ${got.dtype}, not ${want.dtype}`;
  if (got.shape.join() !== want.shape.join()) return `is of shape [${got.shape}], not [${want.shape}]`;
  const wanted = toNumbers(want.data);
  const different = toNumbers(got.data).findIndex((value, i) => !isClose(value, wanted[i]!));
  if (different < 0) return null;
  return `is ${got.data[different]} at ${different}, not ${want.data[different]}`;
}

function isClose(got: number, want: number): boolean {
  return Object.is(got, want) || got === want || Math.abs(got - want) <= 1e-7 + 1e-3 * Math.abs(want);
}
