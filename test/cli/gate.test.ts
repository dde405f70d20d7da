import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { graphBuilder } from '../../src/graph/build.ts';
import { decodeModel, encodeModel } from '../../src/onnx/codec.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { randomTensor } from '../passes/helpers.ts';
import { tinyml } from './run.ts';
import { inFolder } from './small.ts';

const CLIP = join(packageRoot(), 'fixtures', 'clips', 'moving-square.y4m');

/** Runs `tinyml gate backbone.onnx` with the bundled backbone. */
async function gate(folder: string, ...args: readonly string[]) {
  const from = join(packageRoot(), 'fixtures', 'clips', 'backbone.onnx');
  copyFileSync(from, join(folder, 'backbone.onnx'));
  const { status, stdout, stderr } = await tinyml(['gate', 'backbone.onnx', '--json', ...args], {
    cwd: folder,
  });
  return { status, stderr, result: stdout === '' ? null : JSON.parse(stdout) };
}

test('gate finds the threshold of the budget on clips, and writes a model that quantises', () =>
  inFolder(async (folder) => {
    const { status, stderr, result } = await gate(
      folder,
      '-o',
      'gated.onnx',
      '--data',
      CLIP,
      '--budget',
      '0.7',
    );
    assert.equal(status, 0, stderr);
    const [one] = result.gates;
    assert.ok(one.skip >= 0.7, `${one.skip} skipped`);
    assert.deepEqual([one.name, one.patch, result.mode, result.settings.keyFrame], ['gate0', 8, 'exact', 30]);
    const model = await loadModel(join(folder, 'gated.onnx'));
    assert.ok(model.nodes.every(({ op }) => !op.includes('::')));
    assert.ok(prepareGraph(model).nodes.some(({ op }) => op === 'tinyml::PatchGate'));

    const quantize = ['quantize', 'gated.onnx', '-o', 'int8.onnx', '-d', CLIP];
    const quantized = await tinyml(quantize, { cwd: folder });
    assert.equal(quantized.status, 0, quantized.stderr);
    const plan = await tinyml(['plan', 'int8.onnx', '-t', 'stm32h743', '--json'], { cwd: folder });
    assert.equal(plan.status, 0, plan.stderr);
    const { memory, layers } = JSON.parse(plan.stdout);
    assert.ok(memory.stateBytes >= one.cacheBytes, `${memory.stateBytes} bytes of state`);
    assert.ok(layers.some(({ kernel }: { kernel: string }) => kernel === 'conv2d_tiles_s8'));
  }));

test('gate writes the form with ids beside the model', () =>
  inFolder(async (folder) => {
    const args = ['-o', 'gated.onnx', '--ids-output', 'ids', '--threshold', '3'];
    const { status, stderr, result } = await gate(folder, ...args);
    assert.equal(status, 0, stderr);
    // The stage gives what the model gives: there is no rest.
    assert.deepEqual(result.ids, { folder: 'ids', files: ['gate.onnx', 'stage.onnx'] });
    const stage = await loadModel(join(folder, 'ids', 'stage.onnx'));
    assert.deepEqual(stage.inputs.find(({ name }) => name === 'ids')?.shape, ['K']);
    for (const [file, ...dims] of [['gate.onnx'], ['stage.onnx', '--dim', 'K=4']]) {
      const inspected = await tinyml(['inspect', join(folder, 'ids', file!), ...dims]);
      assert.equal(inspected.status, 0, inspected.stderr);
    }
    assert.equal((await gate(folder, ...args)).status, 0, 'it replaces its own folder');
    writeFileSync(join(folder, 'ids', 'notes.txt'), '');
    assert.equal((await gate(folder, ...args)).status, 2, 'but none that holds other files');
  }));

test('a file whose gates another tool rewrote is warned of', () =>
  inFolder(async (folder) => {
    assert.equal((await gate(folder, '-o', 'gated.onnx')).status, 0);
    const file = join(folder, 'gated.onnx');
    const inspect = async (): Promise<readonly { code: string; at: readonly string[] }[]> =>
      JSON.parse((await tinyml(['inspect', file, '--json'])).stdout).warnings;
    assert.deepEqual(await inspect(), []);
    const model = decodeModel(readFileSync(file));
    const nodes = model.graph!.node!.map((node) =>
      node.opType === 'Greater' ? { ...node, opType: 'Less' } : node,
    );
    writeFileSync(file, encodeModel({ ...model, graph: { ...model.graph!, node: nodes } }));
    const [warning] = await inspect();
    assert.equal(warning?.code, 'W_GATE');
    assert.deepEqual(warning.at, [
      'node "gate0/statistics" (tinyml::PatchStatistics)',
      'node "gate0/gate" (tinyml::PatchGate)',
    ]);
  }));

test('gate --plan shows patches and stages with their memory, and writes nothing', () =>
  inFolder(async (folder) => {
    const { status, stderr, result } = await gate(folder, '--plan', '--target', 'stm32h743');
    assert.equal(status, 0, stderr);
    assert.deepEqual([...new Set(result.choices.map(({ patch }: { patch: number }) => patch))], [4, 8, 16]);
    for (const { memory, cacheBytes, macs } of result.choices) {
      assert.ok(memory.fits && memory.stateBytes >= cacheBytes && memory.arenaBytes > memory.stateBytes);
      assert.ok(macs.block < macs.dense);
    }
    assert.ok(!existsSync(join(folder, 'gated.onnx')));
  }));

test('gate says what is wrong with layers, patches, memory and clips', () =>
  inFolder(async (folder) => {
    const refused = async (...args: readonly string[]): Promise<unknown> => {
      const { status, stderr } = await gate(folder, '-o', 'gated.onnx', ...args);
      assert.ok(!existsSync(join(folder, 'gated.onnx')));
      const { code, at } = JSON.parse(stderr.trim().split('\n').at(-1)!).error;
      return [status, code, at[0]];
    };
    assert.deepEqual(await refused('--layers', 'nothing'), [2, 'E_USAGE', '--layers nothing']);
    assert.deepEqual(await refused('--gate', 'random', '--threshold', '3'), [2, 'E_USAGE', '--threshold']);
    assert.deepEqual(await refused('--checkpoint', 'gate.ckpt'), [2, 'E_USAGE', '--checkpoint']);
    assert.deepEqual(await refused('--budget', '0.8'), [2, 'E_USAGE', '--budget']);
    // From 16 codes on changes of a patch are not told apart: nothing would ever be active.
    assert.deepEqual(await refused('--threshold', '16'), [2, 'E_USAGE', '--threshold']);
    assert.deepEqual(await refused('--patch', '7'), [2, 'E_PATCH', 'tensor "image"']);
    assert.deepEqual(await refused('--layers', 'pointwise2', '--patch', '4'), [
      2,
      'E_USAGE',
      'tensor "depthwise2.relu"',
    ]);
    assert.deepEqual(await refused('--data', CLIP, '--max-frames', '1'), [2, 'E_DATA', '--data']);
  }));

test('a model without frames, and a layer that reads none, are refused, also by --plan', () =>
  inFolder(async (folder) => {
    const write = (batch: number): string => {
      const b = graphBuilder('line');
      const x = b.input('x', [batch, 3, 64]);
      const weights = b.constant('w', randomTensor([4, 3, 3], 1));
      b.output(b.node('Conv', [x, weights], { name: 'c' }));
      const square = b.input('square', [batch, 3, 16, 16]);
      b.output(b.node('Relu', [square], { name: 'r' }));
      const path = join(folder, `line${batch}.onnx`);
      writeFileSync(path, exportModel(prepareGraph(b.model()), {}));
      return path;
    };
    for (const last of [['--plan'], ['-o', join(folder, 'gated.onnx'), '--data', CLIP]]) {
      const line = await tinyml(['gate', write(1), '--layers', 'c', ...last]);
      assert.equal(line.status, 2);
      assert.match(line.stderr, /E_PATCH.*layer "c" reads no feature map/);
      const batch = await tinyml(['gate', write(2), ...last]);
      assert.equal(batch.status, 2);
      assert.match(batch.stderr, /E_PATCH.*takes no frame/);
    }
  }));

test('gated and quantised models are refused', () =>
  inFolder(async (folder) => {
    assert.equal((await gate(folder, '-o', 'gated.onnx')).status, 0);
    const quantize = ['quantize', 'backbone.onnx', '-o', 'int8.onnx', '-d', CLIP];
    assert.equal((await tinyml(quantize, { cwd: folder })).status, 0);
    for (const [file, code] of [
      ['gated.onnx', 'E_PATCH'],
      ['int8.onnx', 'E_QUANT'],
    ] as const) {
      const { status, stderr } = await tinyml(['gate', file, '--plan', '--json'], { cwd: folder });
      assert.deepEqual([status, JSON.parse(stderr).error.code], [2, code]);
    }
  }));

test('without clips a code is one step of a pixel, as --preprocess makes it', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'pixels.json'), JSON.stringify({ scale: 1 / 255 }));
    const unitOf = async (...args: readonly string[]): Promise<number> => {
      const { status, stderr, result } = await gate(folder, '-o', 'gated.onnx', ...args);
      assert.equal(status, 0, stderr);
      return result.gates[0].unit;
    };
    assert.equal(await unitOf(), 1);
    assert.equal(await unitOf('--preprocess', 'pixels.json'), 1 / 255);
  }));

test('gate trains on clips, keeps a checkpoint, and goes on from it to the same file', () =>
  inFolder(async (folder) => {
    const args = ['--gate', 'micro', '--data', CLIP, '--budget', '0.6', '--epochs', '3'];
    const checkpoint = ['--checkpoint', 'gate.ckpt'];
    const whole = await gate(folder, '-o', 'a.onnx', ...args, ...checkpoint, '--log', 'log.jsonl');
    assert.equal(whole.status, 0, whole.stderr);
    const [{ training, skip, threshold }] = whole.result.gates;
    assert.equal(training.epochs.length, 3);
    assert.ok(skip >= 0.6 && threshold === null, `${skip} skipped`);
    const log = readFileSync(join(folder, 'log.jsonl'), 'utf8').trim().split('\n');
    assert.equal(log.length, training.steps + 3);
    // All is done: what is left is to write the gate.
    const again = await gate(folder, '-o', 'b.onnx', ...args, ...checkpoint, '--resume');
    assert.equal(again.status, 0, again.stderr);
    assert.deepEqual(again.result.gates, whole.result.gates);
    assert.ok(readFileSync(join(folder, 'a.onnx')).equals(readFileSync(join(folder, 'b.onnx'))));
    const other = await gate(folder, '-o', 'c.onnx', ...args, ...checkpoint, '--resume', '--margin', '1');
    assert.equal(other.status, 2);
    assert.match(other.stderr, /E_CHECKPOINT/);

    const quantized = await tinyml(['quantize', 'a.onnx', '-o', 'int8.onnx', '-d', CLIP], { cwd: folder });
    assert.equal(quantized.status, 0, quantized.stderr);
  }));

test('a rate that leaves a gate which tells nothing apart is warned of', () =>
  inFolder(async (folder) => {
    const args = ['--gate', 'micro', '--data', CLIP, '--budget', '0.6', '--epochs', '4', '-o', 'a.onnx'];
    const { result } = await gate(folder, ...args, '--lr', '10', '--preprocess', 'raw');
    assert.ok(result.gates[0].skip < 0.6);
    assert.deepEqual(
      result.warnings.map(({ code }: { code: string }) => code),
      ['W_SAMPLES'],
    );
  }));

test('gate says that gates which are trained need clips', () =>
  inFolder(async (folder) => {
    const { status, stderr } = await gate(folder, '-o', 'a.onnx', '--gate', 'micro');
    assert.notEqual(status, 0);
    assert.match(stderr, /E_USAGE.*needs clips/s);
  }));

test('gate fine-tunes the backbone behind the gate of the frame, and nothing without being told', () =>
  inFolder(async (folder) => {
    const args = ['--data', CLIP, '--threshold', '15'];
    const plain = await gate(folder, '-o', 'plain.onnx', ...args);
    assert.equal(plain.result.fineTuning, null);
    await gate(folder, '-o', 'none.onnx', ...args, '--fine-tune', '0');
    const bytesOf = (file: string): Buffer => readFileSync(join(folder, file));
    assert.ok(bytesOf('plain.onnx').equals(bytesOf('none.onnx')));
    const tuned = await gate(folder, '-o', 'tuned.onnx', ...args, '--fine-tune', '2');
    assert.equal(tuned.status, 0, tuned.stderr);
    const { before, after, written, epoch, trained, heldOut } = tuned.result.fineTuning;
    assert.deepEqual([written, trained, heldOut], [after < before, 13, 3]);
    assert.equal(epoch > 0, written);
    assert.equal(bytesOf('plain.onnx').equals(bytesOf('tuned.onnx')), !written);
    for (const wrong of [
      ['--mode', 'fast'],
      ['--layers', 'pointwise2', '--patch', '4'],
    ]) {
      const { status, stderr } = await gate(folder, '-o', 'x.onnx', ...args, ...wrong, '--fine-tune', '1');
      assert.equal(status, 2);
      assert.match(stderr, /E_USAGE.*--fine-tune/s);
    }
    assert.equal((await gate(folder, '-o', 'x.onnx', '--fine-tune', '1')).status, 2);
    const idle = await gate(folder, '-o', 'x.onnx', ...args, '--fine-tune-lr', '0.001');
    assert.equal(idle.status, 2);
    assert.match(idle.stderr, /E_USAGE.*--fine-tune-lr/s);
  }));
