/**
 * Bytes ↔ ONNX messages. The only file that knows protobufjs.
 *
 * Decoding hands out views on the file's bytes, keeps fields it does not know, and turns every int64 into a number
 * or, where unsafe, a bigint. Encoding what was decoded gives the same bytes.
 */

import protobuf from 'protobufjs/minimal.js';
import { TinymlError } from '../diagnostics/errors.ts';
import { describeForeignFile } from './foreign-files.ts';
import { onnx } from './generated/onnx.ts';
import type { Int64, ModelProto, TensorProto } from './proto.ts';

/** Largest message protobuf allows, in bytes. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * Most fields one file may hold. A field can be two bytes long and costs some hundred bytes once decoded, so this
 * is what bounds memory for a hostile file. Exported models have 40 to 95 fields per node, which leaves room for 20,000 nodes.
 */
const MAX_FIELDS = 2_000_000;

type MessageCodec<T> = {
  readonly decode: (reader: protobuf.Reader) => T;
  readonly encode: (message: T, writer: protobuf.Writer) => protobuf.Writer;
};

const codecs = onnx as {
  readonly ModelProto: MessageCodec<ModelProto>;
  readonly TensorProto: MessageCodec<TensorProto>;
};

/**
 * Decodes a model file.
 * @throws TinymlError E_NOT_ONNX when the bytes are something else, damaged, or larger than 2 GiB.
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  const model = decode(codecs.ModelProto, bytes);
  if (!model.graph) throw notOnnx(bytes);
  return model;
}

export function encodeModel(model: ModelProto): Uint8Array {
  return codecs.ModelProto.encode(model, int64Writer()).finish();
}

/**
 * Decodes a lone tensor, the content of the `.pb` files of the ONNX test data.
 * @throws TinymlError E_NOT_ONNX as decodeModel.
 */
export function decodeTensor(bytes: Uint8Array): TensorProto {
  return decode(codecs.TensorProto, bytes);
}

function decode<T>(codec: MessageCodec<T>, bytes: Uint8Array): T {
  if (bytes.length > MAX_BYTES) {
    throw new TinymlError('E_NOT_ONNX', 'the file is larger than 2 GiB, the limit of the format', {
      hint: 'store the weights as external data',
    });
  }
  if (bytes.length === 0) throw notOnnx(bytes);
  try {
    return codec.decode(boundedReader(bytes));
  } catch (cause) {
    throw cause instanceof TinymlError ? cause : notOnnx(bytes, cause);
  }
}

function notOnnx(bytes: Uint8Array, cause?: unknown): TinymlError {
  const foreign = describeForeignFile(bytes);
  if (foreign) {
    return new TinymlError('E_NOT_ONNX', `this is ${foreign.what}, not an ONNX model`, {
      hint: foreign.hint,
      cause,
    });
  }
  if (cause === undefined) {
    return new TinymlError('E_NOT_ONNX', 'the file holds no ONNX graph', {
      hint: 'pass a model file (.onnx) that an ONNX exporter wrote',
    });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TinymlError(
    'E_NOT_ONNX',
    `the file is not an ONNX model, or it is damaged or cut short (${reason})`,
    {
      hint: 'copy, download or export the model again',
      cause,
    },
  );
}

/** A reader that keeps unknown fields, reads int64 as number or bigint, and counts what it reads. */
function boundedReader(bytes: Uint8Array): protobuf.Reader {
  const reader = protobuf.Reader.create(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const { tag, int64 } = reader;
  let fields = 0;
  const count = (): void => {
    if (++fields > MAX_FIELDS) {
      throw new TinymlError('E_NOT_ONNX', `the file holds more than ${MAX_FIELDS} fields`, {
        hint: 'no real model needs that many; export the model again',
      });
    }
  };
  return Object.assign(reader, {
    discardUnknown: false,
    tag: () => {
      count();
      return tag.call(reader);
    },
    int64: () => {
      count();
      return fromLong(int64.call(reader));
    },
  });
}

function fromLong({ low, high }: protobuf.Long): Int64 {
  const value = high * 2 ** 32 + (low >>> 0);
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low >>> 0);
}

function toLong(value: bigint): protobuf.Long {
  const [low, high] = [BigInt.asIntN(32, value), BigInt.asIntN(32, value >> 32n)];
  return { low: Number(low), high: Number(high), unsigned: false };
}

/** protobufjs writes 0 for a bigint, without a word: this writer does not. */
function int64Writer(): protobuf.Writer {
  const writer = protobuf.Writer.create();
  const { int64 } = writer;
  return Object.assign(writer, {
    int64: (value: Int64) => int64.call(writer, typeof value === 'bigint' ? toLong(value) : value),
  });
}
