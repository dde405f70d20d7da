import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inFolder } from '../../../cli/small.ts';
import { platformOf, writeBundle } from './bundles.ts';

test('shellcheck finds nothing in pass/build.sh, and run_pass.py is Python of every board', () =>
  inFolder(async (folder) => {
    assert.ok(existsSync('/usr/bin/shellcheck'), 'run scripts/install-system-packages.sh tests');
    await writeBundle(folder, platformOf('jetson-nano', { jetpack: '4.6' }));
    const checked = spawnSync('shellcheck', ['-x', 'build.sh'], {
      cwd: join(folder, 'pass'),
      encoding: 'utf8',
    });
    assert.equal(checked.status, 0, checked.stdout);
    for (const version of ['3, 6', '3, 12']) {
      const parse = `import ast; ast.parse(open('pass/run_pass.py').read(), feature_version=(${version}))`;
      const parsed = spawnSync('python3', ['-c', parse], { cwd: folder, encoding: 'utf8' });
      assert.equal(parsed.status, 0, parsed.stderr);
    }
  }));
