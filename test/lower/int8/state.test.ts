/** Models that carry state as inputs and outputs: quantised with one scale per tie, lowered with state tensors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STREAMING_STATE, streamingFrames, streamingModel } from '../../../fixtures/streaming/network.ts';
import type { Sample } from '../../../src/data/types.ts';
import { createExecutor } from '../../../src/execute/float.ts';
import { withState } from '../../../src/graph/state.ts';
import type { Graph, Tensor } from '../../../src/graph/types.ts';
import { lower } from '../../../src/lower/int8/lower.ts';
import { exportModel } from '../../../src/onnx/export.ts';
import { importModel } from '../../../src/onnx/import.ts';
import { guessState } from '../../../src/passes/guess-state.ts';
import { prepareGraph } from '../../../src/passes/pipeline.ts';
import { planMemory, stateTensors } from '../../../src/program/plan.ts';
import { createRunner } from '../../../src/program/run.ts';
import { createSampleRunner } from '../../../src/program/sample.ts';
import { layerErrors } from '../../../src/quantize/layer-error.ts';
import { quantizeGraph } from '../../../src/quantize/quantize-graph.ts';

const OPTIONS = { library: 'builtin', core: { dsp: false, mve: false } } as const;
const FRAMES = 50;

function streamingGraph(): Graph {
  const graph = prepareGraph(streamingModel());
  return withState(graph, guessState(graph), 'E_USAGE');
}

async function* sequences(count: number, frames: number): AsyncIterable<Sample> {
  for (let sequence = 0; sequence < count; sequence++) {
    const all = streamingFrames(frames, 100 + sequence);
    for (const [index, frame] of all.entries()) {
      yield { inputs: [frame], label: null, frame: { index, last: index === frames - 1, judged: true } };
    }
  }
}

test('ties are guessed from names', () => {
  assert.deepEqual(guessState(prepareGraph(streamingModel())), STREAMING_STATE);
});

test('the two values of a tie have one quantisation, and the file says that they are tied', async () => {
  const { graph } = await quantizeGraph(streamingGraph(), () => sequences(4, 30));
  const written = prepareGraph(importModel(exportModel(graph), { path: 'streaming.int8.onnx' }));
  assert.deepEqual(written.state, STREAMING_STATE);
  assert.deepEqual(
    written.inputs.map(({ name }) => name),
    ['x', 'ring_in', 'past_deep', 'h'],
  );
  for (const { input, output } of STREAMING_STATE) {
    const quantOf = (name: string, ports: Graph['inputs']) =>
      written.values.get(ports.find((port) => port.name === name)!.value)!.quant;
    assert.ok(quantOf(input, written.inputs) !== null);
    assert.deepEqual(quantOf(input, written.inputs), quantOf(output, written.outputs));
  }
});

test('int8 state follows float state over 50 frames and does not drift', async () => {
  const float = streamingGraph();
  const { graph } = await quantizeGraph(float, () => sequences(4, FRAMES));
  const program = lower(prepareGraph(importModel(exportModel(graph), { path: 'streaming.int8.onnx' })));
  assert.deepEqual(
    program.inputs.map(({ name }) => name),
    ['x'],
  );
  assert.equal(stateTensors(program).length, 3);
  const plan = planMemory(program, OPTIONS);
  const runner = createRunner(program, plan);
  const run = createSampleRunner(program, plan, runner);
  const exact = createExecutor(float);
  const frames = streamingFrames(FRAMES, 7);
  const sqnr = (from: number, to: number): number => {
    let [signal, noise] = [0, 0];
    runner.reset();
    exact.reset();
    frames.forEach((frame, i) => {
      const inputs: readonly Tensor[] = [{ dtype: 'float32', shape: [1, 4, 1], data: frame }];
      const wanted = exact.run(inputs)[0]!.data as Float32Array;
      const got = run([frame])[0]!;
      if (i < from || i >= to) return;
      wanted.forEach((value, k) => {
        signal += value ** 2;
        noise += (value - got[k]!) ** 2;
      });
    });
    return 10 * Math.log10(signal / noise);
  };
  const [early, late] = [sqnr(0, 25), sqnr(25, FRAMES)];
  assert.ok(early > 25 && late > 25, `${early} dB, then ${late} dB`);
  // Without state the outputs are others: the test would see a state that is lost.
  const alone = frames.map((frame) => {
    exact.reset();
    return exact.run([{ dtype: 'float32', shape: [1, 4, 1], data: frame }])[0]!.data[0]! as number;
  });
  exact.reset();
  const carried = frames.map(
    (frame) => exact.run([{ dtype: 'float32', shape: [1, 4, 1], data: frame }])[0]!.data[0]! as number,
  );
  assert.ok(Math.abs(alone[20]! - carried[20]!) > 0.1);
});

test('new state is written in place where no step reads the old state after it, else copied', async () => {
  const { graph } = await quantizeGraph(streamingGraph(), () => sequences(2, 20));
  const program = lower(graph);
  const state = new Map(stateTensors(program).map((id) => [program.tensors[id]!.name, id]));
  const writers = (name: string) =>
    program.steps.filter(({ outputs }) => outputs.includes(state.get(name)!)).map(({ kernel }) => kernel);
  assert.deepEqual(writers('h'), ['add_s8']);
  assert.deepEqual(writers('ring_in'), ['copy_s8']);
  assert.deepEqual(writers('past_deep'), ['copy_s8']);
});

test('layer errors of a stateful model run on its sequences', async () => {
  const float = streamingGraph();
  const { graph, reference } = await quantizeGraph(float, () => sequences(4, 30));
  const errors = await layerErrors(reference, graph, sequences(1, 30));
  for (const { value, sqnrDb } of errors) assert.ok(sqnrDb === null || sqnrDb > 20, `${value}: ${sqnrDb} dB`);
  assert.ok(errors.some(({ value }) => value === 'h'));
});
