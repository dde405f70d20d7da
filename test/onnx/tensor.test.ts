import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import type { TypedArray } from '../../src/graph/types.ts';
import { decodeTensor } from '../../src/onnx/codec.ts';
import type { TensorProto } from '../../src/onnx/proto.ts';
import { int64Tensor, tensorFromProto, tensorToProto } from '../../src/onnx/tensor.ts';

function read(proto: TensorProto): readonly (number | bigint)[] {
  return [...tensorFromProto(proto, 'tensor "w"', noExternal).data];
}

function noExternal(): never {
  throw new Error('no external data expected');
}

function raw(data: TypedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Protobuf varints of the numbers, as int32_data and int64_data hold them. */
function varints(...values: readonly (number | bigint)[]): Uint8Array {
  return Uint8Array.from(
    values.flatMap((value) => {
      const bytes: number[] = [];
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
      return [...bytes, Number(rest)];
    }),
  );
}

function refused(proto: TensorProto, code: string, message: RegExp): void {
  assert.throws(
    () => read(proto),
    (error) =>
      error instanceof TinymlError &&
      error.code === code &&
      message.test(error.message) &&
      error.at[0] === 'tensor "w"',
    `expected ${code} with ${message}`,
  );
}

test('raw data of every type, at any alignment, is read as written', () => {
  const data: readonly (readonly [number, TypedArray])[] = [
    [1, Float32Array.of(1.5, -2)],
    [2, Uint8Array.of(0, 255)],
    [3, Int8Array.of(-128, 127)],
    [4, Uint16Array.of(0, 65535)],
    [5, Int16Array.of(-32768, 32767)],
    [6, Int32Array.of(-(2 ** 31), 2 ** 31 - 1)],
    [7, BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)],
    [11, Float64Array.of(Math.PI, -1e300)],
    [12, Uint32Array.of(0, 2 ** 32 - 1)],
    [13, BigUint64Array.of(0n, 2n ** 64n - 1n)],
  ];
  for (const [dataType, want] of data) {
    const shifted = new Uint8Array(want.byteLength + 1);
    shifted.set(raw(want), 1);
    const tensor = tensorFromProto(
      { dims: [2], dataType, rawData: shifted.subarray(1) },
      'tensor "w"',
      noExternal,
    );
    assert.deepEqual(tensor.data, want);
    assert.notEqual(tensor.data.buffer, shifted.buffer, 'the tensor must not keep the file alive');
    assert.deepEqual(read(tensorToProto('w', tensor)), [...want], `type ${dataType} written and read`);
  }
});

test('typed fields of every type are read as written', () => {
  assert.deepEqual(read({ dims: [2], dataType: 1, floatData: [raw(Float32Array.of(1.5, -2))] }), [1.5, -2]);
  assert.deepEqual(read({ dims: [2], dataType: 11, doubleData: [raw(Float64Array.of(Math.PI, -1))] }), [
    Math.PI,
    -1,
  ]);
  assert.deepEqual(read({ dims: [3], dataType: 2, int32Data: [varints(0, 200, 255)] }), [0, 200, 255]);
  assert.deepEqual(read({ dims: [3], dataType: 3, int32Data: [varints(-128, -1, 127)] }), [-128, -1, 127]);
  assert.deepEqual(read({ dims: [2], dataType: 5, int32Data: [varints(-32768, 300)] }), [-32768, 300]);
  assert.deepEqual(read({ dims: [2], dataType: 6, int32Data: [varints(-(2 ** 31), 2 ** 31 - 1)] }), [
    -(2 ** 31),
    2 ** 31 - 1,
  ]);
  const longs = [-(2n ** 63n), -1n, 0n, 2n ** 32n + 5n, 2n ** 63n - 1n];
  assert.deepEqual(read({ dims: [5], dataType: 7, int64Data: [varints(...longs)] }), longs);
  assert.deepEqual(read({ dims: [2], dataType: 13, uint64Data: [varints(2n ** 64n - 1n, 1)] }), [
    2n ** 64n - 1n,
    1n,
  ]);
  assert.deepEqual(read({ dims: [1], dataType: 12, uint64Data: [varints(2 ** 32 - 1)] }), [2 ** 32 - 1]);
  assert.deepEqual(read({ dims: [3], dataType: 9, int32Data: [varints(0, 1, 7)] }), [0, 1, 1]);
  assert.deepEqual(read({ dims: [2], dataType: 10, int32Data: [varints(0x3c00, 0xc000)] }), [1, -2]);
});

test('packed runs are joined, and elements written one by one are found', () => {
  const runs = [varints(1, 2), varints(300)];
  assert.deepEqual(read({ dims: [3], dataType: 6, int32Data: runs }), [1, 2, 300]);
  // dims 2, FLOAT, float_data 1.5 and -2 as two fields of wire type 5.
  const one = [...raw(Float32Array.of(1.5))];
  const two = [...raw(Float32Array.of(-2))];
  const proto = decodeTensor(Uint8Array.of(8, 2, 16, 1, 0x25, ...one, 0x25, ...two));
  assert.deepEqual(read(proto), [1.5, -2]);
  // The same for int32_data, wire type 0.
  assert.deepEqual(read(decodeTensor(Uint8Array.of(8, 2, 16, 6, 0x28, 7, 0x28, 0xac, 2))), [7, 300]);
});

test('4- and 2-bit integers are unpacked from the low bits up', () => {
  assert.deepEqual(read({ dims: [3], dataType: 21, rawData: Uint8Array.of(0xf1, 0x08) }), [1, 15, 8]);
  assert.deepEqual(read({ dims: [3], dataType: 22, rawData: Uint8Array.of(0xf1, 0x08) }), [1, -1, -8]);
  assert.deepEqual(read({ dims: [3], dataType: 22, int32Data: [varints(0xf1, 0x08)] }), [1, -1, -8]);
  assert.deepEqual(
    read({ dims: [5], dataType: 25, rawData: Uint8Array.of(0b11100100, 0b10) }),
    [0, 1, 2, 3, 2],
  );
  assert.deepEqual(
    read({ dims: [5], dataType: 26, rawData: Uint8Array.of(0b11100100, 0b10) }),
    [0, 1, -2, -1, -2],
  );
});

test('narrow floats widen to their exact values', () => {
  const half = [0x3c00, 0x7bff, 0x0001, 0x0400, 0x7c00, 0xfc00, 0x8000, 0x7e00];
  const halves = [1, 65504, 2 ** -24, 2 ** -14, Infinity, -Infinity, -0, NaN];
  assert.deepEqual(read({ dims: [8], dataType: 10, rawData: raw(Uint16Array.from(half)) }), halves);
  const brain = [0x3f80, 0x4049, 0x0001, 0xff80, 0x7fc0];
  const brains = [1, 3.140625, 2 ** -133, -Infinity, NaN];
  assert.deepEqual(read({ dims: [5], dataType: 16, rawData: raw(Uint16Array.from(brain)) }), brains);
  const float8 = (dataType: number, ...codes: readonly number[]) =>
    read({ dims: [codes.length], dataType, rawData: Uint8Array.from(codes) });
  assert.deepEqual(float8(17, 0x7e, 0x08, 0x01, 0xc0, 0x80, 0x7f), [448, 2 ** -6, 2 ** -9, -2, -0, NaN]);
  assert.deepEqual(float8(18, 0x7f, 0x01, 0x80), [240, 2 ** -10, NaN]);
  assert.deepEqual(float8(19, 0x7b, 0x7c, 0xfc, 0x01, 0x7d), [57344, Infinity, -Infinity, 2 ** -16, NaN]);
  assert.deepEqual(float8(20, 0x7f, 0x01, 0x80), [57344, 2 ** -17, NaN]);
  assert.deepEqual(read({ dims: [4], dataType: 23, rawData: Uint8Array.of(0x71, 0xa2) }), [0.5, 6, 1, -1]);
});

test('scalars and empty tensors are read', () => {
  assert.deepEqual(read({ dims: [], dataType: 1, rawData: raw(Float32Array.of(3)) }), [3]);
  assert.deepEqual(read({ dims: [0, 5], dataType: 1 }), []);
});

test('shape and data that disagree are refused before memory is taken', () => {
  refused(
    { dims: [3], dataType: 1, rawData: new Uint8Array(8) },
    'E_ONNX_INVALID',
    /needs 12 bytes of data, the file holds 8/,
  );
  refused(
    { dims: [2 ** 28], dataType: 1, rawData: new Uint8Array(8) },
    'E_ONNX_INVALID',
    /needs 1073741824 bytes/,
  );
  refused({ dims: [2 ** 28], dataType: 7, int64Data: [varints(1)] }, 'E_ONNX_INVALID', /holds at most 1/);
  refused({ dims: [2], dataType: 1 }, 'E_ONNX_INVALID', /holds 0/);
  refused({ dims: [1], dataType: 6, int32Data: [varints(1, 2)] }, 'E_ONNX_INVALID', /more numbers/);
  refused({ dims: [2], dataType: 6, int32Data: [varints(300)] }, 'E_ONNX_INVALID', /fewer numbers/);
  refused(
    { dims: [1], dataType: 6, int32Data: [Uint8Array.of(0x80)] },
    'E_ONNX_INVALID',
    /ends inside a number/,
  );
  refused(
    { dims: [1], dataType: 6, int32Data: [new Uint8Array(12).fill(0xff)] },
    'E_ONNX_INVALID',
    /ends inside a number/,
  );
  refused({ dims: [-1], dataType: 1 }, 'E_ONNX_INVALID', /negative/);
  refused({ dims: [2n ** 60n], dataType: 1 }, 'E_SHAPE', /too large/);
  refused({ dims: [2 ** 20, 2 ** 20], dataType: 1 }, 'E_SHAPE', /too large/);
  refused({ dims: [1], dataType: 8, stringData: [Uint8Array.of(65)] }, 'E_OP', /STRING/);
  refused({ dims: [1], dataType: 99 }, 'E_OP', /element type 99/);
});

test('int64 tensors take bigints that no number holds', () => {
  assert.deepEqual(int64Tensor([1, 2n ** 63n - 1n]).data, BigInt64Array.of(1n, 2n ** 63n - 1n));
});
