/** --state, --no-state and --sequence: what is tied, what is said, and what is refused. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { tinyml } from './run.ts';
import { inFolder } from './small.ts';

const MODEL = join(packageRoot(), 'fixtures', 'streaming', 'model.onnx');
const DATA = join(packageRoot(), 'fixtures', 'streaming', 'sequences.npz');

test('inspect shows what is tied; --state says it all, --no-state nothing', async () => {
  const tied = async (...flags: readonly string[]) => {
    const { status, stdout, stderr } = await tinyml(['inspect', MODEL, '--json', ...flags]);
    assert.equal(status, 0, stderr);
    const { state } = JSON.parse(stdout) as { state: readonly { input: string; output: string }[] };
    return [state.map(({ input, output }) => `${input}=${output}`).join(), stderr.startsWith('state: ')];
  };
  assert.deepEqual(await tied(), ['ring_in=ring_out,past_deep=present_deep,h=hn', true]);
  assert.deepEqual(await tied('--state', 'h=hn'), ['h=hn', false]);
  assert.deepEqual(await tied('--no-state'), ['', false]);
});

test('a tie that cannot be is refused with those that can', async () => {
  for (const [flags, message] of [
    [['--state', 'g=hn'], /no input "g"/],
    [['--state', 'h=ring_out'], /"ring_out" is float32 1x4x2, "h" float32 1x6/],
    [['--state', 'h=hn', '--state', 'h=hn'], /input "h" is tied twice|output "hn" is tied twice/],
    [['--state', 'h'], /takes input=output/],
    [['--state', 'h=hn', '--no-state'], /exclude each other/],
  ] as const) {
    const { status, stderr } = await tinyml(['inspect', MODEL, ...flags]);
    assert.equal(status, 2, stderr);
    assert.match(stderr, message);
    assert.match(stderr, /E_USAGE/);
  }
});

test('without state the model stays one of four inputs, whatever the names, down to the firmware', () =>
  inFolder(async (folder) => {
    const data = await tinyml(['quantize', MODEL, '-o', join(folder, 'm.onnx'), '-d', DATA, '--no-state']);
    assert.equal(data.status, 2);
    assert.match(data.stderr, /x0/); // four inputs need four arrays
    const kept = await tinyml(['quantize', MODEL, '-o', join(folder, 'm.onnx'), '-d', DATA, '-q']);
    assert.equal(kept.status, 0, kept.stderr);
    const planned = async (...flags: readonly string[]): Promise<number> => {
      const { stdout } = await tinyml([
        'plan',
        join(folder, 'm.onnx'),
        '-t',
        'stm32f411',
        '--json',
        ...flags,
      ]);
      return JSON.parse(stdout).memory.stateBytes;
    };
    assert.equal(await planned(), 28);
    assert.equal(await planned('--no-state'), 0);
    assert.equal(await planned('--state', 'h=hn'), 8);
  }));

test('sequences of the data are not cut; others are', async () => {
  const { status, stderr } = await tinyml(['evaluate', MODEL, '-d', DATA, '--sequence', '5']);
  assert.equal(status, 2);
  assert.match(stderr, /sequences of their own/);
  const apart = await tinyml(['evaluate', MODEL, '-d', DATA, '--no-state', '--sequence', '5']);
  assert.equal(apart.status, 2);
  assert.match(apart.stderr, /no state: its samples are no sequences/);
});

test('the errors of layers are measured on the frames of a sequence, not on its first alone', () =>
  inFolder(async (folder) => {
    const args = ['quantize', MODEL, '-o', join(folder, 'm.onnx'), '-d', DATA, '-n', '1', '--json'];
    const { status, stdout, stderr } = await tinyml(args);
    assert.equal(status, 0, stderr);
    const { layers } = JSON.parse(stdout) as { layers: readonly { name: string; sqnrDb: number | null }[] };
    const state = layers.find(({ name }) => name === 'h')!;
    assert.notEqual(state.sqnrDb, null, 'in the first frame the state is zero, and exact');
  }));
