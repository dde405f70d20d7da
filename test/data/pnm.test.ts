import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePnm } from '../../src/data/pnm.ts';
import { failure } from './files.ts';

const decode = (text: string) => decodePnm(Buffer.from(text, 'latin1'), 'a.pnm');

test('grey and colour, as text and as bytes, with comments', () => {
  const grey = { width: 3, height: 2, channels: 1, pixels: Uint8Array.of(0, 1, 2, 253, 254, 255) };
  assert.deepEqual(decode('P2\n# made by hand\n3 2\n255\n0 1 2\n253 254 255'), grey);
  assert.deepEqual(decode('P5 3 2 255\n\x00\x01\x02\xfd\xfe\xff'), grey);
  const colour = { width: 1, height: 2, channels: 3, pixels: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  assert.deepEqual(decode('P3\n1 2 # size\n255\n1 2 3 4 5 6\n'), colour);
  assert.deepEqual(decode('P6\n1 2\n255\n\x01\x02\x03\x04\x05\x06'), colour);
});

test('values are scaled from 0 .. maxval to 0 .. 255', () => {
  assert.deepEqual([...decode('P2 4 1 3 0 1 2 3').pixels], [0, 85, 170, 255]);
  assert.deepEqual([...decode('P5 2 1 65535\n\xff\xff\x80\x80').pixels], [255, 128]);
});

test('a binary image whose first pixel is a space or digit keeps it', () => {
  assert.deepEqual([...decode('P5 2 1 255\n 7').pixels], [32, 55]);
});

test('bitmaps, truncation, values out of range and huge sizes are E_DATA', async () => {
  for (const [text, message] of [
    ['P4 8 1\n\xff', /bitmaps/],
    ['P5 3 2 255\n\x00\x01', /truncated/],
    ['P2 3 2 255 1 2 3 4 5', /truncated/],
    ['P2 2 1 100 1 101', /above/],
    ['P2 2 1 70000 1 1', /outside/],
    ['P5 99999 99999 255\n', /pixels/],
    ['P5 x', /no number/],
    ['P5', /not a PGM/],
  ] as const) {
    assert.match((await failure('E_DATA', () => decode(text))).message, message, text);
  }
});
