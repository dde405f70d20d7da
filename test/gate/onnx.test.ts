import assert from 'node:assert/strict';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import { randomNetwork } from '../../src/gate/baselines.ts';
import { string } from '../../src/graph/build.ts';
import { statePairs } from '../../src/graph/state.ts';
import { elementCount } from '../../src/graph/tensor.ts';
import type { Graph, ImportedModel, Tensor } from '../../src/graph/types.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { EXACT_SUMS } from '../onnx/models.ts';
import { quantizeFromData } from './quantized.ts';
import { EXACT, FAST, FRAME, GRID, gated, type Mode, runFloat, SETTINGS, scene } from './scenes.ts';

const FRAMES = scene(24);

type Outputs = ReadonlyMap<string, ArrayLike<number>>;

/** A model with its state as inputs and outputs, in ONNX Runtime, over frames. */
async function runStateful(
  graph: Graph,
  bytes: Uint8Array,
  frames: readonly Tensor[],
): Promise<readonly Outputs[]> {
  const session = await ort.InferenceSession.create(bytes, {
    logSeverityLevel: 3,
    ...EXACT_SUMS,
  });
  const pairs = statePairs(graph);
  let state = new Map(
    pairs.map(({ input }) => {
      const { shape, quant } = graph.values.get(input.value)!;
      const size = elementCount(shape);
      const zero =
        input.dtype === 'int8'
          ? new ort.Tensor('int8', new Int8Array(size).fill(quant!.zeroPoint[0]!), shape)
          : new ort.Tensor('float32', new Float32Array(size), shape);
      return [input.name, zero as ort.Tensor];
    }),
  );
  const steps: Outputs[] = [];
  for (const frame of frames) {
    const feeds = { frame: new ort.Tensor(frame.dtype as 'float32', frame.data as Float32Array, FRAME) };
    const outputs = await session.run({ ...feeds, ...Object.fromEntries(state) });
    state = new Map(pairs.map(({ input, output }) => [input.name, outputs[output.name]!]));
    steps.push(new Map(Object.entries(outputs).map(([name, { data }]) => [name, data as ArrayLike<number>])));
  }
  await session.release();
  return steps;
}

const imported = (graph: Graph): ImportedModel => importModel(exportModel(graph), { path: 'gated.onnx' });

const MODES: readonly [string, Mode][] = [
  ['exact', EXACT],
  ['fast', FAST],
];

for (const [name, mode] of MODES) {
  test(`${name}: ONNX Runtime gives over 24 frames what the float executor gives`, async () => {
    const graph = gated(mode);
    const steps = await runStateful(graph, exportModel(graph), FRAMES);
    let largest = 0;
    for (const [i, { outputs }] of runFloat(graph, FRAMES).entries()) {
      for (const [output, { data }] of outputs) {
        const other = steps[i]!.get(output)!;
        Array.from(data, Number).forEach((value, at) => {
          largest = Math.max(largest, Math.abs(value - other[at]!));
        });
      }
    }
    assert.ok(largest <= 1e-4, `off by ${largest}`);
  });

  test(`${name}: written and read again it is the same graph`, () => {
    const graph = gated(mode);
    const model = imported(graph);
    assert.ok(
      model.nodes.every(({ op }) => !op.includes('::')),
      'only standard operators',
    );
    // Where an output of the model is blended, the value before is called otherwise in a file.
    const read = prepareGraph(model);
    assert.deepEqual(
      read.nodes.map(({ op, name }) => [op, name]),
      graph.nodes.map(({ op, name }) => [op, name]),
    );
    assertSameGraph(prepareGraph(imported(read)), read);
    if (mode === EXACT) assertSameGraph(read, graph);
  });

  test(`${name}: quantised, it runs in ONNX Runtime, and read again it is the same graph`, async () => {
    const graph = await quantizeFromData(gated(mode), FRAMES);
    const read = prepareGraph(imported(graph));
    assert.deepEqual(read.nodes.map(({ op }) => op).sort(), graph.nodes.map(({ op }) => op).sort());
    assert.deepEqual(read.values.get('gate0/mask'), graph.values.get('gate0/mask'));
    const steps = await runStateful(graph, exportModel(graph), FRAMES.map(codesOf(graph)));
    const expected = runQuantized(graph, FRAMES.map(codesOf(graph)));
    assert.deepEqual(runQuantized(read, FRAMES.map(codesOf(graph))), expected);
    for (const [i, outputs] of expected.entries()) {
      // Sums in another order may round to the next code.
      for (const [output, data] of outputs) {
        const other = steps[i]!.get(output)!;
        const most = Array.from(data).reduce((d, value, at) => Math.max(d, Math.abs(value - other[at]!)), 0);
        assert.ok(
          most <= (output.startsWith('gate0') ? 0 : 1),
          `frame ${i}, ${output}: off by ${most} codes`,
        );
      }
    }
  });
}

test('the random gate survives the way to ONNX and back', () => {
  const graph = gated(EXACT, randomNetwork(GRID, 0.5, 3), { ...SETTINGS, maxAge: 0 });
  assertSameGraph(prepareGraph(imported(graph)), graph);
});

test('what another tool changed stays as it is', () => {
  const model = imported(gated(EXACT));
  const changed: ImportedModel = {
    ...model,
    nodes: model.nodes.map((node) =>
      node.op === 'Resize'
        ? { ...node, attributes: { ...node.attributes, nearest_mode: string('ceil') } }
        : node,
    ),
  };
  const graph = prepareGraph(changed);
  assert.ok(graph.nodes.some(({ op }) => op === 'Resize'));
  assert.ok(!graph.nodes.some(({ op }) => op === 'tinyml::PatchGate'));
  assert.ok(
    graph.nodes.some(({ op }) => op === 'tinyml::PatchStatistics'),
    'the others collapse',
  );
});

const withMetadata = (text: string): ImportedModel =>
  importModel(exportModel(gated(EXACT), { metadata: { 'tinyml.gates': text } }), { path: 'gated.onnx' });

test('metadata that nobody can read is an error with its place', () => {
  const [one] = imported(gated(EXACT)).collapsed.map(({ name, inputs, outputs }) => ({
    name,
    op: 'PatchStatistics',
    inputs,
    outputs,
    attributes: {},
  }));
  const texts = ['[{"name": 3}]', '{}', 'no JSON', JSON.stringify(new Array(1025).fill(one))];
  for (const text of texts) {
    assert.throws(
      () => withMetadata(text),
      { code: 'E_ONNX_INVALID', at: ['metadata "tinyml.gates"', 'gated.onnx'] },
      text,
    );
  }
});

test('metadata that is not true of the nodes changes nothing', () => {
  const gates = JSON.parse(
    JSON.stringify(
      imported(gated(EXACT)).collapsed.map(({ attributes, op, ...node }) => ({
        ...node,
        op: op.slice('tinyml::'.length),
        attributes: Object.fromEntries(Object.entries(attributes).map(([key, { value }]) => [key, value])),
      })),
    ),
  );
  const statistics = gates.find(({ op }: { op: string }) => op === 'PatchStatistics');
  const gate = gates.find(({ op }: { op: string }) => op === 'PatchGate');
  const lies = [
    { ...statistics, attributes: { ...statistics.attributes, patch: 8 } },
    { ...statistics, attributes: { ...statistics.attributes, unit: 1 } },
    { ...statistics, attributes: { ...statistics.attributes, patch: -1 } },
    { ...statistics, inputs: ['frame', 'frame'] },
    { ...statistics, inputs: [] },
    { ...statistics, outputs: ['gate0/scores'] },
    { ...gate, outputs: [] },
    { ...gate, outputs: ['gate0/blended', '', '', ''] },
    { ...gate, outputs: ['gate0/blended', 'new', 'new', 'new'] },
    { ...gate, attributes: { ...gate.attributes, key_frame: 8 } },
    { ...gate, attributes: { ...gate.attributes, dense_above: -1 } },
    { ...gate, attributes: { ...gate.attributes, dense_above: ['1'] } },
    { ...gate, attributes: { ...gate.attributes, ends: 1 } },
    { ...gate, name: 'another' },
  ];
  for (const lie of lies) {
    const graph = prepareGraph(withMetadata(JSON.stringify([lie])));
    assert.ok(!graph.nodes.some(({ op }) => op.startsWith('tinyml::')), JSON.stringify(lie));
  }
});

/** Nodes may come in another order. */
function assertSameGraph(actual: Graph, expected: Graph): void {
  const parts = (graph: Graph) => ({
    inputs: graph.inputs,
    outputs: graph.outputs,
    state: graph.state,
    nodes: new Map(graph.nodes.map((node) => [node.name, node])),
    values: new Map([...graph.values].sort(byName)),
    constants: new Map([...graph.constants].sort(byName)),
  });
  assert.deepEqual(parts(actual), parts(expected));
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

function codesOf(graph: Graph): (frame: Tensor) => Tensor {
  const quant = graph.values.get('frame')!.quant!;
  return ({ shape, data }) => ({
    dtype: 'int8',
    shape,
    data: Int8Array.from(data as Float32Array, (x) =>
      Math.max(-128, Math.min(127, Math.round(x / quant.scale[0]!) + quant.zeroPoint[0]!)),
    ),
  });
}

function runQuantized(graph: Graph, frames: readonly Tensor[]): readonly Outputs[] {
  const executor = createExecutor(graph);
  const pairs = statePairs(graph);
  const first = (name: string): Tensor => {
    const { shape, quant } = graph.values.get(name)!;
    return { dtype: 'int8', shape, data: new Int8Array(elementCount(shape)).fill(quant!.zeroPoint[0]!) };
  };
  let state = new Map(pairs.map(({ input }) => [input.name, first(input.value)]));
  return frames.map((frame) => {
    const outputs = executor.run(graph.inputs.map(({ name }) => state.get(name) ?? frame));
    const named = new Map(outputs.map((tensor, i) => [graph.outputs[i]!.name, tensor]));
    state = new Map(pairs.map(({ input, output }) => [input.name, named.get(output.name)!]));
    return new Map([...named].map(([name, { data }]) => [name, data as Int8Array]));
  });
}
