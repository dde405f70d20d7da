import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { operatorsPage } from '../../src/report/operators-page.ts';
import { trainedOperators } from '../train/operators.ts';

test('docs/operators.md lists the operators as they are', () => {
  const stored = readFileSync(join(packageRoot(), 'docs', 'operators.md'), 'utf8');
  // The case counts are checked where the ONNX test data is; here they are taken as they stand.
  const rows = [...stored.matchAll(/^\| `([^`]+)`(.*)\|$/gm)].map(([, op, rest]) => ({
    op: op!,
    cells: rest!.split('|').map((cell) => /^ (\d+) of (\d+) *$/.exec(cell)),
  }));
  const counts = (column: number) =>
    new Map(
      rows.flatMap(({ op, cells }) => {
        const [, pass, run] = cells[column] ?? [];
        return run === undefined ? [] : [[op, { pass: Number(pass), run: Number(run) }] as const];
      }),
    );
  const page = operatorsPage({ meaning: counts(2), float: counts(3), int8: counts(4) }, trainedOperators());
  assert.equal(stored, page, 'run node --import tsx scripts/operators-page.ts');
});
