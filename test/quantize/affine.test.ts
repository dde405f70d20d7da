import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import {
  ASYMMETRIC_INT8,
  rangeParameters,
  SYMMETRIC_INT8,
  weightCode,
  weightScales,
} from '../../src/quantize/affine.ts';

test('zero is a code, and both ends are within half a step of one', () => {
  const random = seededRandom(1);
  for (let i = 0; i < 500; i++) {
    const size = 10 ** (8 * random() - 4);
    const [a, b] = [size * (random() - 0.5), size * (random() - 0.3)];
    const range = { min: Math.min(a, b), max: Math.max(a, b) };
    for (const codes of [ASYMMETRIC_INT8, SYMMETRIC_INT8]) {
      const { scale, zeroPoint } = rangeParameters(range, codes);
      assert.ok(
        Number.isInteger(zeroPoint) && zeroPoint >= codes.min && zeroPoint <= codes.max,
        `${zeroPoint}`,
      );
      assert.equal(scale, Math.fround(scale), 'the scale is a float32');
      for (const end of [Math.min(range.min, 0), Math.max(range.max, 0)]) {
        const code = end / scale + zeroPoint;
        const within = code >= codes.min - 0.501 && code <= codes.max + 0.501;
        assert.ok(within, `[${range.min}, ${range.max}] has its end ${end} at code ${code}`);
      }
      if (codes.symmetric) assert.equal(zeroPoint, 0);
    }
  }
});

test('a range on one side of zero is widened to zero', () => {
  assert.deepEqual(rangeParameters({ min: 2, max: 51 }, ASYMMETRIC_INT8), {
    scale: Math.fround(0.2),
    zeroPoint: -128,
  });
  assert.deepEqual(rangeParameters({ min: -51, max: -2 }, ASYMMETRIC_INT8), {
    scale: Math.fround(0.2),
    zeroPoint: 127,
  });
  assert.deepEqual(rangeParameters({ min: 0, max: 255 }, ASYMMETRIC_INT8), { scale: 1, zeroPoint: -128 });
});

test('degenerate ranges give a usable scale', () => {
  assert.deepEqual(rangeParameters({ min: 0, max: 0 }, ASYMMETRIC_INT8), { scale: 1, zeroPoint: 0 });
  const tiny = rangeParameters({ min: 0, max: 1e-44 }, ASYMMETRIC_INT8);
  assert.ok(tiny.scale > 0 && Number.isFinite(1 / tiny.scale), `${tiny.scale}`);
});

test('weight scales put the largest weight of each channel on code 127', () => {
  const scales = weightScales(
    [0.5, 2, 12.7].map((weightMax) => ({ weightMax, biasMax: 1 })),
    0.01,
  );
  assert.deepEqual([...scales], [0.5 / 127, 2 / 127, 0.1].map(Math.fround));
  assert.equal(weightCode(12.7, scales[2]!), 127);
  assert.equal(weightCode(-100, scales[2]!), -127, 'never -128');
});

test('a weight scale grows where the bias would overflow', () => {
  const inputScale = 1e-3;
  const [scale] = weightScales([{ weightMax: 1e-9, biasMax: 5 }], inputScale);
  const code = 5 / (inputScale * scale!);
  assert.ok(code <= 2 ** 30 * (1 + 1e-6) && code > 2 ** 29, `bias code ${code}`);
});

test('a channel of zero weights takes the largest scale of the layer', () => {
  const need = (weightMax: number) => ({ weightMax, biasMax: 0 });
  assert.equal(weightScales([need(0), need(1), need(3)], 1)[0], Math.fround(3 / 127));
  assert.equal(weightScales([need(0)], 1)[0], 1);
});
