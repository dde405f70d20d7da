import assert from 'node:assert/strict';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import { elementCount } from '../../../../src/graph/tensor.ts';
import type { Graph, Tensor } from '../../../../src/graph/types.ts';
import { exportModel } from '../../../../src/onnx/export.ts';
import {
  BLENDED,
  IDS,
  type PassParts,
  passParts,
} from '../../../../src/targets/tensorrt/bundle/pass/parts.ts';
import { FRAME, GRID, scene } from '../../../gate/scenes.ts';
import { GATED, modelFor, platformOf } from './bundles.ts';

const PATCHES = GRID.rows * GRID.columns;
const FRAMES = scene(12);
const FLOAT = platformOf('jetson-nano', {});
const INT8 = platformOf('jetson-orin-nano', { jetpack: '6.2' });

const open = (graph: Graph) =>
  ort.InferenceSession.create(exportModel(graph, { shapes: { [IDS]: ['K'] } }), { logSeverityLevel: 3 });

const real = ({ data, shape }: Pick<Tensor, 'data' | 'shape'>) =>
  new ort.Tensor('float32', data as Float32Array, shape);

/** The caches after a frame by the stage with all patches listed, and by the dense network. */
async function wholeFrame({ stage, dense, caches }: PassParts, frame: Tensor) {
  const zeros = caches.map(({ input }) => {
    const { shape } = stage.values.get(stage.inputs.find(({ name }) => name === input)!.value)!;
    return [input, real({ shape, data: new Float32Array(elementCount(shape)) })] as const;
  });
  const ids = new ort.Tensor(
    'int64',
    BigInt64Array.from({ length: PATCHES }, (_, i) => BigInt(i)),
    [PATCHES],
  );
  const listed = await (await open(stage)).run({
    [BLENDED]: real(frame),
    [IDS]: ids,
    ...Object.fromEntries(zeros),
  });
  const whole = await (await open(dense)).run({ [BLENDED]: real(frame) });
  return caches.map(
    ({ output }) => [listed[output]!.data, whole[output]!.data] as [Float32Array, Float32Array],
  );
}

test('with all patches listed the stage gives the bits of the dense network', async () => {
  const parts = passParts(GATED, await modelFor(GATED, FLOAT));
  assert.deepEqual(
    parts.dense.inputs.map(({ name }) => name),
    [BLENDED],
  );
  for (const [listed, whole] of await wholeFrame(parts, FRAMES[3]!)) {
    assert.ok(whole.some((value) => value !== 0));
    assert.deepEqual(listed, whole);
  }
});

test('in int8 the layers of the stage have the pairs of the dense network, and give what it gives', async () => {
  const model = await modelFor(GATED, INT8);
  const parts = passParts(GATED, model);
  const paired = ({ nodes }: Graph): readonly string[] => {
    const made = new Map(nodes.map((node) => [node.outputs[0]!, node.op]));
    return nodes.flatMap(({ op, inputs }) =>
      op === 'Conv' || op === 'Add'
        ? [`${op} ${inputs.map((name) => made.get(name) === 'DequantizeLinear')}`]
        : [],
    );
  };
  assert.ok(paired(parts.dense).some((layer) => layer.startsWith('Conv true,true')));
  assert.deepEqual(
    paired(parts.stage).filter((layer) => !layer.startsWith('Add false,false')),
    paired(parts.dense),
  );
  for (const [listed, whole] of await wholeFrame(parts, FRAMES[3]!)) assert.deepEqual(listed, whole);
});

test('parts fit together by the names of their ports', async () => {
  const parts = passParts(GATED, await modelFor(GATED, FLOAT));
  const names = (ports: Graph['inputs'] | undefined) => ports?.map(({ name }) => name);
  assert.deepEqual(names(parts.gate.inputs), ['frame', 'state0', 'state1', 'state2']);
  assert.deepEqual(names(parts.gate.outputs)?.toSorted(), [
    'blended',
    'mask',
    'stale',
    'state1_next',
    'state2_next',
  ]);
  assert.deepEqual(names(parts.stage.inputs), ['blended', 'ids', 'cache0']);
  assert.deepEqual(
    [names(parts.stage.outputs), names(parts.dense.outputs)],
    [['cache0_next'], ['cache0_next']],
  );
  assert.deepEqual(names(parts.rest?.inputs), ['cache0_next']);
  assert.deepEqual(parts.results, [
    { name: 'map', port: 'cache0_next' },
    { name: 'classes', port: 'output1' },
  ]);
  assert.deepEqual(parts.gate.values.get('frame')?.shape, FRAME);
});
