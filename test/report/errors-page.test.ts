import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { errorsPage } from '../../src/report/errors-page.ts';

test('docs/errors.md lists the codes as they are', () => {
  const stored = readFileSync(join(packageRoot(), 'docs', 'errors.md'), 'utf8');
  assert.equal(stored, errorsPage(), 'run node --import tsx scripts/generate.ts');
});
