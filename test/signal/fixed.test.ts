import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixedFeatures } from '../../src/signal/fixed.ts';
import { frontEndTables } from '../../src/signal/tables.ts';
import { recordedCases } from './recorded.ts';
import { testSound } from './sound.ts';

/** In decibel, nepers or units of MFCC (docs/sound.md). */
const MOST = 8e-4;

for (const { name, rate, samples, settings, values } of recordedCases()) {
  test(`whole numbers give the values of ${name}`, () => {
    const tables = frontEndTables(settings, rate, values.flat().length);
    const own = fixedFeatures(tables, testSound(samples));
    const worst = values
      .flat()
      .reduce((most, value, i) => Math.max(most, Math.abs(value - own[i]! / 65536)), 0);
    assert.ok(worst < MOST, `differs by ${worst}`);
  });
}
