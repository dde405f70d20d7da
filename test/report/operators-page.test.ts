import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { operatorsPage } from '../../src/report/operators-page.ts';

test('docs/operators.md lists the operators as they are', () => {
  const stored = readFileSync(join(packageRoot(), 'docs', 'operators.md'), 'utf8');
  // The case counts are checked where the ONNX test data is; here they are taken as they stand.
  const rows = stored.matchAll(/^\| `([^`]+)` .*\| (\d+) of (\d+) *\|$/gm);
  const counts = new Map(
    Array.from(rows, ([, op, pass, run]) => [op!, { pass: Number(pass), run: Number(run) }]),
  );
  assert.equal(stored, operatorsPage(counts), 'run node --import tsx scripts/operators-page.ts');
});
