/** Clipping, noise and the accountant, as the app of the server has them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { flowerPython } from '../../src/fleet/flower/python.ts';
import { packageRoot } from '../../src/package-root.ts';

const root = packageRoot();
const python = join(process.env.TINYML_TEST_FLOWER ?? join(root, '.flower'), 'bin', 'python');
const skip = canAccount() ? false : 'no accountant of Flower: sh scripts/python-packages.sh says why';

test('updates are clipped to a length, noise has the deviation that was asked for, and costs what the theorem says at most', {
  skip,
}, () => {
  const { stdout, stderr, status } = spawnSync(python, [join(root, 'test/fleet/privacy.py')], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const { half, near, noise, epsilon, less } = JSON.parse(stdout);
  const isNear = (value: number, wanted: number): void =>
    assert.ok(Math.abs(value - wanted) < 0.03 * Math.max(1, wanted), `${value}, not ${wanted}`);
  isNear(half.codes[0], 50);
  isNear(half.bias[0], 1.5);
  assert.equal(near.bias[2], 0.25);
  // 1.5 clips of 8 on the sum of two.
  isNear(noise.bias[1], 6);
  assert.ok(Math.abs(noise.bias[0]) < 0.2, noise.bias[0]);
  // Codes are rounded at random on top of it.
  assert.ok(noise.codes[1] >= 5.9 && noise.codes[1] < 6.2, noise.codes[1]);
  for (const [at, rounds] of [1, 10].entries()) {
    // Of all orders a: rounds * a / 2 + log(1 / delta) / (a - 1), Mironov 2017.
    const most = rounds / 2 + Math.sqrt(2 * rounds * Math.log(1e5));
    assert.ok(epsilon[at] < most && epsilon[at] > 0.7 * most, `${epsilon[at]}, ${most}`);
  }
  assert.ok(less < epsilon[1] / 3);
});

function canAccount(): boolean {
  try {
    return flowerPython(python).canAccount;
  } catch {
    return false;
  }
}
