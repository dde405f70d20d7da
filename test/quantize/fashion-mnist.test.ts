import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDataset } from '../../src/data/open.ts';
import type { Dataset } from '../../src/data/types.ts';
import { evaluate, oneByOne, type Predict } from '../../src/execute/evaluate.ts';
import type { Graph } from '../../src/graph/types.ts';
import { lower } from '../../src/lower/lower.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { planMemory } from '../../src/program/plan.ts';
import { createSampleRunner } from '../../src/program/sample.ts';
import { inputTensors } from '../../src/quantize/calibrate.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';

const FOLDER = join(packageRoot(), 'fixtures', 'fashion-mnist');
const EVALUATED = 200;

async function rightAnswers(predict: Predict, dataset: Dataset): Promise<number> {
  const indices = Array.from({ length: EVALUATED }, (_, i) => 5 * i);
  const result = await evaluate(oneByOne(predict), dataset, { indices });
  assert.ok(result.kind === 'classification');
  return result.correct;
}

function floatPredict(graph: Graph): Predict {
  const executor = createExecutor(graph);
  return (sample) => executor.run(inputTensors(graph, sample))[0]!.data as Float32Array;
}

function integerPredict(graph: Graph): Predict {
  const program = lower(graph);
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false }, restarts: 0 });
  const run = createSampleRunner(program, plan);
  return ({ inputs }) => run(inputs)[0]!;
}

test('the Fashion-MNIST network keeps its accuracy in integers, within half a point', async (t) => {
  if (!existsSync(join(FOLDER, 'model.onnx'))) return t.skip('fixtures/fashion-mnist/model.onnx is missing');
  const float = prepareGraph(await loadModel(join(FOLDER, 'model.onnx')));
  const options = { inputShapes: float.inputs.map((port) => float.values.get(port.value)!.shape) };
  const calibration = await openDataset(join(FOLDER, 'calibration-images-idx3-ubyte'), options);
  const evaluation = await openDataset(join(FOLDER, 'evaluation-images-idx3-ubyte'), options);
  const some = Array.from({ length: 60 }, (_, i) => 8 * i);
  const { graph } = await quantizeGraph(float, () => calibration.samples(some), { io: 'float' });
  const before = await rightAnswers(floatPredict(float), evaluation);
  const after = await rightAnswers(integerPredict(graph), evaluation);
  assert.ok(before > 0.75 * EVALUATED, `the float network is right on ${before} of ${EVALUATED}`);
  assert.ok(Math.abs(after - before) <= 0.005 * EVALUATED, `float ${before}, int8 ${after} of ${EVALUATED}`);
  t.diagnostic(`float ${before}, int8 ${after} of ${EVALUATED} right`);
});
