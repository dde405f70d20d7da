import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Graph } from '../../../src/graph/types.ts';
import { lower } from '../../../src/lower/lower.ts';
import { exportModel } from '../../../src/onnx/export.ts';
import { importModel } from '../../../src/onnx/import.ts';
import { loadModel } from '../../../src/onnx/load.ts';
import { packageRoot } from '../../../src/package-root.ts';
import { prepareGraph } from '../../../src/passes/pipeline.ts';
import { resolveModel } from '../../../src/passes/resolve.ts';
import type { Program } from '../../../src/program/program.ts';
import { quantizeGraph } from '../../../src/quantize/quantize-graph.ts';
import { onnxRuntimeForms } from '../../../src/targets/onnxruntime/forms.ts';
import { fatesOf } from '../../../src/targets/onnxruntime/fusion.ts';
import { hostSupport } from '../../../src/targets/onnxruntime/support.ts';
import { randomTensor } from '../../passes/helpers.ts';
import { isIntegerOp, optimisedNodes } from './optimised.ts';
import { randomQdqModel } from './random-qdq.ts';

/** Asserts that ONNX Runtime computes those nodes in integers, and moves the codes in those, that the rules name. */
async function assertSameFates(graph: Graph, opset: number, bytes: Uint8Array): Promise<void> {
  const nodes = await optimisedNodes(bytes);
  const fates = fatesOf(graph, opset);
  const expected = fates.flatMap((fate) =>
    fate.kind === 'integer' ? [`${fate.node.name}: ${fate.runs}`] : [],
  );
  const actual = nodes.filter(({ op }) => isIntegerOp(op)).map(({ name, op }) => `${name}: ${op}`);
  const whys = fates.flatMap((fate) => (fate.kind === 'float' ? [`${fate.node.name}: ${fate.why}`] : []));
  assert.deepEqual(
    actual.sort(),
    expected.sort(),
    `${graph.name}; in float by our rules: ${whys.join('; ')}`,
  );

  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node.op] as const)));
  for (const { name, inputs } of nodes) {
    const fate = fates.find(({ node, kind }) => node.name === name && kind === 'moves');
    if (fate !== undefined)
      assert.notEqual(makers.get(inputs[0]!), 'DequantizeLinear', `${graph.name}: ${name} moves`);
  }
}

const models = join(packageRoot(), '..', 'shared', 'models', 'mlperf-tiny');

for (const name of ['ad', 'ic', 'kws', 'vww']) {
  test(`${name}: the reference int8 file is judged as ONNX Runtime runs it`, async (t) => {
    const path = join(models, `${name}-int8.onnx`);
    if (!existsSync(path)) return t.skip(`${path} is not there`);
    const model = await loadModel(path);
    const graph = resolveModel(model);
    // Written anew, because the nodes of the file have no names to compare.
    await assertSameFates(graph, model.source.opset, exportModel(graph));
    const float = fatesOf(graph, model.source.opset).filter(
      ({ node, kind }) => node.op === 'Conv' && kind === 'float',
    );
    assert.equal(float.length, { ad: 0, ic: 6, kws: 1, vww: 1 }[name], 'Conv in float');
  });

  test(`${name}: the file for the target runs in integers throughout`, async (t) => {
    const path = join(models, `${name}-float.onnx`);
    if (!existsSync(path)) return t.skip(`${path} is not there`);
    const float = prepareGraph(await loadModel(path));
    const { shape } = float.values.get(float.inputs[0]!.value)!;
    const samples = async function* () {
      for (const seed of [1, 2])
        yield { inputs: [randomTensor(shape, seed).data as Float32Array], label: null };
    };
    const { graph } = await quantizeGraph(float, samples, { io: 'float' });
    const bytes = exportModel(onnxRuntimeForms(graph, 'uint8'));
    const written = importModel(bytes, { path });
    const resolved = resolveModel(written);
    await assertSameFates(resolved, written.source.opset, bytes);
    const { fates, nodes, macs } = hostSupport(resolved, written.source.opset);
    const whys = fates.flatMap((fate) => (fate.kind === 'float' ? [`${fate.node.name}: ${fate.why}`] : []));
    assert.deepEqual(whys, []);
    assert.equal(nodes.integer, nodes.total);
    assert.equal(macs.integer, macs.total);
    const programOf = (file: Uint8Array) => lower(prepareGraph(importModel(file, { path })));
    assert.deepEqual(integersOf(programOf(bytes)), integersOf(programOf(exportModel(graph))));
  });
}

/** All that decides the integers of a Program: steps and constants, without the names of tensors. */
function integersOf({ steps, tensors }: Program): object {
  return {
    steps,
    tensors: tensors.map(({ dtype, shape, quant, storage }) => ({ dtype, shape, quant, storage })),
  };
}

test('random QDQ models: the rules say what ONNX Runtime does', async () => {
  let integer = 0;
  let float = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const graph = randomQdqModel(seed);
    await assertSameFates(graph, 13, exportModel(graph));
    for (const { kind } of fatesOf(graph, 13)) {
      if (kind === 'integer') integer++;
      if (kind === 'float') float++;
    }
  }
  assert.ok(integer > 200 && float > 200, `too few cases: ${integer} in integers, ${float} in float`);
});
