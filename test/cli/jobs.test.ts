import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findTool } from '../../src/targets/cortex-m/toolchain.ts';
import { tinyml } from './run.ts';
import { inFolder, smallData, smallModel, writeSmall } from './small.ts';

test('--jobs says how many compilers run at once', (t) => {
  const compiler = findTool('cc');
  if (compiler === null) return t.skip('cc is not installed');
  return inFolder(async (folder) => {
    await writeSmall(folder, {}, true);
    await tinyml(['deploy', 'model.int8.onnx', '-t', 'rp2040', '-o', 'firmware'], { cwd: folder });
    const overlap = join(folder, 'overlap');
    const wrapper = join(folder, 'compiler');
    const script = [
      '#!/bin/sh',
      `if mkdir '${folder}/busy'; then mine=1; else touch '${overlap}'; fi`,
      `'${compiler}' "$@"; status=$?`,
      'sleep 0.1',
      `test -z "$mine" || rmdir '${folder}/busy'`,
      'exit $status',
    ];
    writeFileSync(wrapper, `${script.join('\n')}\n`, { mode: 0o755 });
    for (const jobs of [1, 3]) {
      rmSync(overlap, { force: true });
      const { status, stderr } = await tinyml(
        ['verify', 'firmware', '--on', 'host', '-q', '-j', String(jobs)],
        {
          cwd: folder,
          env: { TINYML_CC: wrapper },
        },
      );
      assert.equal(status, 0, stderr);
      assert.equal(existsSync(overlap), jobs > 1, `compilers overlapped with --jobs ${jobs}`);
    }
  });
});

test('threads do not change what evaluate says', () =>
  inFolder(async (folder) => {
    const size = 64;
    writeFileSync(join(folder, 'model.onnx'), smallModel({ size, channels: 1 }));
    writeFileSync(join(folder, 'data.f32'), smallData(1200, size * size));
    const said = await Promise.all(
      ['1', '3'].map((jobs) =>
        tinyml(['evaluate', 'model.onnx', '-d', 'data.f32', '--json', '-j', jobs], { cwd: folder }),
      ),
    );
    for (const { status, stderr } of said) assert.equal(status, 0, stderr);
    const [one, three] = said.map(({ stdout }) => stdout) as [string, string];
    assert.equal(one, three.replace('--json -j 3"', '--json -j 1"'), 'more than the line that is quoted');
  }));
