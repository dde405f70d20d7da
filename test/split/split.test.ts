/** Graphs in two: what the parts give together, where a graph has no such place, and the encoder behind a head. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openImages, readModel } from '../../fixtures/fashion-mnist/accuracy.ts';
import { FOLDER } from '../../fixtures/fashion-mnist/images.ts';
import { fitToBudget } from '../../src/codec/budget.ts';
import { encoderProgram, withEncoder } from '../../src/codec/program.ts';
import { createDecoder, createEncoder } from '../../src/codec/run.ts';
import { mostBytes } from '../../src/codec/tables.ts';
import { createRunner } from '../../src/engine/index.ts';
import { prepareFloat } from '../../src/execute/predict.ts';
import { cutGraph } from '../../src/graph/cut.ts';
import { lower } from '../../src/lower/lower.ts';
import { planMemory } from '../../src/program/plan.ts';
import { sampleEncoder } from '../../src/program/sample.ts';
import type { ProgramArray } from '../../src/program/types.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { cutsOf } from '../../src/split/cuts.ts';
import { featuresOf, tailData } from '../../src/split/features.ts';
import { channelWeights } from '../../src/split/weights.ts';
import { board, buildHarness, onlyWith, runBuilt } from '../native/harness.ts';

const float = await readModel('model.onnx');
const calibration = await openImages(join(FOLDER, 'calibration-images-idx3-ubyte'));
const first = Array.from({ length: 60 }, (_, i) => i * 8);
const { graph: quantised } = await quantizeGraph(float, () => calibration.samples(first));
const cuts = cutsOf(float, quantised);
const FLOAT_BYTES = 4 * 16 * 14 * 14;
const POOL = cuts.find(({ value }) => value === 'pool1')!;
const features = await featuresOf(POOL.head, calibration.samples(first));

test('the bundled network can be cut behind every layer', () => {
  assert.deepEqual(
    cuts.map(({ value, shape }) => `${value} ${shape.slice(1).join('x')}`),
    [
      ...['conv1.relu 16x28x28', 'pool1 16x14x14', 'depthwise2.relu 16x14x14', 'pointwise2.relu 32x14x14'],
      ...['pool2 32x7x7', 'depthwise3.relu 32x7x7', 'pointwise3.relu 64x7x7'],
    ],
  );
});

test('head and tail together are the whole', async () => {
  for (const value of ['pool1', 'pool2', 'flatten']) {
    const { head, tail } = cutGraph(float, value)!;
    const [whole, start, rest] = [prepareFloat(float), prepareFloat(head), prepareFloat(tail)];
    for await (const sample of calibration.samples([0, 100, 200])) {
      const [middle] = start.run([sample]);
      const [end] = rest.run([{ ...sample, inputs: [middle!.slice()] }]);
      const [wanted] = whole.run([sample]);
      // Layers that were one kernel may be two: equal but for the rounding of sums.
      end!.forEach((value, i) => {
        assert.ok(Math.abs(value - wanted![i]!) <= 1e-5, `${value} for ${wanted![i]}`);
      });
    }
  }
  for (const value of ['image', 'probabilities', 'no such value']) assert.equal(cutGraph(float, value), null);
});

const weights = await channelWeights(POOL.tail, features);
const { scale, zeroPoint } = features;
const fitted = fitToBudget(
  features,
  { value: 'pool1', scale, zeroPoint, weights },
  4 * 16 * 14 * 14 * (1 / 32),
)!;

test('weights are 1 on the mean', () => {
  assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) / 16 - 1) < 1e-9);
  assert.ok(weights.every((weight) => weight > 0));
});

test('data of a tail have the real values of the codes, in ONNX order', async () => {
  const data = tailData('x', features);
  const [code] = [features.codes[3]![5 * 16 + 2]!];
  const batch = new Float32Array(2 * 3136);
  const labels = new Int32Array(2);
  data.fill([0, 3], batch, labels);
  assert.equal(batch[3136 + 2 * 196 + 5], Math.fround(scale * (code - zeroPoint)));
  assert.deepEqual([...labels], [features.labels[0], features.labels[3]]);
  for await (const sample of data.samples([3])) assert.deepEqual(sample.inputs[0], batch.slice(3136));
});

test('a head that ends in the encoder gives the stream of its map', async () => {
  const program = withEncoder(lower(POOL.head), fitted.codec, mostBytes(fitted.codec));
  const run = createRunner(
    program,
    planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } }),
  );
  const encode = createEncoder(fitted.codec);
  const decode = createDecoder(fitted.codec);
  const take = sampleEncoder(program);
  let i = 0;
  for await (const { inputs } of calibration.samples(first.slice(0, 5))) {
    const [bytes, count] = run(take(inputs)) as [Uint8Array, Int32Array];
    const stream = encode(features.codes[i]!);
    assert.deepEqual({ bytes: bytes.slice(0, count[0]), isWhole: count[1] === 1 }, stream);
    assert.equal(decode(stream).length, features.codes[i]!.length);
    i++;
  }
});

/** Instructions a value on Cortex-M4, at most, by how much smaller than float32 messages are. */
const MOST_INSTRUCTIONS = { 32: 14, 100: 8 } as const;

for (const [ratio, most] of Object.entries(MOST_INSTRUCTIONS)) {
  test(`an encoder of ${ratio}x takes at most ${most} instructions a value on Cortex-M4`, async (t) => {
    const { codec } = fitToBudget(
      features,
      { value: 'pool1', scale, zeroPoint, weights },
      FLOAT_BYTES / Number(ratio),
    )!;
    const program = encoderProgram(codec, mostBytes(codec));
    const [step] = program.steps;
    const dataOf = (id: number): ProgramArray => {
      const { storage } = program.tensors[id]!;
      assert.ok(storage.kind === 'constant');
      return storage.data;
    };
    const work = mkdtempSync(join(tmpdir(), 'tinyml-split-'));
    t.after(() => rmSync(work, { recursive: true, force: true }));
    const [place, sources] = onlyWith(board('m4', ['-DTINYML_COSTS']), ['encode_stripes_s8']);
    const folder = await buildHarness(place, work, undefined, sources);
    const calls = features.codes.slice(0, 10).map((map) => ({
      step: step!,
      operands: {
        inputs: [map],
        constants: step!.constants.map(dataOf),
        outputs: [new Uint8Array(mostBytes(codec)), new Int32Array(2)],
      },
      ...{ alias: -1, distance: null, updates: [], misalignment: 0 },
    }));
    const costs = await runBuilt(place, calls, folder);
    const perValue = calls.map((_, i) => costs.readUInt32LE(4 * i) / (FLOAT_BYTES / 4));
    const groups = codec.groups.map(
      ({ channels, side }) => `${channels.length} channels, squares of ${side}`,
    );
    t.diagnostic(`${Math.max(...perValue).toFixed(2)} a value: ${groups.join('; ')}`);
    assert.ok(Math.max(...perValue) <= most, `${perValue}`);
  });
}
