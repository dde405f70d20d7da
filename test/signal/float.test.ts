import assert from 'node:assert/strict';
import { test } from 'node:test';
import { floatFeatures } from '../../src/signal/float.ts';
import { featureShape } from '../../src/signal/shape.ts';
import { recordedCases } from './recorded.ts';
import { testSound } from './sound.ts';

/** They compute in float32, and near a floor or an offset a little of the noise of that shows. */
const MOST = 2.5e-4;

for (const { name, rate, samples, settings, values } of recordedCases()) {
  test(`the definition is that of ${name}`, () => {
    const shape = featureShape(settings, values.flat().length);
    assert.deepEqual([shape.samples, shape.frames], [samples, values.length]);
    const own = floatFeatures(settings, rate, shape, testSound(samples));
    const worst = values.flat().reduce((most, value, i) => Math.max(most, Math.abs(value - own[i]!)), 0);
    assert.ok(worst < MOST, `differs by ${worst}`);
  });
}
