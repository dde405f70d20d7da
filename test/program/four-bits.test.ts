import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import { leastFactor, packRows, unpackRows } from '../../src/program/kernels/four-bits.ts';

test('weights that are int4 codes times factors of their groups are packed and come back', () => {
  const random = seededRandom(3);
  const integer = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1));
  for (let i = 0; i < 200; i++) {
    const [rows, row, group] = [integer(1, 4), integer(1, 70), 8 * integer(1, 5)];
    const rowSize = 8 * Math.ceil(row / 8);
    const groups = Math.ceil(rowSize / group);
    const factors = Array.from({ length: rows * groups }, () => integer(1, 15));
    const weights = Int8Array.from({ length: rows * row }, (_, at) => {
      const factor = factors[Math.floor(at / row) * groups + Math.floor((at % row) / group)]!;
      return integer(-8, 7) * factor;
    });
    const packed = packRows(weights, row, group)!;
    assert.equal(packed.weights.length, (rows * rowSize) / 2);
    assert.equal(packed.factors.length, rows * groups);
    assert.deepEqual(unpackRows(packed, row, { rowSize, group }), weights);
  }
});

test('the order of codes in a run, and its padding', () => {
  const { weights, factors } = packRows(Int8Array.of(-8, -7, -6, -5, -4, -3, -2, -1, 7), 9, 16)!;
  const bytes = [0x40, 0x51, 0x62, 0x73, 0x8f, 0x88, 0x88, 0x88];
  assert.deepEqual([...new Uint8Array(weights.buffer)], bytes);
  assert.deepEqual([...factors], [1]);
});

test('the least factor of which weights are multiples; none where codes would need more than 4 bits', () => {
  assert.equal(leastFactor(Int8Array.of(0, 0)), 1);
  assert.equal(leastFactor(Int8Array.of(6, -12)), 2);
  assert.equal(leastFactor(Int8Array.of(105, -120)), 15);
  assert.equal(leastFactor(Int8Array.of(-128)), null);
  assert.equal(leastFactor(Int8Array.of(1, 16)), null);
  assert.equal(leastFactor(new Int8Array(0)), 1);
  assert.equal(packRows(Int8Array.of(1, 16, 0, 0), 2, 8), null);
});
