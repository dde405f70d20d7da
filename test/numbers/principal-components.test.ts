import assert from 'node:assert/strict';
import { test } from 'node:test';
import { principalComponents } from '../../src/numbers/principal-components.ts';
import { seededRandom } from '../../src/numbers/random.ts';

/** Rows of 6 numbers that lie, but for a little noise, in a plane off the origin. */
function plane(count: number): readonly Float64Array[] {
  const random = seededRandom(1);
  const [a, b] = [[1, 2, 0, -1, 0, 3] as const, [0, 1, 1, 1, -2, 0] as const];
  return Array.from({ length: count }, () => {
    const [u, v] = [4 * (random() - 0.5), random() - 0.5];
    return Float64Array.from(a, (x, i) => 5 + u * x + v * b[i]! + 1e-3 * random());
  });
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

test('components are orthogonal, of length 1, and of less and less variance', () => {
  const rows = plane(500);
  const { mean, components } = principalComponents(rows, 6);
  const variances = components.map((component) =>
    rows.reduce(
      (sum, row) =>
        sum +
        dot(
          row.map((x, i) => x - mean[i]!),
          component,
        ) **
          2,
      0,
    ),
  );
  components.forEach((a, i) => {
    components.forEach((b, k) => {
      assert.ok(Math.abs(dot(a, b) - Number(i === k)) < 1e-9);
    });
    assert.ok(i === 0 || variances[i]! <= variances[i - 1]!);
  });
  assert.ok(variances[2]! < 1e-4 * variances[1]!);
});

test('two components of a plane are the plane', () => {
  const rows = plane(500);
  const { mean, components } = principalComponents(rows, 2);
  assert.equal(components.length, 2);
  for (const row of rows) {
    const shares = components.map((component) =>
      dot(
        row.map((x, i) => x - mean[i]!),
        component,
      ),
    );
    row.forEach((x, i) => {
      const back = mean[i]! + shares.reduce((sum, share, k) => sum + share * components[k]![i]!, 0);
      assert.ok(Math.abs(back - x) < 2e-3);
    });
  }
});
