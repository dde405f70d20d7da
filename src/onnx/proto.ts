/**
 * The messages of onnx.proto that tinyml reads or writes, as plain objects. An absent field is null or undefined.
 * Fields not listed here survive a decode and encode too.
 */

/** A protobuf int64: a number where it is a safe integer, else a bigint. */
export type Int64 = number | bigint;

type Maybe<T> = T | null | undefined;

export type StringStringEntryProto = { readonly key?: Maybe<string>; readonly value?: Maybe<string> };

/** Numeric payloads are kept as they lie in the file: one byte view per packed run (see tensor.ts). */
export type TensorProto = {
  readonly name?: Maybe<string>;
  readonly dims?: Maybe<readonly Int64[]>;
  readonly dataType?: Maybe<number>;
  readonly segment?: Maybe<object>;
  readonly rawData?: Maybe<Uint8Array>;
  readonly floatData?: Maybe<readonly Uint8Array[]>;
  readonly doubleData?: Maybe<readonly Uint8Array[]>;
  readonly int32Data?: Maybe<readonly Uint8Array[]>;
  readonly int64Data?: Maybe<readonly Uint8Array[]>;
  readonly uint64Data?: Maybe<readonly Uint8Array[]>;
  readonly stringData?: Maybe<readonly Uint8Array[]>;
  readonly externalData?: Maybe<readonly StringStringEntryProto[]>;
  readonly dataLocation?: Maybe<number>;
  /** Fields that the schema does not know, each with its tag. */
  readonly $unknowns?: Maybe<readonly Uint8Array[]>;
};

type SparseTensorProto = { readonly values?: Maybe<TensorProto> };

export type AttributeProto = {
  readonly name?: Maybe<string>;
  readonly refAttrName?: Maybe<string>;
  readonly type?: Maybe<number>;
  readonly f?: Maybe<number>;
  readonly i?: Maybe<Int64>;
  readonly s?: Maybe<Uint8Array>;
  readonly t?: Maybe<TensorProto>;
  readonly g?: Maybe<GraphProto>;
  readonly floats?: Maybe<readonly number[]>;
  readonly ints?: Maybe<readonly Int64[]>;
  readonly strings?: Maybe<readonly Uint8Array[]>;
  readonly graphs?: Maybe<readonly GraphProto[]>;
};

export type NodeProto = {
  readonly name?: Maybe<string>;
  readonly opType?: Maybe<string>;
  readonly domain?: Maybe<string>;
  readonly overload?: Maybe<string>;
  readonly input?: Maybe<readonly string[]>;
  readonly output?: Maybe<readonly string[]>;
  readonly attribute?: Maybe<readonly AttributeProto[]>;
};

export type DimensionProto = { readonly dimValue?: Maybe<Int64>; readonly dimParam?: Maybe<string> };

type TypeProto = {
  readonly tensorType?: Maybe<{
    readonly elemType?: Maybe<number>;
    readonly shape?: Maybe<{ readonly dim?: Maybe<readonly DimensionProto[]> }>;
  }>;
};

export type ValueInfoProto = { readonly name?: Maybe<string>; readonly type?: Maybe<TypeProto> };

export type GraphProto = {
  readonly name?: Maybe<string>;
  readonly node?: Maybe<readonly NodeProto[]>;
  readonly initializer?: Maybe<readonly TensorProto[]>;
  readonly sparseInitializer?: Maybe<readonly SparseTensorProto[]>;
  readonly input?: Maybe<readonly ValueInfoProto[]>;
  readonly output?: Maybe<readonly ValueInfoProto[]>;
  readonly valueInfo?: Maybe<readonly ValueInfoProto[]>;
};

export type OperatorSetIdProto = { readonly domain?: Maybe<string>; readonly version?: Maybe<Int64> };

export type FunctionProto = {
  readonly name?: Maybe<string>;
  readonly domain?: Maybe<string>;
  readonly overload?: Maybe<string>;
  readonly input?: Maybe<readonly string[]>;
  readonly output?: Maybe<readonly string[]>;
  readonly attribute?: Maybe<readonly string[]>;
  readonly attributeProto?: Maybe<readonly AttributeProto[]>;
  readonly node?: Maybe<readonly NodeProto[]>;
  readonly opsetImport?: Maybe<readonly OperatorSetIdProto[]>;
};

export type ModelProto = {
  readonly irVersion?: Maybe<Int64>;
  readonly opsetImport?: Maybe<readonly OperatorSetIdProto[]>;
  readonly producerName?: Maybe<string>;
  readonly producerVersion?: Maybe<string>;
  readonly graph?: Maybe<GraphProto>;
  readonly functions?: Maybe<readonly FunctionProto[]>;
  readonly metadataProps?: Maybe<readonly StringStringEntryProto[]>;
};

/** AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPE = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
  sparseTensor: 11,
  sparseTensors: 12,
  typeProto: 13,
  typeProtos: 14,
} as const;
