import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { TinymlError } from '../../../../src/diagnostics/errors.ts';
import { graphBuilder } from '../../../../src/graph/build.ts';
import { floatTensor } from '../../../../src/graph/tensor.ts';
import { loadModel } from '../../../../src/onnx/load.ts';
import { packageRoot } from '../../../../src/package-root.ts';
import { resolveModel } from '../../../../src/passes/resolve.ts';
import { loadProfile } from '../../../../src/profiles/load.ts';
import type { JetsonProfile } from '../../../../src/profiles/types.ts';
import type { TimeReport } from '../../../../src/targets/target.ts';
import { kindOf, precisionOf } from '../../../../src/targets/tensorrt/board/layer-kinds.ts';
import { timeReport } from '../../../../src/targets/tensorrt/board/time-report.ts';
import {
  readInferences,
  readLayerInfo,
  readLayerTimes,
} from '../../../../src/targets/tensorrt/board/trt-profile.ts';
import { resolvePlatform } from '../../../../src/targets/tensorrt/release/platform.ts';
import { ENGINE, layersText, profileText, timesText } from './exports.ts';

const folder = mkdtempSync(join(tmpdir(), 'tinyml-times-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const platform = resolvePlatform(loadProfile('jetson-orin-nano') as JetsonProfile, {
  jetpack: '6.2',
  powerMode: '15W',
});
const model = resolveModel(await loadModel(join(packageRoot(), 'fixtures', 'fashion-mnist', 'model.onnx')));

function file(text: string): string {
  const path = join(folder, 'export.json');
  writeFileSync(path, text);
  return path;
}

function reportOf(
  engine = ENGINE,
  withLayers = true,
  inferences: Parameters<typeof timesText>[0] = [],
): TimeReport {
  const times = readLayerTimes(file(profileText(engine)));
  const info = withLayers ? readLayerInfo(file(layersText(engine))) : [];
  const runs = inferences.length === 0 ? [] : readInferences(file(timesText(inferences)));
  return timeReport({ ...times, info, inferences: runs }, model, platform);
}

const messages = ({ findings }: TimeReport): string => findings.map(({ message }) => message).join('\n');

test('the time of an engine by layer, kind and precision', () => {
  const report = reportOf();
  assert.equal(report.runs, 100);
  assert.ok(Math.abs(report.totalMs - 0.09) < 1e-9);
  assert.deepEqual(
    report.layers.map(({ ms }) => ms),
    [0.03, 0.02, 0.015, 0.01, 0.006, 0.005, 0.004],
  );
  assert.ok(Math.abs(report.layers.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
  assert.deepEqual(
    report.kinds.map(({ label, layers }) => [label, layers]),
    [
      ['reformat', 2],
      ['convolution', 2],
      ['fused (Myelin)', 1],
      ['Q or DQ alone', 1],
      ['pooling', 1],
    ],
  );
  assert.ok(Math.abs(report.reformat.share - 0.4) < 1e-9);
  assert.deepEqual(
    report.precisions.map(({ label, layers }) => [label, layers]),
    [
      ['fp16', 4],
      ['fp32', 1],
      ['int8', 2],
    ],
  );
  assert.equal(report.outOfInt8?.layers, 3);
});

test('layers are those of the model by their names and metadata, and stand against what the module can do', () => {
  const layer = (name: RegExp) => reportOf().layers.find((one) => name.test(one.name))!;
  const conv = layer(/^depthwise2/);
  assert.deepEqual(conv.nodes, ['depthwise2', 'depthwise2.relu']);
  assert.equal(conv.macs, 16 * 14 * 14 * 9);
  // The bound is that of memory: 16 channels of 14x14 read, written as many, and 144 weights with 16 biases, a byte each.
  assert.ok(Math.abs(conv.leastMs! - (1000 * (2 * 16 * 14 * 14 + 160)) / 102.4e9) < 1e-9);
  assert.deepEqual(layer(/^__myl/).nodes, ['pointwise2', 'pointwise2.relu']);
  assert.equal(layer(/^conv1/).leastMs, null); // in FP32, of which no peak is kept
  assert.equal(layer(/^Reformatting.*pool1/).macs, null);
});

test('where operations take longer than bytes, they are the least that a layer takes', () => {
  const b = graphBuilder('wide');
  const weights = b.constant('w', floatTensor([256, 256, 3, 3], new Float32Array(256 * 256 * 9)));
  const pads = { pads: { kind: 'ints', value: [1, 1, 1, 1] } } as const;
  b.output(
    b.node('Conv', [b.input('x', [1, 256, 16, 16]), weights], {
      name: 'wide',
      shape: [1, 256, 16, 16],
      attributes: pads,
    }),
  );
  const engine = [{ name: 'wide', ms: 0.1, type: 'CaskConvolution', input: 'Int8' }];
  const times = readLayerTimes(file(profileText(engine)));
  const info = readLayerInfo(file(layersText(engine)));
  const [layer] = timeReport({ ...times, info, inferences: [] }, b.build(), platform).layers;
  assert.equal(layer!.macs, 256 * 256 * 9 * 256);
  // Orin Nano at 15 W: 8 multiprocessors, 4,096 operations a clock each, 624.75 MHz.
  assert.ok(Math.abs(layer!.leastMs! - (1000 * 2 * layer!.macs!) / (8 * 4096 * 624.75e6)) < 1e-9);
});

test('what stands out is told with what to do', () => {
  const found = messages(reportOf());
  assert.match(found, /2 reformat layers take 40\.00 % of the time/);
  assert.match(found, /3 layers of this int8 engine are not in int8 and take 44\.44 %/);
  assert.match(found, /convolutions or matrix products that are computed in FP32: 1/);
  assert.match(found, /1 Q or DQ went into no layer/);
  assert.match(found, /take more than 10 times what the module needs/);
  for (const { remedy } of reportOf().findings) assert.ok(remedy.length > 20);
  assert.match(messages(reportOf(ENGINE, false)), /precisions of layers are not known/);
  const half = ENGINE.map(({ input: _, output: __, ...rest }) => ({ ...rest, input: 'Half' }));
  assert.match(messages(reportOf(half)), /no layer of the engine is in int8/);
  const good = [{ name: 'depthwise2', ms: 0.001, type: 'CaskConvolution', input: 'Int8' }];
  assert.doesNotMatch(messages(reportOf(good)), /reformat|not in int8|FP32|into no layer/);
});

test('whole inferences tell of a host that is too slow, and of clocks that are free', () => {
  const steady = Array.from({ length: 200 }, () => ({ enqueue: 0.1, compute: 0.5 }));
  const { inferences, findings } = reportOf(ENGINE, true, steady);
  assert.deepEqual(
    [inferences?.count, inferences?.computeMs, inferences?.p99Ms],
    [200, 0.5, inferences?.latencyMs],
  );
  assert.ok(Math.abs(inferences!.enqueueMs - 0.1) < 1e-9);
  assert.doesNotMatch(findings.map(({ message }) => message).join(), /host|vary/);
  const slow = steady.map(({ compute }) => ({ enqueue: 0.7, compute }));
  assert.match(messages(reportOf(ENGINE, true, slow)), /the host takes longer to enqueue/);
  const uneven = steady.map((one, i) => (i < 5 ? { ...one, compute: 2 } : one));
  assert.match(messages(reportOf(ENGINE, true, uneven)), /times vary: the 99th percentile is 2\.020 ms/);
});

test('exports of all releases are read: no median before 8.5, names that are no JSON, separators, one name twice', () => {
  const strange = [
    { name: 'a "b" \\c', ms: 1 },
    { name: 'a\u001eb', ms: 2 },
  ];
  assert.deepEqual(readLayerTimes(file(profileText(strange, false))).layers, [
    { name: 'a "b" \\c', ms: 1 },
    { name: 'a b', ms: 2 },
  ]);
  const twice = [
    { name: 'same', ms: 1, type: 'CaskConvolution', input: 'Int8' },
    { name: 'same', ms: 2, type: 'CaskPooling', input: 'Half' },
  ];
  assert.deepEqual(
    reportOf(twice).layers.map(({ kind, precision }) => [kind, precision]),
    [
      ['pooling', 'fp16'],
      ['convolution', 'int8'],
    ],
  );
  // Without detailed verbosity layers are names alone.
  assert.deepEqual(readLayerInfo(file('{"Layers": ["a", "b"], "Bindings": []}')), []);
});

test('formats of tensors, as releases write them', () => {
  const precision = (format: string) => precisionOf({ Name: 'x', Inputs: [{ 'Format/Datatype': format }] });
  assert.equal(precision('Row major linear FP32'), 'fp32');
  assert.equal(precision('Channel major FP16 format where channel % 4 == 0'), 'fp16');
  assert.equal(precision('Half'), 'fp16');
  assert.equal(precision('Float'), 'fp32');
  assert.equal(precision('BFloat16'), 'bf16');
  assert.equal(precision('N/A due to dynamic shapes'), null);
  assert.equal(kindOf('Reformatting CopyNode for Input Tensor 0 to conv', undefined), 'reformat');
  assert.equal(kindOf('PWN(sigmoid, mul)', undefined), 'pointwise');
  assert.equal(kindOf('{ForeignNode[a...b]}', undefined), 'fused (Myelin)');
  assert.equal(kindOf('w + QuantizeLinear_3 + conv', undefined), 'other');
});

test('files that are something else are refused with the option that writes them', () => {
  const refused = (text: string, read: (path: string) => unknown): TinymlError => {
    try {
      read(file(text));
    } catch (error) {
      assert.ok(error instanceof TinymlError);
      assert.equal(error.code, 'E_DATA');
      return error;
    }
    throw new Error(`read: ${text}`);
  };
  assert.match(refused('{"Layers": []}', readLayerTimes).hint!, /--exportProfile/);
  assert.match(refused('[\n  { "count" : 100 }\n, { "name" : "cut', readLayerTimes).message, /no JSON/);
  refused('[]', readLayerTimes);
  refused('[{"count": 1}]', readLayerTimes);
  refused('[{"count": 1}, {"name": "x", "averageMs": -1, "timeMs": 1}]', readLayerTimes);
  refused('[]', readLayerInfo);
  refused('[{"computeMs": 1}]', readInferences);
});
