import assert from 'node:assert/strict';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import { createExecutor } from '../../src/execute/float.ts';
import { diffNetwork, randomNetwork } from '../../src/gate/baselines.ts';
import { IDS_DIMENSION, IDS_INPUT, idsForm } from '../../src/gate/ids-form.ts';
import { insertGate } from '../../src/gate/insert.ts';
import { graphBuilder, ints } from '../../src/graph/build.ts';
import { elementCount } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { randomTensor } from '../passes/helpers.ts';
import { backbone, EXACT, FAST, FRAME, GRID, gated, runFloat, SETTINGS, scene } from './scenes.ts';

const PATCHES = GRID.rows * GRID.columns;
const FRAMES = scene(24);

const shapes = { [IDS_INPUT]: [IDS_DIMENSION] };
const open = (graph: Graph) =>
  ort.InferenceSession.create(exportModel(graph, { shapes }), { logSeverityLevel: 3 });

type Tensors = Readonly<Record<string, ort.Tensor>>;

const zerosOf = (graph: Graph, ties = graph.state): Tensors =>
  Object.fromEntries(
    ties.map(({ input }) => {
      const { shape } = graph.values.get(graph.inputs.find(({ name }) => name === input)!.value)!;
      return [input, new ort.Tensor('float32', new Float32Array(elementCount(shape)), shape)];
    }),
  );

const carried = (ties: Graph['state'], outputs: Tensors): Tensors =>
  Object.fromEntries(ties.map(({ input, output }) => [input, outputs[output]!]));

const idsTensor = (ids: readonly number[]) =>
  new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), [ids.length]);

/** Gate, stage and rest in ONNX Runtime over frames: the outputs of the model, and how many patches were computed. */
async function runForm(graph: Graph) {
  const form = idsForm(graph);
  const [gate, stage] = [await open(form.gate), await open(form.stage)];
  const rest = form.rest === null ? null : await open(form.rest);
  let [gateState, caches] = [zerosOf(form.gate), zerosOf(form.stage, form.caches)];
  const steps: { outputs: Tensors; computed: number }[] = [];
  const blendedName = form.stage.inputs[0]!.name;
  for (const frame of FRAMES) {
    const decided: Tensors = await gate.run({
      frame: new ort.Tensor('float32', frame.data as Float32Array, FRAME),
      ...gateState,
    });
    gateState = carried(form.gate.state, decided);
    const stale = Array.from(decided.stale!.data as Float32Array);
    const ids = stale.flatMap((one, id) => (one === 1 ? [id] : []));
    if (ids.length > 0) {
      const feeds = { [blendedName]: decided[blendedName]!, ids: idsTensor(ids), ...caches };
      caches = carried(form.caches, await stage.run(feeds));
    }
    const given = Object.fromEntries(form.caches.map(({ input, output }) => [output, caches[input]!]));
    const all: Tensors = { ...given, [blendedName]: decided[blendedName]! };
    const needed = rest?.inputNames.map((name) => [name, all[name]!] as const) ?? [];
    const results: Tensors = rest === null ? {} : await rest.run(Object.fromEntries(needed));
    steps.push({ outputs: { ...given, ...results }, computed: ids.length });
  }
  return steps;
}

async function assertSame(graph: Graph): Promise<readonly number[]> {
  const steps = await runForm(graph);
  let largest = 0;
  for (const [i, { outputs }] of runFloat(graph, FRAMES).entries()) {
    for (const [name, { data }] of outputs) {
      const other = steps[i]!.outputs[name]!.data as Float32Array;
      Array.from(data, Number).forEach((value, at) => {
        largest = Math.max(largest, Math.abs(value - other[at]!));
      });
    }
  }
  assert.ok(largest <= 1e-4, `off by ${largest}`);
  return steps.map(({ computed }) => computed);
}

test('gate, stage and rest in ONNX Runtime give over 24 frames what the gated model gives', async () => {
  const computed = await assertSame(gated(EXACT));
  assert.ok(computed.includes(PATCHES), 'whole frames');
  assert.ok(Math.min(...computed) < PATCHES, 'parts of frames');
});

test('with any choice of patches, too', async () => {
  const settings = { ...SETTINGS, maxAge: 0, keyFrame: 0, sceneCut: 2 };
  for (const skip of [0.96, 0.7]) await assertSame(gated(EXACT, randomNetwork(GRID, skip, 5), settings));
});

test('a stage that ends early leaves the others to the rest', async () => {
  const ends = { ends: ['sum'], kept: [] };
  const { stage, rest } = idsForm(gated(ends));
  assert.deepEqual(
    stage.outputs.map(({ name }) => name),
    ['first_relu', 'deep_relu'],
  );
  assert.ok(rest!.nodes.some(({ op }) => op === 'Add'));
  await assertSame(gated(ends));
});

test('every patch by itself, those at borders too, is what the dense model gives there', async () => {
  const { stage: graph, caches } = idsForm(gated(EXACT));
  const stage = await open(graph);
  const [frame] = FRAMES;
  const [expected] = createExecutor(backbone()).run([frame!]);
  const [, channels = 0, height = 0, width = 0] = expected!.shape;
  const blended = new ort.Tensor('float32', frame!.data as Float32Array, FRAME);
  for (let id = 0; id < PATCHES; id++) {
    // The same patch twice: lists of a fixed length repeat their last.
    const feeds = { [graph.inputs[0]!.name]: blended, ids: idsTensor([id, id]), ...zerosOf(graph, caches) };
    const outputs: Tensors = await stage.run(feeds);
    const map = outputs.map!.data as Float32Array;
    const [row, column] = [Math.floor(id / GRID.columns), id % GRID.columns];
    map.forEach((value, at) => {
      const [y, x] = [Math.floor(at / width) % height, at % width];
      const inside = Math.floor(y / 2) === row && Math.floor(x / 2) === column;
      const wanted = inside ? Number(expected!.data[at]) : 0;
      assert.ok(
        Math.abs(value - wanted) <= 1e-5,
        `patch ${id}, channel ${Math.floor(at / width / height)} of ${channels}, ${y}, ${x}`,
      );
    });
  }
});

test('the stage is opset 13, with any number of ids', () => {
  const model = importModel(exportModel(idsForm(gated(EXACT)).stage, { shapes }), { path: 'stage.onnx' });
  assert.equal(model.source.opset, 13);
  assert.deepEqual(model.inputs.find(({ name }) => name === 'ids')?.shape, ['K']);
  const operators = new Set(model.nodes.map(({ op }) => op));
  for (const op of ['Pad', 'Gather', 'Conv', 'ScatterElements']) assert.ok(operators.has(op), op);
  // Readable like any model: its outputs are results, what goes back in is said beside it.
  prepareGraph(model, { dims: { K: 3 } });
});

test('what has no form with ids is refused with its place', () => {
  assert.throws(() => idsForm(gated(FAST)), { code: 'E_OP', message: /one gate in exact mode/ });
  assert.throws(() => idsForm(backbone()), { code: 'E_OP', message: /one gate in exact mode/ });
  const b = graphBuilder('pooled');
  const x = b.input('frame', FRAME);
  const attributes = { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) };
  const conv = b.node('Conv', [x, b.constant('w', randomTensor([4, 3, 3, 3], 1))], {
    name: 'conv',
    attributes,
  });
  b.output(b.node('MaxPool', [conv], { name: 'pool', attributes }));
  const gate = { name: 'g', value: 'frame', network: diffNetwork(GRID, 3), settings: SETTINGS, ...EXACT };
  assert.throws(() => idsForm(insertGate(prepareGraph(b.model()), gate)), {
    code: 'E_OP',
    at: ['node "pool" (MaxPool)'],
  });
});
