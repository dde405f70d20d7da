/** docs/tutorial-fleet.md, as a reader follows it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readStatus } from '../../src/fleet/flower/status.ts';
import { packageRoot } from '../../src/package-root.ts';
import { inFolder } from '../cli/small.ts';

const root = packageRoot();
const flower = process.env.TINYML_TEST_FLOWER ?? join(root, '.flower');
const skip = existsSync(join(flower, 'bin', 'flower-superlink'))
  ? false
  : 'no Flower: sh scripts/python-packages.sh says why';

test('the tutorial of a fleet ends with devices that have learned together', { skip }, () =>
  inFolder(async (folder) => {
    for (const name of ['bin', 'dist', 'fixtures', 'native', 'node_modules', 'package.json', 'prebuilds'])
      symlinkSync(join(root, name), join(folder, name));
    for (const name of ['profiles', 'src', 'scripts']) symlinkSync(join(root, name), join(folder, name));
    symlinkSync(flower, join(folder, '.flower'));
    mkdirSync(join(folder, 'demo'));
    const tool = join(folder, 'tinyml');
    writeFileSync(tool, `#!/bin/sh\nexec "${process.execPath}" "${root}/bin/tinyml.js" "$@"\n`);
    chmodSync(tool, 0o755);
    const page = readFileSync(join(root, 'docs/tutorial-fleet.md'), 'utf8');
    const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, text]) => text!);
    assert.equal(blocks.length, 4);
    for (const text of blocks) {
      // What makes the environment has done so already, where this runs.
      if (text.includes('python-packages')) continue;
      const { status, stdout, stderr } = spawnSync('sh', ['-e', '-c', text], {
        cwd: folder,
        env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
        encoding: 'utf8',
      });
      assert.equal(status, 0, `${text}\n${stdout}\n${stderr}`);
    }
    const status = readStatus(join(folder, 'demo/fleet'));
    const said = ['server', 'one', 'two'].map((name) =>
      readFileSync(join(folder, `demo/${name}.txt`), 'utf8'),
    );
    assert.equal(status?.state, 'finished', said.join('\n'));
    assert.equal(status.rounds[0]!.correct, 113);
    assert.ok(status.final!.tested === 200 && status.final!.accuracy! > 0.7, JSON.stringify(status.final));
  }),
);
