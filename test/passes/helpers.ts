/** Running a graph before and after a pass. */
import assert from 'node:assert/strict';
import { type GraphBuilder, graphBuilder } from '../../src/graph/build.ts';
import { elementCount, floatTensor } from '../../src/graph/tensor.ts';
import type { Graph, Tensor } from '../../src/graph/types.ts';
import { verifyGraph } from '../../src/graph/verify.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { resolveModel } from '../../src/passes/resolve.ts';

/** Uniform numbers in [-1, 1), the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
}

export function randomTensor(shape: readonly number[], seed: number, scale = 1): Tensor {
  const next = randomNumbers(seed);
  return floatTensor(
    shape,
    Float32Array.from({ length: elementCount(shape) }, () => scale * next()),
  );
}

/** A float graph with inferred shapes. */
export function floatGraph(make: (builder: GraphBuilder) => void): Graph {
  const builder = graphBuilder('test');
  make(builder);
  return verifyGraph(resolveModel(builder.model()));
}

/** Random inputs of a graph, in its ports' types. */
export function randomInputs(graph: Graph, seed: number, scale = 2): readonly Tensor[] {
  return graph.inputs.map((port, i) => {
    const { shape } = graph.values.get(port.value)!;
    const tensor = randomTensor(shape, seed + i, scale);
    if (port.dtype === 'float32') return tensor;
    const codes = Array.from(tensor.data as Float32Array, (x) => Math.round((x / scale) * 127));
    return port.dtype === 'int8'
      ? { dtype: 'int8', shape, data: Int8Array.from(codes) }
      : { dtype: 'uint8', shape, data: Uint8Array.from(codes, (code) => code + 128) };
  });
}

/** Asserts that both graphs are well formed and compute the same, within `tolerance` of the largest output. */
export function assertSameMeaning(before: Graph, after: Graph, tolerance = 1e-5): void {
  verifyGraph(after);
  assert.deepEqual(after.inputs, before.inputs, 'the inputs are kept');
  assert.deepEqual(
    after.outputs.map(({ name, dtype }) => ({ name, dtype })),
    before.outputs.map(({ name, dtype }) => ({ name, dtype })),
    'the outputs are kept',
  );
  const [first, second] = [createExecutor(before), createExecutor(after)];
  for (const seed of [1, 2, 3]) {
    const inputs = randomInputs(before, seed);
    const [expected, actual] = [first.run(inputs), second.run(inputs)];
    expected.forEach((tensor, i) => {
      assertClose(actual[i]!, tensor, tolerance, `output ${before.outputs[i]!.name}, seed ${seed}`);
    });
  }
}

export function assertClose(actual: Tensor, expected: Tensor, tolerance: number, what: string): void {
  assert.equal(actual.dtype, expected.dtype, `${what}: type`);
  assert.deepEqual(actual.shape, expected.shape, `${what}: shape`);
  const [a, e] = [Array.from(actual.data, Number), Array.from(expected.data, Number)];
  const largest = e.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-30);
  a.forEach((x, i) => {
    const error = Math.abs(x - e[i]!);
    assert.ok(error <= tolerance * largest, `${what}: element ${i} is ${x}, expected ${e[i]}`);
  });
}

export function ops(graph: Graph): readonly string[] {
  return graph.nodes.map((node) => node.op);
}
