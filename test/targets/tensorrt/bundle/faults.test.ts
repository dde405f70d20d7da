/** What goes wrong on a rehearsed board, and what is said of it there and at the desk. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { verifyResults } from '../../../../src/targets/tensorrt/board/results.ts';
import { bundleFiles } from '../../../../src/targets/tensorrt/bundle/index.ts';
import { failure } from '../../../failure.ts';
import { withBoard } from './board.ts';
import { platformOf, smallInput } from './small-input.ts';

const ORIN_NANO = platformOf('jetson-orin-nano', { jetpack: '6.2' });
const INPUT = await smallInput(ORIN_NANO);

/** With one golden case: each is a process. */
const SMALL_BUNDLE = bundleFiles({ ...INPUT, golden: INPUT.golden.slice(-1) });

const NO_LIMIT = { maxLatencyMs: null };

test('a wrong output is found on the board and at the desk, which names output and element', async () => {
  await withBoard(bundleFiles(INPUT), ORIN_NANO, (board) => {
    const verified = board.run(['./verify.sh'], { FAKE_OFFSET: '0.25' });
    assert.equal(verified.status, 1, verified.stderr);
    assert.match(verified.stdout, /WRONG zeros 'scores': 1 of 10 elements are further off/);
    const { code, at } = failure(() =>
      verifyResults(board.folder, join(board.folder, 'build/results.json'), NO_LIMIT),
    );
    assert.equal(code, 'E_MISMATCH');
    assert.equal(at.length, 3);
    assert.match(at[0]!, /"zeros", output "scores": element 9 is .* 1 of 10 elements are/);
  });
});

test('an output that is no number is wrong', async () => {
  await withBoard(SMALL_BUNDLE, ORIN_NANO, (board) => {
    assert.equal(board.run(['./verify.sh'], { FAKE_OFFSET: 'NaN' }).status, 1);
    const { code, at } = failure(() =>
      verifyResults(board.folder, join(board.folder, 'build/results.json'), NO_LIMIT),
    );
    assert.equal(code, 'E_MISMATCH');
    assert.match(at[0]!, /element 9 is no finite number/);
  });
});

test('a second build does nothing; a changed model, or --again, builds', async () => {
  await withBoard(SMALL_BUNDLE, ORIN_NANO, (board) => {
    assert.match(board.run(['./build.sh']).stdout, /built build\/small.engine/);
    assert.match(board.run(['./build.sh']).stdout, /up to date/);
    assert.equal(board.calls().length, 1);
    assert.equal(board.run(['./build.sh', '--again']).status, 0);
    writeFileSync(join(board.folder, 'build/small.engine'), 'changed');
    assert.equal(board.run(['./build.sh']).status, 0);
    assert.equal(board.calls().length, 3);
    const records = readFileSync(join(board.folder, 'build/builds.jsonl'), 'utf8').trim().split('\n');
    const { trtexec, powerMode, l4t, forced } = JSON.parse(records.at(-1)!) as Record<string, unknown>;
    assert.deepEqual([records.length, trtexec, powerMode, forced], [3, 100300, 'OTHER', false]);
    assert.equal(l4t, 'R36 (release), REVISION: 4.3');
  });
});

test('another release, another module and a damaged file are refused; --force goes on', async () => {
  await withBoard(SMALL_BUNDLE, ORIN_NANO, (board) => {
    const newer = board.run(['./build.sh'], { FAKE_VERSION: '101602' });
    assert.equal(newer.status, 2);
    assert.match(newer.stderr, /for TensorRT 10\.3\.0 of JetPack 6\.[12]; trtexec here is of version 101602/);
    const tree = join(board.root, 'proc/device-tree/compatible');
    writeFileSync(tree, 'nvidia,p3701-0005\0');
    const other = board.run(['./build.sh']);
    assert.equal(other.status, 2);
    assert.match(other.stderr, /this bundle is for Jetson Orin Nano .*nvidia,p3701-0005/);
    assert.equal(board.run(['./build.sh', '--force']).status, 0);
    assert.equal(board.run(['./verify.sh', '--force']).status, 0);
    const read = verifyResults(board.folder, join(board.folder, 'build/results.json'), NO_LIMIT);
    assert.match(read.notes[0]!, /the board is no Jetson Orin Nano/);
    appendFileSync(join(board.folder, 'model.onnx'), 'x');
    const damaged = board.run(['./build.sh', '--force']);
    assert.equal(damaged.status, 2);
    assert.match(damaged.stderr, /model\.onnx: FAILED[\s\S]*missing or were changed/);
  });
});

test('a build that is killed, or runs out of memory, leaves no engine and says what helps', async () => {
  await withBoard(SMALL_BUNDLE, ORIN_NANO, (board) => {
    for (const fault of ['killed', 'memory']) {
      const { status, stderr } = board.run(['./build.sh'], { FAKE_FAULT: fault });
      assert.equal(status, 2);
      assert.match(stderr, /ran out of memory[\s\S]*hint: add swap/);
      assert.equal(existsSync(join(board.folder, 'build/small.engine')), false);
    }
  });
});

test('power modes go by name, and one that needs a reboot is not taken for set', async () => {
  await withBoard(SMALL_BUNDLE, ORIN_NANO, (board) => {
    const unknown = board.run(['./verify.sh', '--mode', '99W']);
    assert.equal(unknown.status, 2);
    assert.match(unknown.stderr, /no power mode 99W\nhint: it has: OTHER MODE_15W MODE_REBOOT/);
    const reboot = board.run(['./verify.sh', '--mode', 'REBOOT']);
    assert.equal(reboot.status, 2);
    assert.match(
      reboot.stderr,
      /does not change to REBOOT without a reboot\nhint: set it with: sudo nvpmodel -m 2/,
    );
    assert.equal(board.run(['./verify.sh', '--free-clocks']).status, 0);
    assert.equal(
      board.settings().some((line) => line.startsWith('jetson_clocks')),
      false,
    );
    const read = verifyResults(board.folder, join(board.folder, 'build/results.json'), NO_LIMIT);
    assert.deepEqual(read.notes, [
      'the clocks were free: times vary',
      'measured in power mode OTHER, the bundle is for 15W',
    ]);
  });
});

test('power mode and clocks are given back where measuring fails', async () => {
  await withBoard(SMALL_BUNDLE, ORIN_NANO, (board) => {
    const { status, stderr } = board.run(['./verify.sh'], { FAKE_FAULT: 'measure' });
    assert.equal(status, 2);
    assert.match(stderr, /Cuda failure: 719[\s\S]*the engine could not be measured/);
    assert.deepEqual(board.settings().slice(-2), ['jetson_clocks --restore', 'nvpmodel -m 0']);
    assert.equal(existsSync(join(board.folder, 'build/results.json')), false);
  });
});

test('nothing but trtexec and Python is needed', async () => {
  const without = ['nvpmodel', 'jetson_clocks'];
  await withBoard(
    SMALL_BUNDLE,
    ORIN_NANO,
    (board) => {
      const { status, stderr } = board.run(['./verify.sh']);
      assert.equal(status, 0);
      assert.match(stderr, /nvpmodel or jetson_clocks are not here/);
    },
    { without },
  );
});

test('spaces, quotes and what a shell would run in paths and names are text', async () => {
  const platform = platformOf('jetson-orin-nano', { jetpack: '6.2', precision: 'fp16' });
  const names = {
    input: 'a$(touch x)":`touch x`\n\\',
    output: 'b$(touch x)"\'\n`',
    layer: 'c$(touch x)"\'\n,*',
  };
  const input = await smallInput(platform, names);
  await withBoard(
    bundleFiles({ ...input, golden: input.golden.slice(-1) }),
    platform,
    (board) => {
      const { status, stderr, stdout } = board.run(['./verify.sh']);
      assert.equal(status, 0, stderr + stdout);
      assert.equal(existsSync(join(board.folder, 'x')), false);
      const read = verifyResults(board.folder, join(board.folder, 'build/results.json'), NO_LIMIT);
      assert.equal(read.golden[0]!.output, names.output);
    },
    { place: 'a $(touch x) "b" \'c\' `d`' },
  );
});
