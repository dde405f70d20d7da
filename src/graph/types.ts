/**
 * The Graph: a model in static single assignment form, with ONNX operator names, ONNX axis order
 * (NCHW) and static shapes. Immutable. Quantisation is a property of a value, never a node:
 * QuantizeLinear/DequantizeLinear pairs are absorbed at import and written again at export.
 */

export type DType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool';

/**
 * Element storage. float16 and bfloat16 are widened to float32 at import (their Tensor.dtype is then
 * float32); bool is stored as 0/1 in a Uint8Array; int64 and uint64 as BigInt64Array / BigUint64Array.
 */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** A value known at compile time. `data` is row-major and holds exactly product(shape) elements. */
export type Tensor = {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
  /** Of int8 and uint8: how a file stores them with 4 bits. */
  readonly fourBits?: FourBits;
};

/**
 * Affine quantisation: real = scale * (q - zeroPoint).
 * `scale` and `zeroPoint` have one element (per tensor, axis null) or shape[axis] elements.
 */
export type Quant = {
  readonly dtype: 'int8' | 'uint8' | 'int16' | 'int32';
  readonly scale: Float32Array;
  readonly zeroPoint: Int32Array;
  readonly axis: number | null;
  /** Of int8 weights that are stored with 4 bits. */
  readonly fourBits?: FourBits;
};

/**
 * Weights that are stored with 4 bits: each int8 code is an int4 code times a factor from 1 to 15. `group` neighbours along the axis of
 * inputs (the first of the axes 0 and 1 that does not count output channels) share one; null: all factors are 1.
 */
export type FourBits = { readonly group: number | null };

/**
 * A tensor of the graph. `dtype` is the type of its real meaning: a quantised activation is
 * `float32` with `quant` set; its stored integers have `quant.dtype`.
 * A quantised constant holds integers in `Graph.constants` (dtype = quant.dtype) while
 * `Value.dtype` is `float32`.
 */
export type Value = {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly quant: Quant | null;
};

export type Attribute =
  | { readonly kind: 'int'; readonly value: number | bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly (number | bigint)[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: Tensor }
  /** A branch of an If, the body of a Loop or Scan; null for the subgraphs of other operators, none of which is supported. */
  | { readonly kind: 'graph'; readonly value: Subgraph | null };

/**
 * In an ImportedModel a branch of an If, whose nodes end in the outputs of the If, or the body of a Loop or Scan, with inputs and outputs of its own.
 * Every name that is made inside is new to the whole model; constants are among those of the model.
 */
export type Subgraph = {
  /** Of a body; a branch has none. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly Node[];
  /** What of the branch is not supported, each with its place. */
  readonly problems: readonly string[];
};

/**
 * One operator. `op` is the ONNX name in the default domain, or `domain::Name`. The form is the one
 * of CANONICAL_OPSET: the importer rewrites older forms (Clip bounds, Pad, Squeeze axes ... as inputs).
 * An absent optional input is the empty string; the last input is there, and outputs all have names.
 */
export type Node = {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
};

/**
 * An input or output of the model. `dtype` is what crosses the border: for a quantised value it is
 * `float32` (the model quantises it itself) or the integer type of `Value.quant`.
 */
export type Port = {
  readonly name: string;
  readonly value: string;
  readonly dtype: DType;
  /** Of a float32 input that is given whole numbers of this type alone: their codes are exact at scale 1. */
  readonly holds?: 'int8' | 'uint8';
};

/**
 * State that a model carries from run to run, by the names of two ports of equal shape and type: what comes out of
 * `output` goes into `input` in the next run. Before the first it is all zeros.
 */
export type StateTie = { readonly input: string; readonly output: string };

export type Graph = {
  readonly name: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** What a model that runs on sequences carries along. Its ports are among the inputs and outputs. */
  readonly state: readonly StateTie[];
  /** Entries of the file's metadata that go wherever the model goes, by key: what its input must be (`src/input/`). */
  readonly metadata: ReadonlyMap<string, string>;
  /** In topological order. */
  readonly nodes: readonly Node[];
  /** Every value of the graph, constants included, by name. */
  readonly values: ReadonlyMap<string, Value>;
  readonly constants: ReadonlyMap<string, Tensor>;
};

/** A dimension as a model file states it: a number, a symbol ("batch"), or nothing. */
export type Dim = number | string | null;

/**
 * A model as imported: canonical node forms, but shapes not yet inferred, constants not yet folded and
 * Q/DQ still nodes. `passes/resolve` turns it into a Graph.
 */
export type ImportedModel = {
  readonly name: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly dtype: DType;
    readonly shape: readonly Dim[];
  }[];
  readonly outputs: readonly string[];
  /** As the file states it: names and shapes are not checked yet. */
  readonly state: readonly StateTie[];
  /** Operators of our own in whose place standard nodes `<name>/<part>` stand, as the file states it. */
  readonly collapsed: readonly Node[];
  /** As of a Graph; not read yet. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Tensor>;
  /** Where the model came from, for messages, manifests and dependency files. */
  readonly source: ModelSource;
};

type ModelSource = {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly irVersion: number;
  readonly opset: number;
  readonly producer: string;
  /** External data files read, relative to the model's folder. */
  readonly externalFiles: readonly string[];
};

/** The opset whose forms a Graph uses (nodes of other opsets are rewritten at import). */
export const CANONICAL_OPSET = 21;

/** Opsets accepted at import. */
export const OPSET_RANGE = { min: 7, max: 28 } as const;
