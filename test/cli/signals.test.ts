/** Signals at moments that matter: a command either stops and has changed nothing, or ends as a success. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { restoreOld } from '../../src/diagnostics/temporary-names.ts';
import { type Outcome, tinyml } from './run.ts';
import { filesIn, inFolder, writeSmall } from './small.ts';

const sources = import.meta.url.includes('/dist/test/') ? false : 'from sources there is one thread';

/** Before a file of this name is written, or before the n-th rename. */
type Moment = { readonly before: 'write' | 'rename'; readonly count?: number };

/** Sends `signals` at a moment of the command's work, which then does nothing but run in a circle for some time. */
function sending(
  signals: readonly string[],
  { before, count = 1 }: Moment,
  circleMs: number,
): readonly string[] {
  const script = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    import { isMainThread } from 'node:worker_threads';
    const { renameSync, writeFileSync } = fs;
    let left = ${count};
    const send = () => {
      if (--left !== 0) return;
      for (const signal of ${JSON.stringify(signals)}) process.kill(process.pid, signal);
      const end = Date.now() + ${circleMs};
      while (Date.now() < end);
    };
    if (!isMainThread) {
      fs.writeFileSync = (path, ...more) => {
        if (${before === 'write'} && String(path).endsWith('manifest.json')) send();
        return writeFileSync(path, ...more);
      };
      fs.renameSync = (...paths) => {
        if (${before === 'rename'}) send();
        return renameSync(...paths);
      };
      syncBuiltinESMExports();
    }`;
  return ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
}

const deploy = (name: string): readonly string[] => [
  ...['deploy', 'model.int8.onnx', '-t', 'rp2040', '-o', 'firmware', '--depfile', 'new/deep/x.d'],
  ...['--name', name, '--preprocess', 'raw'],
];

const hidden = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.startsWith('.'));

/** Runs `body` beside a bundle called `old`. */
const besideBundle = (body: (folder: string) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    await writeSmall(folder, {}, true);
    const old = deploy('old').filter((arg) => arg !== '--depfile' && arg !== 'new/deep/x.d');
    const { status, stderr } = await tinyml(old, { cwd: folder });
    assert.equal(status, 0, stderr);
    await body(folder);
  });

function assertStopped({ status, stdout, stderr }: Outcome): void {
  assert.equal(status, 130, stderr);
  assert.equal(stdout, '');
  assert.equal(stderr, 'error[E_INTERRUPTED]: stopped; nothing was left half-written\n');
}

const HOUR_MS = 3_600_000;

test('a signal before the outputs are in their places leaves everything as it was', { skip: sources }, () =>
  besideBundle(async (folder) => {
    const before = filesIn(folder);
    const names = readdirSync(folder).sort();
    for (const [signals, circleMs] of [
      [['SIGINT'], 100],
      [['SIGTERM'], HOUR_MS], // nothing turns the event loop of the command
      [['SIGHUP'], 0],
    ] as const) {
      const nodeOptions = sending(signals, { before: 'write' }, circleMs);
      assertStopped(await tinyml(deploy('fresh'), { cwd: folder, nodeOptions }));
      assert.deepEqual(readdirSync(folder).sort(), names, `${signals} left something behind`);
      assert.deepEqual(filesIn(folder), before, `${signals} changed a file`);
    }
  }),
);

test('a signal that comes later finds a success', { skip: sources }, () =>
  besideBundle(async (folder) => {
    for (const [name, count] of [
      ['first', 1],
      ['second', 2],
      ['third', 3],
    ] as const) {
      const nodeOptions = sending(['SIGINT', 'SIGTERM'], { before: 'rename', count }, 200);
      const { status, stdout, stderr } = await tinyml(deploy(name), { cwd: folder, nodeOptions });
      assert.equal(status, 0, stderr);
      assert.equal(stderr, '');
      assert.match(stdout, new RegExp(`symbols ${name}_\\*`));
      assert.ok(existsSync(join(folder, 'firmware', `${name}.c`)));
      assert.match(readFileSync(join(folder, 'new/deep/x.d'), 'utf8'), /^firmware\/manifest.json:/);
      assert.deepEqual(hidden(folder), []);
    }
  }),
);

test(
  'what a killed command left behind goes with the next one, and nothing else does',
  { skip: sources },
  () =>
    besideBundle(async (folder) => {
      const before = filesIn(folder);
      const killed = await tinyml(deploy('fresh'), {
        cwd: folder,
        nodeOptions: sending(['SIGKILL'], { before: 'write' }, HOUR_MS),
      });
      assert.equal(killed.signal, 'SIGKILL');
      assert.equal(hidden(folder).length, 1, 'this test must find something to clean up');
      assert.ok(
        readFileSync(join(folder, 'firmware', 'old.c')).equals(before.get(join('firmware', 'old.c'))!),
      );

      // Of a living process, of another machine, and of somebody who likes such names.
      const [stale] = hidden(folder) as [string];
      const others = [
        stale.replace(/-\d+-/, `-${process.pid}-`),
        stale.replace(/^.tinyml-[0-9a-f]{8}/, '.tinyml-00000000'),
        '.tinyml-notes',
      ];
      for (const name of others) mkdirSync(join(folder, name));
      const { status, stderr } = await tinyml(deploy('fresh'), { cwd: folder });
      assert.equal(status, 0, stderr);
      assert.deepEqual([...hidden(folder)].sort(), others.sort());
    }),
);

test('a bundle is not lost where a kill hits between its two renames', { skip: sources }, () =>
  besideBundle(async (folder) => {
    const before = filesIn(folder);
    await tinyml(deploy('fresh'), {
      cwd: folder,
      nodeOptions: sending(['SIGKILL'], { before: 'rename', count: 2 }, HOUR_MS),
    });
    assert.ok(!existsSync(join(folder, 'firmware')), 'the kill came at another moment');
    restoreOld(join(folder, 'firmware'));
    const main = join('firmware', 'old.c');
    assert.ok(readFileSync(join(folder, main)).equals(before.get(main)!));
    restoreOld(join(folder, 'firmware'));
    assert.equal((await tinyml(deploy('fresh'), { cwd: folder })).status, 0);
    assert.deepEqual(hidden(folder), []);
  }),
);

test('an output behind a link to nowhere is written where the link leads', () =>
  inFolder(async (folder) => {
    await writeSmall(folder);
    symlinkSync('behind.onnx', join(folder, 'link.onnx'));
    writeFileSync(join(folder, 'tinyml.json'), '{"calibration-size": 2}');
    const call = ['quantize', 'model.onnx', '-d', 'data.f32', '-o'];
    const { status, stderr } = await tinyml([...call, 'link.onnx'], { cwd: folder });
    assert.equal(status, 0, stderr);
    assert.ok(existsSync(join(folder, 'behind.onnx')));
    symlinkSync('circle', join(folder, 'circle'));
    const circle = await tinyml([...call, 'circle'], { cwd: folder });
    assert.equal(circle.status, 2);
    assert.match(circle.stderr, /E_WRITE.*circle/);
  }));
