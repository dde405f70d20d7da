import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HALF_MAX, HALF_ZERO, halfCodes, roundToHalf } from '../../src/numbers/half.ts';
import { elementType, widenFloats } from '../../src/onnx/element-types.ts';

const codes = Uint16Array.from({ length: 2 ** 16 }, (_, code) => code);
const values = widenFloats(codes, 16, elementType(10)!.float!);

const halfBits = (value: number): number => halfCodes(Float32Array.of(value))[0]!;

test('every float16 is its own nearest', () => {
  codes.forEach((code) => {
    const value = values[code]!;
    if (Number.isNaN(value)) assert.ok(Number.isNaN(roundToHalf(value)));
    else {
      assert.equal(halfBits(value), code);
      assert.ok(Object.is(roundToHalf(value), value));
    }
  });
});

test('numbers between two float16 go to the nearer, ties to the even one', () => {
  for (let code = 0; code < 0x7bff; code++) {
    const [low, high] = [values[code]!, values[code + 1]!];
    const middle = (low + high) / 2;
    const even = code % 2 === 0 ? code : code + 1;
    assert.equal(halfBits(middle), even);
    assert.equal(halfBits(-middle), 0x8000 | even);
    assert.equal(halfBits(middle * (1 - 2 ** -20)), code);
    assert.equal(halfBits(middle * (1 + 2 ** -20)), code + 1);
  }
});

test('what is too large becomes infinity', () => {
  assert.equal(roundToHalf(65519.996), HALF_MAX);
  assert.equal(roundToHalf(65520), Infinity);
  assert.equal(roundToHalf(-1e30), -Infinity);
});

test('what is too small becomes zero', () => {
  assert.equal(roundToHalf(HALF_ZERO), 0);
  assert.equal(roundToHalf(HALF_ZERO * 1.0001), 2 ** -24);
});
