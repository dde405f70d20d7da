import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import { quantizeValue } from '../../src/program/kernels/quantize-s8.ts';
import {
  type Affine,
  affineOf,
  type Domain,
  floatSteps,
  integerSteps,
  type Steps,
} from '../../src/targets/cortex-m/input/steps.ts';

const BYTES: Domain = { first: 0, last: 255 };
const SAMPLES: Domain = { first: -32768, last: 32767 };

/** As the C reads them. */
function searched({ falling, least }: Steps, value: number): number {
  const number = falling ? -value : value;
  return least.filter((step) => number >= step).length - 128;
}

function computed({ multiplier, offset, shift }: Affine, value: number): number {
  const code = Number((BigInt(value) * BigInt(multiplier) + offset) >> BigInt(shift));
  return Math.min(127, Math.max(-128, code));
}

/** Preprocessing and quantisation as models have them, some of which fall or saturate. */
function maps(count: number, unit: number): readonly { code: (value: number) => number; slope: number }[] {
  const random = seededRandom(3);
  return Array.from({ length: count }, () => {
    const std = (0.2 + random()) * (random() < 0.2 ? -1 : 1);
    const [mean, zeroPoint] = [random() - 0.5, Math.floor(random() * 256) - 128];
    const scale = Math.fround((0.3 + random()) / 100);
    const code = (value: number): number =>
      quantizeValue(Math.fround((value * unit - mean) / std), scale, zeroPoint);
    return { code, slope: unit / (std * scale) };
  });
}

test('steps and multiply-adds give the code of every byte and every sample', () => {
  for (const [domain, unit, widest] of [
    [BYTES, 1 / 255, 32],
    [SAMPLES, 1 / 32768, 64],
  ] as const) {
    let found = 0;
    for (const { code, slope } of maps(12, unit)) {
      const steps = integerSteps(code, domain);
      const affine = affineOf(steps, domain, slope, widest);
      if (affine !== null) found++;
      for (let value = domain.first; value <= domain.last; value++) {
        if (widest === 32) assert.equal(searched(steps, value), code(value));
        if (affine !== null) assert.equal(computed(affine, value), code(value));
      }
    }
    assert.equal(found, 12, `${found} of 12 maps of 0..${domain.last} are multiply-adds`);
  }
});

test('the plainest multiply-add is taken, and only one that is exact', () => {
  const shifted = integerSteps((value) => value - 128, BYTES);
  assert.deepEqual(affineOf(shifted, BYTES, 1, 32), {
    multiplier: 1,
    offset: -128n,
    shift: 0,
    wide: false,
    clamps: false,
  });
  const bent = integerSteps((value) => (value < 100 ? 0 : 2 * (value - 100)), BYTES);
  assert.equal(
    affineOf({ ...bent, least: bent.least.map((step) => Math.min(step, 300)) }, BYTES, 1, 32),
    null,
  );
});

test('products of steep maps stay within the 32 bits of C', () => {
  const steep = integerSteps((value) => (value < 128 ? -128 : value > 128 ? 127 : 0), BYTES);
  assert.equal(affineOf(steep, BYTES, 12e6, 32), null);
  assert.equal(affineOf(steep, BYTES, 12e6, 64)?.wide, true);
  assert.equal(affineOf(steep, BYTES, 1e6, 32)?.wide, false);
});

test('steps of floats are those of the code, to the last bit', () => {
  const next = new Float32Array(1);
  const bits = new Int32Array(next.buffer);
  for (const { code } of maps(6, 1)) {
    const steps = floatSteps(code);
    for (const step of steps.least.filter((one) => Number.isFinite(one) && one !== 0)) {
      next[0] = step;
      for (const move of [-1, 0, 1]) {
        bits[0]! += move;
        const value: number = steps.falling ? -next[0] : next[0];
        assert.equal(searched(steps, value), code(value), `${value}`);
      }
    }
    for (const value of [0, 1e-30, -1e-30, 3e38, -3e38, 0.1, -0.1])
      assert.equal(searched(steps, value), code(value));
  }
});
