/** Models that carry state as inputs and outputs: quantised with one scale per tie, lowered with state tensors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import { STREAMING_STATE, streamingFrames, streamingModel } from '../../../fixtures/streaming/network.ts';
import type { Sample } from '../../../src/data/types.ts';
import { createExecutor } from '../../../src/execute/float.ts';
import { graphBuilder, perTensor } from '../../../src/graph/build.ts';
import { withState } from '../../../src/graph/state.ts';
import type { Graph, Tensor } from '../../../src/graph/types.ts';
import { lower, lowerWithPlaces } from '../../../src/lower/lower.ts';
import { exportModel } from '../../../src/onnx/export.ts';
import { importModel } from '../../../src/onnx/import.ts';
import { guessState } from '../../../src/passes/guess-state.ts';
import { prepareGraph } from '../../../src/passes/pipeline.ts';
import { planMemory } from '../../../src/program/plan.ts';
import { createMachine, createRunner } from '../../../src/program/run.ts';
import { createSampleRunner } from '../../../src/program/sample.ts';
import { stateTensors } from '../../../src/program/state.ts';
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

test('state in place gives the bytes of state that is copied', async () => {
  const { graph } = await quantizeGraph(streamingGraph(), () => sequences(2, 20));
  const [inPlace, copied] = [lower(graph), lowerWithPlaces(graph).program].map((program) => {
    const run = createSampleRunner(program, planMemory(program, OPTIONS));
    return {
      steps: program.steps.length,
      outputs: streamingFrames(30, 3).map((frame) => [...run([frame])[0]!]),
    };
  });
  assert.equal(inPlace!.steps, copied!.steps - 1);
  assert.deepEqual(inPlace!.outputs, copied!.outputs);
});

test('layer errors of a stateful model run on its sequences', async () => {
  const float = streamingGraph();
  const { graph, reference } = await quantizeGraph(float, () => sequences(4, 30));
  const errors = await layerErrors(reference, graph, sequences(1, 30));
  for (const { value, sqnrDb } of errors) assert.ok(sqnrDb === null || sqnrDb > 20, `${value}: ${sqnrDb} dB`);
  assert.ok(errors.some(({ value }) => value === 'h'));
});

/** A quantised graph of one float value per name, all of them [1, 2] at one scale; `quants` gives others. */
function wired(
  inputs: readonly string[],
  outputs: Readonly<Record<string, string>>,
  state: Readonly<Record<string, string>>,
  quants: Readonly<Record<string, number>> = {},
): Graph {
  const b = graphBuilder('wired');
  const quantOf = (name: string) => perTensor(quants[name] ?? 0.5, 0);
  for (const name of inputs) b.input(name, [1, 2], { quant: quantOf(name), port: 'int8' });
  const made = new Set(inputs);
  for (const [name, value] of Object.entries(outputs)) {
    if (!made.has(value))
      b.node('Add', ['x', inputs.at(-1)!], { name: value, shape: [1, 2], quant: quantOf(value) });
    made.add(value);
    b.output(value, { name, dtype: 'int8' });
  }
  return withState(
    b.build(),
    Object.entries(state).map(([input, output]) => ({ input, output })),
    'E_USAGE',
  );
}

/** The first element of each output, frame by frame, for inputs 1, 2, 3 ... */
function outputsOf(graph: Graph, frames: number): readonly (readonly number[])[] {
  const program = lower(graph);
  const run = createRunner(program, planMemory(program, OPTIONS));
  return Array.from({ length: frames }, (_, i) =>
    run([new Int8Array(2).fill(i + 1)]).map((output) => output[0]!),
  );
}

test('a chain of delays: each takes the old value of the one before', () => {
  const graph = wired(
    ['x', 'a', 'b', 'c'],
    { y: 'c', a2: 'x', b2: 'a', c2: 'b' },
    { a: 'a2', b: 'b2', c: 'c2' },
  );
  assert.deepEqual(outputsOf(graph, 6), [[0], [0], [0], [1], [2], [3]]);
});

test('states that change places', () => {
  // b sums up what comes in, a is the sum of the run before.
  const graph = wired(['x', 'a', 'b'], { y: 'a', a2: 'b', b2: 'sum' }, { a: 'a2', b: 'b2' });
  assert.deepEqual(outputsOf(graph, 5), [[0], [0], [1], [3], [6]]);
  const swap = wired(['x', 'a', 'b'], { y: 'x', p: 'a', a2: 'b', b2: 'a', q: 'b' }, { a: 'a2', b: 'b2' });
  const program = lower(swap);
  const plan = planMemory(program, OPTIONS);
  const machine = createMachine(program, plan);
  const [a, b] = stateTensors(program).map(machine.view) as [Int8Array, Int8Array];
  a.fill(3);
  b.fill(5);
  machine.run(0, program.steps.length);
  assert.deepEqual([a[0], b[0]], [5, 3]);
  assert.deepEqual(
    program.outputs.slice(1).map(({ tensor }) => machine.view(tensor)[0]),
    [3, 5], // results are the values of before
  );
});

test('a result may be the new state itself, and state may be read by nothing', () => {
  const sum = wired(['x', 'a'], { y: 'sum', a2: 'sum' }, { a: 'a2' });
  assert.deepEqual(outputsOf(sum, 4), [[1], [3], [6], [10]]);
  assert.equal(lower(sum).steps.length, 1);
  const idle = wired(['x', 'a'], { y: 'x', a2: 'sum' }, { a: 'a2' });
  assert.deepEqual(outputsOf(idle, 2), [[1], [2]]);
});

test('state that nothing reads is quantised with what it takes', async () => {
  const b = graphBuilder('idle');
  b.input('x', [1, 4]);
  b.input('h', [1, 4]);
  b.output(b.node('Tanh', ['x'], { name: 'y', shape: [1, 4] }));
  b.output(b.node('Relu', ['x'], { name: 'hn', shape: [1, 4] }));
  const graph = withState(b.build(), [{ input: 'h', output: 'hn' }], 'E_USAGE');
  for (const io of ['int8', 'float'] as const) {
    const quantized = (await quantizeGraph(graph, () => sequences(1, 10), { io })).graph;
    assert.equal(stateTensors(lower(quantized)).length, 1);
    const read = prepareGraph(importModel(exportModel(quantized), { path: 'idle.onnx' }));
    assert.equal(stateTensors(lower(read)).length, 1);
  }
});

test('a file that ties values of two scales is read as ONNX means it: the value is rescaled', () => {
  // a holds x at the scale 0.25 from one run to the next; y = x + a at the scale 1.
  const graph = wired(['x', 'a'], { y: 'sum', a2: 'x' }, { a: 'a2' }, { a: 0.25, sum: 1 });
  assert.deepEqual(outputsOf(graph, 4), [[1], [2], [3], [4]]); // (1 + 0) / 2, (2 + 1) / 2, (3 + 2) / 2 rounded away, ...
});

test('state of a model with float ports is kept as codes', async () => {
  const { graph } = await quantizeGraph(streamingGraph(), () => sequences(2, 20), { io: 'float' });
  const read = prepareGraph(importModel(exportModel(graph), { path: 'float-io.onnx' }));
  const int8 = (await quantizeGraph(streamingGraph(), () => sequences(2, 20))).graph;
  const [a, b] = [read, int8].map((one) => {
    const program = lower(one);
    assert.ok(stateTensors(program).every((id) => program.tensors[id]!.dtype === 'int8'));
    const run = createSampleRunner(program, planMemory(program, OPTIONS));
    return streamingFrames(20, 3).map((frame) => [...run([frame])[0]!]);
  });
  assert.deepEqual(a, b);
});

test('ONNX Runtime runs the file with the state as inputs and outputs, and comes to the same', async () => {
  const { graph } = await quantizeGraph(streamingGraph(), () => sequences(4, FRAMES));
  const program = lower(graph);
  const run = createRunner(program, planMemory(program, OPTIONS));
  const session = await ort.InferenceSession.create(exportModel(graph), {
    graphOptimizationLevel: 'disabled',
  });
  let state = Object.fromEntries(
    graph.inputs.slice(1).map(({ name, value }) => {
      const { shape, quant } = graph.values.get(value)!;
      const size = shape.reduce((product, dim) => product * dim, 1);
      return [name, new ort.Tensor('int8', new Int8Array(size).fill(quant!.zeroPoint[0]!), shape)];
    }),
  );
  const { scale, zeroPoint } = graph.values.get('x')!.quant!;
  let apart = 0;
  for (const frame of streamingFrames(FRAMES, 11)) {
    const codes = Int8Array.from(frame, (value) =>
      Math.max(-128, Math.min(127, Math.round(value / scale[0]!) + zeroPoint[0]!)),
    );
    const outputs = await session.run({ x: new ort.Tensor('int8', codes, [1, 4, 1]), ...state });
    state = Object.fromEntries(
      graph.state.map(({ input, output }) => [input, outputs[output]! as ort.TypedTensor<'int8'>]),
    );
    const wanted = outputs[graph.outputs[0]!.name]!.data as Int8Array;
    const got = run([codes])[0]! as Int8Array;
    got.forEach((code, i) => {
      apart = Math.max(apart, Math.abs(code - wanted[i]!));
    });
  }
  assert.ok(apart <= 6, `codes are up to ${apart} apart`);
});
