/** States of recurrent layers with 16-bit codes: held against the float graph, from run to run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphBuilder, int, makeNode, string } from '../../src/graph/build.ts';
import { dataInputs, dataOutputs, statePairs, withState } from '../../src/graph/state.ts';
import { elementCount, floatTensor } from '../../src/graph/tensor.ts';
import type { Graph, Port, Tensor } from '../../src/graph/types.ts';
import { lower } from '../../src/lower/lower.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { planMemory } from '../../src/program/plan.ts';
import { createSampleRunner } from '../../src/program/sample.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';

const [WIDTH, HIDDEN] = [4, 8];

/** @param bias of gates, by their number */
function cell(op: 'GRU' | 'LSTM', steps: number, direction: string, bias: (gate: number) => number): Graph {
  const random = seededRandom(7);
  const gates = op === 'GRU' ? 3 : 4;
  const directions = direction === 'bidirectional' ? 2 : 1;
  const rows = gates * HIDDEN;
  const b = graphBuilder('cell');
  const reals = (name: string, shape: readonly number[], size: number): string => {
    const data = Float32Array.from({ length: elementCount(shape) }, () => size * (2 * random() - 1));
    return b.constant(name, floatTensor(shape, data));
  };
  const biases = Float32Array.from({ length: directions * 2 * rows }, (_, i) => {
    const row = i % (2 * rows);
    return row < rows ? bias(Math.floor(row / HIDDEN)) : 0;
  });
  const state = [directions, 1, HIDDEN];
  const inputs = [
    b.input('x', [steps, 1, WIDTH]),
    reals('w', [directions, rows, WIDTH], 0.4),
    reals('r', [directions, rows, HIDDEN], 0.2),
    b.constant('b', floatTensor([directions, 2 * rows], biases)),
    '',
    b.input('h', state),
    ...(op === 'LSTM' ? [b.input('c', state)] : []),
  ];
  const outputs = ['y', 'hn', ...(op === 'LSTM' ? ['cn'] : [])];
  const attributes = {
    direction: string(direction),
    ...(op === 'GRU' ? { linear_before_reset: int(1) } : {}),
  };
  return prepareGraph({ ...b.model(), nodes: [makeNode(op, inputs, outputs, attributes, 'cell')], outputs });
}

/** Frames of one sequence, for the inputs that are not tied. */
function framesOf(graph: Graph, count: number): readonly (readonly Float32Array[])[] {
  const random = seededRandom(11);
  return Array.from({ length: count }, () =>
    dataInputs(graph).map(({ value }) =>
      Float32Array.from({ length: elementCount(graph.values.get(value)!.shape) }, () => 2 * random() - 1),
    ),
  );
}

/** The outputs of the float graph that are not tied, frame by frame. */
function floatOutputs(graph: Graph, frames: readonly (readonly Float32Array[])[]): readonly Float32Array[][] {
  const executor = createExecutor(graph);
  const ports = dataInputs(graph);
  const zeros = ({ value }: Port): Tensor => {
    const { shape } = graph.values.get(value)!;
    return floatTensor(shape, new Float32Array(elementCount(shape)));
  };
  const carried = new Map(
    statePairs(graph).map(({ input, output }) => [input, { output, tensor: zeros(input) }]),
  );
  return frames.map((inputs) => {
    const results = executor.run(
      graph.inputs.map(
        (port) =>
          carried.get(port)?.tensor ??
          floatTensor(graph.values.get(port.value)!.shape, inputs[ports.indexOf(port)]!),
      ),
    );
    for (const one of carried.values()) one.tensor = results[graph.outputs.indexOf(one.output)]!;
    return dataOutputs(graph).map((port) => results[graph.outputs.indexOf(port)]!.data as Float32Array);
  });
}

async function quantized(graph: Graph, frames: readonly (readonly Float32Array[])[]): Promise<Graph> {
  async function* samples() {
    for (const [i, inputs] of frames.entries()) {
      yield { inputs, label: null, ...(i === 0 ? { sequence: 0 } : {}) };
    }
  }
  const made = await quantizeGraph(graph, samples, { observer: { kind: 'min-max' } });
  return prepareGraph(importModel(exportModel(made.graph), { path: 'cell.onnx' }));
}

/** Largest difference of each output over all frames, and the types of the states. */
async function compare(graph: Graph, frames: readonly (readonly Float32Array[])[]) {
  const program = lower(await quantized(graph, frames));
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false }, restarts: 0 });
  const run = createSampleRunner(program, plan);
  const wanted = floatOutputs(graph, frames);
  const errors = program.outputs.map(() => 0);
  frames.forEach((inputs, frame) => {
    run([...inputs]).forEach((values, i) => {
      values.forEach((value, at) => {
        errors[i] = Math.max(errors[i]!, Math.abs(value - wanted[frame]![i]![at]!));
      });
    });
  });
  const states = program.tensors.flatMap(({ dtype, storage }) => (storage.kind === 'state' ? [dtype] : []));
  return { errors, states, program };
}

test('an LSTM carries its hidden state in 8 bits and its cell state in 16', async () => {
  const ties = [
    { input: 'h', output: 'hn' },
    { input: 'c', output: 'cn' },
  ];
  // A forget gate of 0.98.
  const graph = withState(
    cell('LSTM', 1, 'forward', (gate) => (gate === 2 ? 4 : 0)),
    ties,
    'E_USAGE',
  );
  const { errors, states } = await compare(graph, framesOf(graph, 200));
  assert.deepEqual([...states].sort(), ['int16', 'int8']);
  assert.ok(errors[0]! < 3 / 128, `y is off by ${errors[0]}`);
});

test('a GRU whose state moves less than a code of 8 bits in a run still moves', async () => {
  // An update gate that keeps 0.993 of the state.
  const slow = cell('GRU', 1, 'forward', (gate) => (gate === 0 ? 5 : 0.4 * gate));
  const graph = withState(slow, [{ input: 'h', output: 'hn' }], 'E_USAGE');
  const { errors, states } = await compare(graph, framesOf(graph, 400));
  assert.deepEqual(states, ['int16']);
  assert.ok(errors[0]! < 3 / 128, `y is off by ${errors[0]}`);
});

test('cell states go in and out of both directions', async () => {
  const graph = cell('LSTM', 5, 'bidirectional', () => 0);
  const { errors, program } = await compare(graph, framesOf(graph, 20));
  const dtypes = program.outputs.map(({ tensor }) => program.tensors[tensor]!.dtype);
  assert.deepEqual(dtypes, ['int8', 'int8', 'int16']);
  // The cell state that is given has a code of 1/128 as an input.
  assert.ok(errors[0]! < 2 / 128 && errors[1]! < 2 / 128 && errors[2]! < 3 / 128, `off by ${errors}`);
});
