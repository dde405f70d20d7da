/** A model file as the rules of the lint look at it: nodes as the file has them, with what is known of every tensor. */
import { TinymlError } from '../../../diagnostics/errors.ts';
import { consumers, outputValues, producers } from '../../../graph/rewrite.ts';
import type { DType, Graph, Node, Tensor, Value } from '../../../graph/types.ts';
import { DATA_TYPE, elementType } from '../../../onnx/element-types.ts';
import type { FileModel, FileTensor, FileValue } from '../../../onnx/file-model.ts';
import { importModel } from '../../../onnx/import.ts';
import { type GivenInputs, withGivenInputs } from '../../../passes/given-inputs.ts';
import { resolveModel } from '../../../passes/resolve.ts';
import type { CalibrationCache } from '../release/calibration-cache.ts';
import type { Platform } from '../release/platform.ts';

export type LintView = {
  readonly platform: Platform;
  readonly path: string;
  /** Null for a graph, which is of none. */
  readonly opset: number | null;
  readonly nodes: readonly Node[];
  readonly producers: ReadonlyMap<string, Node>;
  readonly readers: ReadonlyMap<string, readonly Node[]>;
  /** Names of the outputs of the model. */
  readonly outputs: ReadonlySet<string>;
  /** Constants of the file. */
  readonly constants: ReadonlyMap<string, FileTensor>;
  /** What the file says of values. */
  readonly stated: ReadonlyMap<string, FileValue>;
  /** The model with shapes and folded constants; null where it cannot be imported. */
  readonly resolved: Graph | null;
  /** That is to go with the model; null for none. */
  readonly cache: CalibrationCache | null;
};

/** @throws TinymlError E_USAGE for dimensions and inputs that the model does not have, E_ONNX_INVALID, E_EXTERNAL_DATA */
export function viewFile(
  file: FileModel,
  platform: Platform,
  dims: Readonly<Record<string, number>>,
  given: GivenInputs,
  cache: CalibrationCache | null,
): LintView {
  return {
    platform,
    path: file.path,
    opset: file.opset,
    nodes: file.nodes,
    producers: producers(file),
    readers: consumers(file),
    outputs: new Set(file.outputs.map(({ name }) => name)),
    constants: file.constants,
    stated: file.values,
    resolved: resolve(file, dims, given),
    cache,
  };
}

/** A graph with Q and DQ as nodes, seen as the file that it would be. */
export function viewOfGraph(graph: Graph, platform: Platform): LintView {
  const tensor = (data: Tensor): FileTensor => ({
    type: typeName(data.dtype),
    shape: data.shape,
    tensor: data,
  });
  const value = ({ name, dtype, shape }: Value): FileValue => ({ name, type: typeName(dtype), shape });
  return {
    platform,
    path: graph.name,
    opset: null,
    nodes: graph.nodes,
    producers: producers(graph),
    readers: consumers(graph),
    outputs: outputValues(graph),
    constants: new Map([...graph.constants].map(([name, data]) => [name, tensor(data)])),
    stated: new Map([...graph.values].map(([name, known]) => [name, value(known)])),
    resolved: graph,
    cache: null,
  };
}

/** What the lint can do without: everything else is wrong with the file or with the question. */
const UNRESOLVED: ReadonlySet<string> = new Set(['E_OP', 'E_OPSET', 'E_SHAPE', 'E_NOT_FINITE']);

function resolve(file: FileModel, dims: Readonly<Record<string, number>>, given: GivenInputs): Graph | null {
  try {
    return resolveModel(withGivenInputs(importModel(file.bytes, file), given), { dims });
  } catch (error) {
    if (error instanceof TinymlError && UNRESOLVED.has(error.code)) return null;
    throw error;
  }
}

/** A constant of the file, or one that folding gives. */
export function constantOf(view: LintView, name: string): FileTensor | null {
  const stored = view.constants.get(name);
  if (stored !== undefined) return stored;
  const folded = view.resolved?.constants.get(name);
  return folded === undefined ? null : { type: typeName(folded.dtype), shape: folded.shape, tensor: folded };
}

function typeName(dtype: DType): string {
  return elementType(DATA_TYPE[dtype])!.name;
}

/** Static shape; null where it is not known. */
export function shapeOf({ resolved, constants, stated }: LintView, name: string): readonly number[] | null {
  const known = constants.get(name)?.shape ?? resolved?.values.get(name)?.shape;
  if (known !== undefined) return known;
  const shape = stated.get(name)?.shape ?? null;
  return shape?.every((dim) => typeof dim === 'number') ? (shape as readonly number[]) : null;
}

export function describe(node: Node): string {
  return `${node.name} (${node.op})`;
}
