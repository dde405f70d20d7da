/** What docs/jetson-bundle.md says, done: a bundle is deployed, built and verified on a rehearsed board, and its results are read back. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { withBoard } from '../targets/tensorrt/bundle/board.ts';
import { platformOf } from '../targets/tensorrt/bundle/small-input.ts';
import { filesIn } from './files-in.ts';
import { tinyml } from './run.ts';
import { inFolder } from './small.ts';
import { words } from './words.ts';

const DOCS = readFileSync(join(packageRoot(), 'docs', 'jetson-bundle.md'), 'utf8');

test('docs/jetson-bundle.md: the three steps, with good and with wrong outputs', () =>
  inFolder(async (folder) => {
    const blocks = [...DOCS.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1]!.trim());
    const [deploy, onBoard, verify] = blocks.map((block) =>
      block.replaceAll('demo/', `${folder}/`).split('\n'),
    );
    const deployed = await tinyml(words(deploy![0]!).slice(1));
    assert.equal(deployed.status, 0, deployed.stderr);
    const platform = platformOf('jetson-orin-nano', { jetpack: '6.2' });
    await withBoard(filesIn(join(folder, 'clothes')), platform, async (board) => {
      for (const line of onBoard!) {
        const { status, stderr, stdout } = board.run(words(line));
        assert.equal(status, 0, stderr + stdout);
      }
      const results = join(board.folder, 'build', 'results.json');
      const args = verify![0]!.replace(join(folder, 'results.json'), results);
      const good = await tinyml(words(args).slice(1));
      assert.equal(good.status, 0, good.stderr);
      assert.match(good.stdout, /golden outputs are within tolerance/);
      const slow = await tinyml([...words(args).slice(1), '--max-latency', '1.4']);
      assert.equal(slow.status, 1);
      assert.match(slow.stderr, /error\[E_GATE\]: one inference takes 1.5 ms/);
      const unmeasured = await tinyml([...words(args).slice(1), '--max-ram', '1K']);
      assert.equal(unmeasured.status, 2);
      assert.match(unmeasured.stderr, /error\[E_USAGE\]: --max-ram cannot be checked/);
      const layers = await tinyml([...words(args).slice(1), '--layers']);
      assert.equal(layers.status, 2);
      assert.match(layers.stderr, /error\[E_USAGE\]: results of a board are of whole inferences/);
      assert.equal(board.run(['./verify.sh'], { FAKE_OFFSET: '1' }).status, 1);
      const wrong = await tinyml(words(args).slice(1));
      assert.equal(wrong.status, 1);
      assert.match(wrong.stderr, /error\[E_MISMATCH\]: \d of \d golden outputs are out of tolerance/);
    });
  }));

test('deploying again gives the same bytes in the place of a bundle that was built, and leaves files of others alone', () =>
  inFolder(async (folder) => {
    const place = join(folder, 'bundle');
    const model = join(packageRoot(), 'fixtures/fashion-mnist/model.onnx');
    const args = ['deploy', model, '--target', 'jetson-nano', '--jetpack', '4.6', '-o', place];
    assert.equal((await tinyml(args)).status, 0);
    const first = filesIn(place);
    assert.equal(first.has('calibration.cache'), false);
    mkdirSync(join(place, 'build'));
    writeFileSync(join(place, 'build', 'model.engine'), 'an engine');
    assert.equal((await tinyml(args)).status, 0);
    for (const [path, bytes] of first) assert.deepEqual(readFileSync(join(place, path)), bytes);
    writeFileSync(join(place, 'notes.txt'), 'mine');
    const refused = await tinyml(args);
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /notes\.txt/);
  }));

test('names that are none for a file, and precisions of layers where nothing is quantised, are refused', () =>
  inFolder(async (folder) => {
    const place = join(folder, 'bundle');
    const model = join(packageRoot(), 'fixtures/fashion-mnist/model.onnx');
    const deploy = (...more: readonly string[]) =>
      tinyml(['deploy', model, '--target', 'jetson-orin-nano', '-o', place, ...more]);
    for (const name of ['../../model', 'a\nb', '$(id)', '-x', '']) {
      const { status, stderr } = await deploy('--precision', 'fp16', '--name', name);
      assert.equal(status, 2);
      assert.match(stderr, /error\[E_USAGE\]: .*\n {2}at: --name/);
    }
    const idle = await deploy('--precision', 'fp16', '--per-layer-precision', 'int8');
    assert.equal(idle.status, 2);
    assert.match(idle.stderr, /error\[E_USAGE\]: without --data nothing is quantised/);
    const data = join(packageRoot(), 'fixtures/fashion-mnist/calibration-images-idx3-ubyte');
    const other = await deploy(
      ...['--target', 'stm32h743', '--data', data, '-n', '1', '--per-layer-precision', 'int8'],
    );
    assert.equal(other.status, 2);
    assert.match(other.stderr, /error\[E_USAGE\]: every layer is quantised for this target/);
    assert.equal(existsSync(place), false);
  }));

test('a bundle whose manifest is damaged is refused for that', () =>
  inFolder(async (folder) => {
    const results = join(folder, 'results.json');
    writeFileSync(results, '{}');
    for (const [manifest, code] of [
      ['', 'E_BUNDLE'],
      ['{"kind":"tensorrt"', 'E_BUNDLE'],
      ['{"kind":"constructor"}', 'E_USAGE'],
    ] as const) {
      writeFileSync(join(folder, 'manifest.json'), manifest);
      const { status, stderr } = await tinyml(['verify', folder, '--results', results]);
      assert.equal(status, 2);
      assert.match(stderr, new RegExp(`error\\[${code}\\]`), manifest);
    }
  }));

test('the state of a float model is carried over without calibration too, and that of a quantised one with its float form', () =>
  inFolder(async (folder) => {
    const fixture = (name: string): string => join(packageRoot(), 'fixtures/streaming', name);
    const target = ['--target', 'jetson-orin-nano', '--jetpack', '6.2'];
    const run = async (...args: readonly string[]): Promise<void> => {
      const { status, stderr } = await tinyml([...args, ...target]);
      assert.equal(status, 0, stderr);
    };
    const ties = (bundle: string): readonly (string | null)[] =>
      JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8')).inputs.map(
        ({ tied }: { readonly tied: string | null }) => tied,
      );
    const [quantized, half, whole] = ['q.onnx', 'half', 'whole'].map((name) => join(folder, name));
    await run('deploy', fixture('model.onnx'), '--precision', 'fp16', '-o', half!);
    assert.deepEqual(ties(half!), [null, 'ring_out', 'present_deep', 'hn']);
    const data = ['--data', fixture('sequences.npz'), '-n', '2', '--per-layer-precision', 'int8'];
    await run('quantize', fixture('model.onnx'), ...data, '-o', quantized!);
    await run('deploy', quantized!, '--float', fixture('model.onnx'), '-o', whole!);
    assert.deepEqual(ties(whole!), [null, 'ring_out', 'present_deep', 'hn']);
  }));
