import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import { loadModel } from '../../src/onnx/load.ts';
import { tinyml } from './run.ts';
import { inFolder, writeSmall } from './small.ts';

const TARGET = ['--target', 'onnxruntime-x64'];

test('quantize --target onnxruntime-x64 writes uint8 that means what the int8 file means', async () => {
  await inFolder(async (folder) => {
    await writeSmall(folder, {}, true);
    const quantize = ['quantize', 'model.onnx', '-d', 'data.f32', '-n', '2', ...TARGET];
    for (const io of ['int8', 'float']) {
      const { status, stderr } = await tinyml([...quantize, '-o', `${io}.onnx`, '--io', io], { cwd: folder });
      assert.equal(status, 0, stderr);
    }
    const model = await loadModel(join(folder, 'int8.onnx'));
    assert.equal(model.inputs[0]!.dtype, 'uint8', 'codes cross the border in the type of the target');
    assert.equal((await loadModel(join(folder, 'float.onnx'))).inputs[0]!.dtype, 'float32');

    const evaluate = async (file: string) =>
      JSON.parse((await tinyml(['plan', file, '-t', 'stm32h743', '--json'], { cwd: folder })).stdout).layers;
    assert.deepEqual(
      await evaluate('int8.onnx'),
      await evaluate('model.int8.onnx'),
      'the firmware is the same',
    );

    const codes = Int8Array.from({ length: 64 }, (_, i) => ((i * 37) % 256) - 128);
    const run = async (file: string, tensor: ort.Tensor): Promise<ArrayLike<number>> => {
      const session = await ort.InferenceSession.create(join(folder, file), { logSeverityLevel: 3 });
      const output = (await session.run({ [session.inputNames[0]!]: tensor }))[session.outputNames[0]!]!;
      return output.data as ArrayLike<number>;
    };
    const signed = await run('model.int8.onnx', new ort.Tensor('int8', codes, [1, 1, 8, 8]));
    const unsigned = await run(
      'int8.onnx',
      new ort.Tensor(
        'uint8',
        Uint8Array.from(codes, (code) => code + 128),
        [1, 1, 8, 8],
      ),
    );
    // The int8 file runs in float there: the last bit of a sum may round to the next code.
    Array.from(signed).forEach((code, i) => {
      assert.ok(
        Math.abs(unsigned[i]! - 128 - code) <= 1,
        `code ${i}: ${unsigned[i]} in uint8, ${code} in int8`,
      );
    });
  });
});

test('inspect --target onnxruntime-x64 counts what runs in integers and says why not', async () => {
  await inFolder(async (folder) => {
    await writeSmall(folder, {}, true);
    const inspect = async (file: string) => {
      const { status, stdout, stderr } = await tinyml(['inspect', file, ...TARGET, '--json'], {
        cwd: folder,
      });
      assert.equal(status, 0, stderr);
      return JSON.parse(stdout);
    };
    const float = await inspect('model.onnx');
    assert.deepEqual(float.integer.macs, { integer: 576, total: 576, share: 1 });
    const signed = await inspect('model.int8.onnx');
    assert.deepEqual(signed.integer.nodes, { integer: 0, total: 1, share: 0 });
    const [conv] = signed.support;
    assert.equal(conv.kind, 'float');
    assert.match(conv.why, /enters the model as int8/);
    const { stdout } = await tinyml(['inspect', 'model.int8.onnx', ...TARGET], { cwd: folder });
    assert.match(stdout, /FLOAT: "x" enters the model as int8/);
    assert.match(stdout, /MACs in integers +0 of 576 \(0\.00 %\)/);
  });
});

test('plan and deploy refuse a host', async () => {
  await inFolder(async (folder) => {
    await writeSmall(folder, {}, true);
    for (const command of [['plan'], ['deploy', '-o', 'out']]) {
      const { status, stderr } = await tinyml([...command, 'model.int8.onnx', ...TARGET], { cwd: folder });
      assert.equal(status, 2);
      assert.match(stderr, /^error\[E_PROFILE\]: onnxruntime-x64 is no microcontroller/);
    }
  });
});

test('a profile of a host that says nothing true of one is refused', async () => {
  await inFolder(async (folder) => {
    const { stdout } = await tinyml(['profiles', 'show', 'onnxruntime-x64', '--json']);
    const { profile } = JSON.parse(stdout);
    writeFileSync(join(folder, 'mine.json'), JSON.stringify({ ...profile, activations: 'int4' }));
    const { status, stderr } = await tinyml(['profiles', 'check', './mine.json'], { cwd: folder });
    assert.equal(status, 2);
    assert.match(stderr, /activations/);
  });
});
