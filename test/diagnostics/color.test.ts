import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ColorChoice, paintFor } from '../../src/diagnostics/color.ts';

const CASES: readonly (readonly [
  choice: ColorChoice,
  isTTY: boolean,
  env: NodeJS.ProcessEnv,
  colour: boolean,
])[] = [
  ['auto', true, {}, true],
  ['auto', false, {}, false],
  ['auto', true, { TERM: 'dumb' }, false],
  ['auto', true, { NO_COLOR: '1' }, false],
  ['auto', true, { NO_COLOR: '' }, true],
  ['auto', false, { FORCE_COLOR: '1' }, true],
  ['auto', true, { FORCE_COLOR: '0' }, false],
  ['auto', false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ['always', false, { NO_COLOR: '1' }, true],
  ['never', true, { FORCE_COLOR: '1' }, false],
];

for (const [choice, isTTY, env, colour] of CASES) {
  test(`--color ${choice}, ${isTTY ? 'terminal' : 'pipe'}, ${JSON.stringify(env)}`, () => {
    assert.equal(paintFor({ isTTY }, choice, env)('red', 'x') !== 'x', colour);
  });
}
