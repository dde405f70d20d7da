import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import { damaged, outcome, richModel } from './damage.ts';

const model = richModel();

test('the model that is about to be damaged is fine', () => {
  assert.equal(outcome(model, 'unchanged'), 'ok');
});

test('every flipped bit gives a model or one error', () => {
  const codes = new Set<string>();
  for (let bit = 0; bit < model.length * 8; bit++) {
    const bytes = Uint8Array.from(model);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    codes.add(outcome(bytes, `bit ${bit} flipped`));
  }
  for (const code of ['ok', 'E_NOT_ONNX', 'E_ONNX_INVALID', 'E_OPSET', 'E_OP'])
    assert.ok(codes.has(code), `no ${code}`);
});

test('many changes at once give a model or one error', () => {
  const random = seededRandom(1);
  for (let round = 0; round < 2000; round++) {
    outcome(damaged(model, random), `round ${round}`);
  }
});

test('random bytes give one error', () => {
  const random = seededRandom(2);
  for (let round = 0; round < 2000; round++) {
    const bytes = Uint8Array.from({ length: 1 + Math.floor(random() * 200) }, () => random() * 256);
    outcome(bytes, `round ${round}`);
  }
});
