import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';

/** A copy of bin/ without a build beside it. */
const folder = mkdtempSync(join(tmpdir(), 'tinyml-bin-'));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'bin'));
const bin = join(folder, 'bin', 'tinyml.js');
copyFileSync(join(packageRoot(), 'bin', 'tinyml.js'), bin);
writeFileSync(join(folder, 'package.json'), '{"type":"module"}');

const run = (nodeVersion: string | null) => {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${nodeVersion}' } });`;
  const preload =
    nodeVersion === null ? [] : ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`];
  return spawnSync(process.execPath, [...preload, bin, '--version'], { encoding: 'utf8' });
};

for (const old of ['18.20.4', '20.18.3']) {
  test(`Node.js ${old} is refused with what to do`, () => {
    const { status, stdout, stderr } = run(old);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`needs Node\\.js 20\\.19 or newer, and this is ${old}`));
  });
}

for (const fit of ['20.19.0', '22.1.0', null]) {
  test(`Node.js ${fit ?? 'as it runs here'} is accepted, and a missing build is named`, () => {
    const { status, stderr } = run(fit);
    assert.equal(status, 2);
    assert.match(stderr, /has not been built[\s\S]*npm run build/);
  });
}
