/** `analyze` and `fit`: what a model needs, what of it cannot run, and what would make it fit. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LEAST_STACK_BYTES } from '../../src/targets/cortex-m/fit.ts';
import { floats, modelBytes, node, valueInfo } from '../onnx/models.ts';
import { tinyml } from './run.ts';
import { inFolder, writeSmall } from './small.ts';

/** Without a compiler nothing is built, which takes seconds. */
const UNBUILT = { env: { TINYML_ARM_CC: '/nowhere/arm-none-eabi-gcc' } };

test('a float model needs what its quantised file needs, and says that it is assumed', () =>
  inFolder(async (folder) => {
    await writeSmall(folder, { channels: 8 }, true);
    const analyzed = async (name: string) => {
      const args = ['analyze', name, '--target', 'nrf52840', '--json'];
      const { status, stdout, stderr } = await tinyml(args, { cwd: folder, ...UNBUILT });
      assert.equal(status, 0, stderr);
      return JSON.parse(stdout);
    };
    const [float, int8] = [await analyzed('model.onnx'), await analyzed('model.int8.onnx')];
    assert.deepEqual([float.assumed, int8.assumed], [true, false]);
    const said = (key: string, result: object): string =>
      // A file of Q/DQ pairs has another name for its output.
      JSON.stringify(result[key as never]).replaceAll('"y_QuantizeLinear_Input"', '"y"');
    for (const key of ['macs', 'unsupported', 'targets', 'layers'])
      assert.equal(said(key, float), said(key, int8), key);
    const [target] = int8.targets;
    assert.ok(target.fits && target.estimate.instructions > int8.macs);
    assert.ok(
      target.estimate.ms.low < target.estimate.ms.likely &&
        target.estimate.ms.likely < target.estimate.ms.high,
    );
    const shares = int8.layers.map(({ share }: { share: number }) => share);
    assert.ok(Math.abs(shares.reduce((sum: number, share: number) => sum + share, 0) - 1) < 1e-9);
    assert.equal(int8.layers.filter(({ peak }: { peak: boolean }) => peak).length, 1);

    const plan = await tinyml(['plan', 'model.onnx', '-t', 'nrf52840', '--json'], {
      cwd: folder,
      ...UNBUILT,
    });
    const { assumed, memory, flash, estimate } = JSON.parse(plan.stdout);
    assert.equal(assumed, true);
    assert.deepEqual(
      { memory, flash, estimate },
      (({ memory, flash, estimate }) => ({ memory, flash, estimate }))(float.targets[0]),
    );
    const slow = await tinyml(['plan', 'model.onnx', '-t', 'nrf52840', '--max-latency', '0.001'], {
      cwd: folder,
      ...UNBUILT,
    });
    assert.equal(slow.status, 1);
    assert.match(slow.stdout, /^model +in float: judged as if it were quantised/m);
    assert.match(
      slow.stderr,
      /error\[E_GATE\]: the longest time of an inference is [\d.]+ ms, and must be at most 0.001 ms/,
    );
  }));

/** A convolution, and behind it three operators without a form in integers. */
function unsupportedModel(): Uint8Array {
  return modelBytes(13, {
    node: [
      { ...node('Conv', ['x', 'w'], ['c']), name: 'conv' },
      { ...node('Pow', ['c', 'c'], ['p']), name: 'power' },
      { ...node('Pow', ['c', 'p'], ['m']), name: 'tower' },
      { ...node('IsNaN', ['m'], ['y']), name: 'undefined' },
    ],
    initializer: [floats('w', [2, 2, 1, 1], [1, 2, 3, 4])],
    input: [valueInfo('x', [1, 2, 4, 4])],
    output: [valueInfo('y', null)],
  });
}

test('all that cannot run is named at once, each node with its way out', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'model.onnx'), unsupportedModel());
    const { status, stdout } = await tinyml(['analyze', 'model.onnx', '--json'], { cwd: folder });
    assert.equal(status, 2);
    const { unsupported } = JSON.parse(stdout) as {
      unsupported: { node: string; why: string; wayOut: string }[];
    };
    assert.deepEqual(
      unsupported.map((one) => one.node),
      ['power', 'tower', 'undefined'],
    );
    for (const { why, wayOut } of unsupported)
      assert.ok(why.length > 5 && wayOut?.length > 10, `${why}: ${wayOut}`);
    const fit = await tinyml(['fit', 'model.onnx'], { cwd: folder });
    assert.equal(fit.status, 2);
    for (const name of ['power', 'tower', 'undefined'])
      assert.match(fit.stderr, new RegExp(`node "${name}"`));
  }));

test('of a target that plans itself analyze says what runs, and refuses limits', () =>
  inFolder(async (folder) => {
    await writeSmall(folder);
    const jetson = ['analyze', 'model.onnx', '--target', 'jetson-orin-nano'];
    const { status, stdout, stderr } = await tinyml([...jetson, '--json'], { cwd: folder });
    assert.equal(status, 0, stderr);
    const { integer, targets } = JSON.parse(stdout);
    assert.equal(integer.macs.total, 9 * 64);
    assert.equal(targets, undefined);
    const refused = await tinyml([...jetson, '--max-latency', '5'], { cwd: folder });
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /error\[E_PROFILE\]: jetson-orin-nano plans memory and time itself/);
  }));

type Row = {
  target: string;
  fits: boolean;
  misses: { kind: string; by: number; limit: number }[];
  change: string | null;
};

/** A network that takes images of any size: convolution, mean over the image, layer of classes. */
function poolingModel(size: number): Uint8Array {
  const weights = (name: string, shape: readonly number[]): ReturnType<typeof floats> =>
    floats(
      name,
      shape,
      Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => (i % 7) - 3),
    );
  return modelBytes(13, {
    node: [
      { ...node('Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }), name: 'conv' },
      node('GlobalAveragePool', ['c'], ['g']),
      node('Flatten', ['g'], ['f']),
      node('Gemm', ['f', 'v'], ['y']),
    ],
    initializer: [weights('w', [8, 1, 3, 3]), weights('v', [8, 3])],
    input: [valueInfo('x', [1, 1, size, size])],
    output: [valueInfo('y', null)],
  });
}

test('of parts that miss the same RAM those that also miss flash are farther', () =>
  inFolder(async (folder) => {
    const model = modelBytes(17, {
      node: [node('Gemm', ['x', 'w'], ['y'])],
      initializer: [
        floats(
          'w',
          [400, 600],
          Array.from({ length: 240_000 }, (_, i) => Math.sin(i)),
        ),
      ],
      input: [valueInfo('x', [1, 400])],
      output: [valueInfo('y', null)],
    });
    writeFileSync(join(folder, 'model.onnx'), model);
    const { status, stderr } = await tinyml(['fit', 'model.onnx', '--max-ram', '256'], {
      cwd: folder,
      ...UNBUILT,
    });
    assert.equal(status, 1);
    // Of all parts the one with the least RAM, and it alone, has too little flash as well.
    assert.match(stderr, /at: (?!stm32l072)\S+: RAM \+[\d.]+ (KiB|B)\n/);
    assert.doesNotMatch(stderr, /flash/);
  }));

test('fit says by how much parts are missed, and the cheapest change that was planned and fits', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'model.onnx'), poolingModel(64));
    const { status, stdout, stderr } = await tinyml(['fit', 'model.onnx', '--json'], {
      cwd: folder,
      ...UNBUILT,
    });
    assert.equal(status, 0, stderr);
    const { targets, changes } = JSON.parse(stdout) as {
      targets: Row[];
      changes: { id: string; fits: string[] }[];
    };
    // The input lies under the output, but for a row and what is widened of it at a time.
    const arena = 64 * 64 * 8 + 216;
    const small = targets.find(({ target }) => target === 'samd21g18')!;
    assert.deepEqual(small.misses, [
      { kind: 'RAM', by: arena + LEAST_STACK_BYTES - 32 * 1024, limit: 32 * 1024 },
    ]);
    assert.equal(small.change, 'optimise-ram', 'rows at a time');
    assert.ok(changes.find(({ id }) => id === 'input-48x48')!.fits.includes('samd21g18'));
    assert.equal(targets.find(({ target }) => target === 'stm32l072')!.change, 'optimise-ram');
    assert.ok(targets.find(({ target }) => target === 'nrf52840')!.fits);

    const none = await tinyml(['fit', 'model.onnx', '--max-ram', '1K'], { cwd: folder, ...UNBUILT });
    assert.equal(none.status, 1);
    assert.match(none.stderr, /error\[E_MEMORY\]: the model fits none of the \d+ parts/);
    assert.match(
      none.stderr,
      /hint: none of the changes that were tried makes it fit: .*; the form of the fewest bytes is rows, .*: an arena of [\d,]+ B/,
    );
    assert.doesNotMatch(none.stdout, /change, cheapest first/, 'changes that help no part');
    const text = await tinyml(['fit', 'model.onnx'], { cwd: folder, ...UNBUILT });
    const listed = text.stdout.slice(text.stdout.indexOf('change, cheapest first'));
    assert.match(listed, /an input of 48x48/);
    assert.doesNotMatch(listed, /--kernels cmsis-nn/, 'no part fits with it that did not without');
    assert.match(text.stdout, /^fits +\d+ of \d+; the least RAM of these have [\w-]+, [\w-]+ and [\w-]+$/m);
  }));
