import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { modelBytes, node, valueInfo } from '../onnx/models.ts';
import { ENGINE, layersText, profileText } from '../targets/tensorrt/board/exports.ts';
import { tinyml } from './run.ts';
import { FIXTURE, inFolder, writeSmall } from './small.ts';

const DATA = ['--data', join(FIXTURE, 'calibration-images-idx3-ubyte'), '-n', '32'];
const EVAL = join(FIXTURE, 'evaluation-images-idx3-ubyte');
const MODEL = join(FIXTURE, 'model.onnx');
const ORIN = ['--target', 'jetson-orin-nano', '--jetpack', '6.2'];

async function ok(args: readonly string[], cwd: string): Promise<string> {
  const { status, stdout, stderr } = await tinyml(args, { cwd });
  assert.equal(status, 0, stderr);
  return stdout;
}

async function refused(args: readonly string[], cwd: string, status = 2): Promise<string> {
  const outcome = await tinyml(args, { cwd });
  assert.equal(outcome.status, status, outcome.stdout);
  return outcome.stderr;
}

test('a float model goes to Q/DQ, through the lint, and into a bundle', () =>
  inFolder(async (folder) => {
    const quantize = ['quantize', MODEL, '-o', 'm.qdq.onnx', ...DATA, '--eval', EVAL, ...ORIN, '--json'];
    const quantized = JSON.parse(await ok(quantize, folder));
    assert.ok(quantized.accuracy.int8 >= quantized.accuracy.float - 0.01);
    const precisions = new Map(
      quantized.precisions.map(({ node, precision }: Record<string, string>) => [node, precision]),
    );
    assert.equal(precisions.get('pointwise3'), 'int8');
    assert.equal(precisions.get('dense'), 'fp16');
    assert.ok(quantized.layers.every(({ sqnrDb }: { sqnrDb: number }) => sqnrDb > 10));

    const evaluated = JSON.parse(
      await ok(['evaluate', 'm.qdq.onnx', '--data', EVAL, ...ORIN, '--json'], folder),
    );
    assert.equal(evaluated.accuracy.int8, quantized.accuracy.int8);

    const linted = JSON.parse(await ok(['lint', 'm.qdq.onnx', ...ORIN, '--json'], folder));
    assert.deepEqual(linted.counts, { error: 0, warning: 0, note: 0 });

    const inspected = JSON.parse(await ok(['inspect', 'm.qdq.onnx', ...ORIN, '--json'], folder));
    const layer = inspected.support.find(({ node }: { node: string }) => node === 'pointwise3');
    assert.equal(layer.precision, 'int8');
    assert.ok(inspected.integer.macs.share > 0.5 && inspected.integer.macs.share < 1);

    const deployed = JSON.parse(
      await ok(['deploy', 'm.qdq.onnx', '--float', MODEL, ...ORIN, '-o', 'bundle', '--json'], folder),
    );
    assert.deepEqual(
      [deployed.jetpack, deployed.tensorrt, deployed.precision, deployed.powerMode],
      ['6.2', '10.3.0', 'int8', '15W'],
    );
    assert.ok(deployed.files.includes('manifest.json') && deployed.files.includes('model.fp32.onnx'));
    assert.ok((statSync(join(folder, 'bundle', 'verify.sh')).mode & 0o100) !== 0);
    const manifest = JSON.parse(readFileSync(join(folder, 'bundle', 'manifest.json'), 'utf8'));
    assert.equal(manifest.kind, 'tensorrt');
    assert.match(await refused(['verify', 'bundle'], folder), /an engine runs on its board alone/);
    assert.match(
      await refused(['verify', 'bundle', '--results', 'bundle/manifest.json'], folder),
      /error\[E_BUNDLE\]/,
    );
    // With data, and over a bundle: nothing foreign is in the way.
    const again = JSON.parse(await ok(['deploy', MODEL, ...DATA, ...ORIN, '-o', 'bundle', '--json'], folder));
    assert.deepEqual(again.layers, deployed.layers);
  }));

test('a module without INT8 takes the float model, and says so of everything else', () =>
  inFolder(async (folder) => {
    const nano = ['--target', 'jetson-nano'];
    const deployed = JSON.parse(await ok(['deploy', MODEL, ...nano, '-o', 'bundle', '--json'], folder));
    assert.deepEqual([deployed.precision, deployed.layers.int8], ['fp16', 0]);
    const stderr = await refused(['quantize', MODEL, '-o', 'm.onnx', ...DATA, ...nano], folder);
    assert.match(stderr, /E_PROFILE.*has no INT8/);
    assert.match(stderr, /deploy --target jetson-nano/);
    assert.match(await refused(['deploy', MODEL, ...DATA, ...nano, '-o', 'b'], folder), /no INT8/);
    assert.match(
      await refused(['deploy', MODEL, ...nano, '--precision', 'int8', '-o', 'b'], folder),
      /--precision fp16/,
    );
  }));

test('what a Jetson does not do is said with what to do', () =>
  inFolder(async (folder) => {
    await writeSmall(folder, {}, true);
    const orin = ['--target', 'jetson-orin-nano'];
    assert.match(
      await refused(['deploy', 'model.onnx', ...orin, '-o', 'b'], folder),
      /E_QUANT.*calibration data/,
    );
    assert.match(await refused(['plan', 'model.onnx', ...orin], folder), /E_PROFILE.*plans the memory/);
    assert.match(
      await refused(['deploy', 'model.int8.onnx', ...orin, '-o', 'b'], folder),
      /E_QUANT.*would refuse the model/,
    );
    assert.match(await refused(['lint', 'model.int8.onnx', ...orin], folder, 1), /E_GATE/);
    assert.match(
      await refused(['lint', 'model.onnx', '--target', 'stm32h743'], folder),
      /no rules for files/,
    );
    assert.match(
      await refused(['lint', 'model.onnx', ...orin, '--fix'], folder),
      /--output <file> is missing/,
    );
    assert.match(
      await refused(
        ['deploy', 'model.int8.onnx', '--target', 'stm32h743', '--jetpack', '6.2', '-o', 'b'],
        folder,
      ),
      /E_USAGE.*stm32h743 has no such setting/,
    );
    assert.match(
      await refused(['deploy', 'model.int8.onnx', ...orin, '--data', 'data.f32', '-o', 'b'], folder),
      /quantised already/,
    );
  }));

test('lint --fix makes a file that the builder takes of one for microcontrollers', () =>
  inFolder(async (folder) => {
    await writeSmall(folder, { channels: 4 }, true);
    const args = [
      'lint',
      'model.int8.onnx',
      ...ORIN,
      '--fix',
      '-o',
      'fixed.onnx',
      '--sarif',
      'l.sarif',
      '--json',
    ];
    const { counts, changes, after } = JSON.parse(await ok(args, folder));
    assert.ok(counts.error > 0 && changes.length > 0);
    assert.equal(after.counts.error, 0);
    assert.equal(JSON.parse(readFileSync(join(folder, 'l.sarif'), 'utf8')).version, '2.1.0');
    assert.deepEqual(
      JSON.parse(await ok(['lint', 'fixed.onnx', ...ORIN, '--json'], folder)).counts,
      after.counts,
    );
  }));

test('deploy --data makes the firmware that quantize and deploy make', () =>
  inFolder(async (folder) => {
    await writeSmall(folder);
    const target = ['--target', 'stm32h743', '--name', 'some'];
    await ok(['quantize', 'model.onnx', '-o', 'q.onnx', '-d', 'data.f32', '-n', '4'], folder);
    await ok(['deploy', 'q.onnx', ...target, '-o', 'two'], folder);
    await ok(['deploy', 'model.onnx', '-d', 'data.f32', '-n', '4', ...target, '-o', 'one'], folder);
    const [one, two] = ['one', 'two'].map((name) =>
      readFileSync(join(folder, name, 'some_weights.c'), 'utf8'),
    );
    assert.equal(one, two);
  }));

test('gate takes a Jetson, whose memory is no limit', () =>
  inFolder(async (folder) => {
    const backbone = join(FIXTURE, '..', 'clips', 'backbone.onnx');
    const { status, stderr } = await tinyml(['gate', backbone, '--plan', '--target', 'jetson-orin-nano'], {
      cwd: folder,
    });
    assert.equal(status, 0, stderr);
    assert.match(stderr, /has plenty/);
  }));

test('inspect lists all that a release does not parse, with the first that does', () =>
  inFolder(async (folder) => {
    const model = modelBytes(14, {
      node: [
        { ...node('Trilu', ['x'], ['t'], { upper: 1 }), name: 'triangle' },
        { ...node('Hardmax', ['t'], ['h'], { axis: 1 }), name: 'hardest' },
        { ...node('HardSwish', ['h'], ['y']), name: 'act' },
      ],
      input: [valueInfo('x', [4, 4])],
      output: [valueInfo('y', null)],
    });
    writeFileSync(join(folder, 'odd.onnx'), model);
    const args = ['inspect', 'odd.onnx', '--target', 'jetson-nano'];
    const { status, stdout, stderr } = await tinyml(args, { cwd: folder });
    assert.equal(status, 2);
    assert.match(stdout, /act +HardSwish.*written as x \* HardSigmoid\(x\)/);
    assert.match(stderr, /does not parse 2 nodes/);
    assert.match(stderr, /"triangle" \(Trilu\).*TensorRT 8\.5 is the first/);
    assert.match(stderr, /"hardest" \(Hardmax\).*TensorRT 10\.3 is the first/);
    await ok(['inspect', 'odd.onnx', ...ORIN], folder);
  }));

test('report reads what trtexec exports, and writes a page', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'profile.json'), profileText(ENGINE));
    writeFileSync(join(folder, 'layers.json'), layersText(ENGINE));
    const args = ['report', MODEL, '--trt-profile', 'profile.json', '--layers', 'layers.json', ...ORIN];
    const text = await ok([...args, '--report', 'times.html'], folder);
    assert.match(text, /reformat +2 +0\.036 +40\.00 %/);
    assert.match(text, /what to do: /);
    const page = readFileSync(join(folder, 'times.html'), 'utf8');
    assert.match(page, /<h2>Slowest layers<\/h2>/);
    assert.match(page, /Reformatting CopyNode for Input Tensor 0 to pool1/);
    const json = JSON.parse(await ok([...args, '--json'], folder));
    assert.deepEqual([json.reformat.layers, json.outOfInt8.layers], [2, 3]);
    const other = ['report', '--trt-profile', 'profile.json', '--target', 'stm32h743'];
    assert.match(await refused(other, folder), /no profiler of stm32h743/);
    assert.match(await refused([...other.slice(0, 2), 'layers.json', ...ORIN], folder), /E_DATA/);
  }));

test('profiles tells of JetPacks, precisions and peaks', async () => {
  const text = await ok(['profiles', 'show', 'jetson-orin-nano'], '.');
  assert.match(text, /MAXN_SUPER\s+-\s+1020\s+33\.4\s+16\.7\s+6\.1/);
  assert.match(text, /6\.2\s+36\.4\.3 to 36\.5\s+10\.3\.0/);
  const { profiles } = JSON.parse(await ok(['profiles', '--json'], '.'));
  const nano = profiles.find(({ id }: { id: string }) => id === 'jetson-nano');
  assert.equal(nano.powerModes[0].int8OpsPerSecond, null);
  assert.ok(nano.powerModes[0].fp16OpsPerSecond > 4e11);
});
