import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GraphBuilder, int, ints } from '../../../../src/graph/build.ts';
import { floatTensor } from '../../../../src/graph/tensor.ts';
import type { Graph } from '../../../../src/graph/types.ts';
import { completeRanges } from '../../../../src/targets/tensorrt/forms/dla/ranges.ts';
import { stripQdq } from '../../../../src/targets/tensorrt/forms/strip-qdq.ts';
import { assertSameMeaning, floatGraph, ops, randomTensor } from '../../../passes/helpers.ts';

const CODES = Int8Array.from({ length: 2 * 3 * 3 * 3 }, (_, i) => ((i * 37) % 255) - 127);
const SCALES = [0.01, 0.02];

/** A Conv on a pair and integer weights, or on what these stand for. */
const network = (quantized: boolean): Graph =>
  floatGraph((build) => {
    build.input('x', [1, 3, 6, 6]);
    const weights = (): string => {
      if (!quantized) {
        const numbers = Array.from(CODES, (code, i) => code * Math.fround(SCALES[Math.floor(i / 27)]!));
        return build.constant('w', floatTensor([2, 3, 3, 3], numbers));
      }
      build.constant('w', { dtype: 'int8', shape: [2, 3, 3, 3], data: CODES });
      build.constant('w_scale', floatTensor([2], SCALES));
      build.constant('w_zero', { dtype: 'int8', shape: [2], data: new Int8Array(2) });
      const attributes = { axis: int(0) };
      return build.node('DequantizeLinear', ['w', 'w_scale', 'w_zero'], { name: 'w_dq', attributes });
    };
    const conv = build.node('Conv', [quantized ? pair(build, 'x', 0.02) : 'x', weights()], { name: 'conv' });
    const relu = build.node('Relu', [conv], { name: 'relu' });
    build.output(relu, { name: 'y' });
  });

function pair(build: GraphBuilder, x: string, scale: number): string {
  build.constant(`${x}_scale`, floatTensor([], [scale]));
  build.constant(`${x}_zero`, { dtype: 'int8', shape: [], data: Int8Array.of(0) });
  const parameters = [`${x}_scale`, `${x}_zero`];
  const codes = build.node('QuantizeLinear', [x, ...parameters], { name: `${x}_q`, dtype: 'int8' });
  return build.node('DequantizeLinear', [codes, ...parameters], { name: `${x}_dq` });
}

test('without its pairs a graph is the float graph of what its weights stand for', () => {
  const stripped = stripQdq(network(true));
  assert.deepEqual(ops(stripped), ['Conv', 'Relu']);
  assertSameMeaning(network(false), stripped, 1e-6);
});

test('float weights behind a pair stay what they are', () => {
  const graph = floatGraph((build) => {
    build.input('x', [1, 3, 4, 4]);
    build.constant('w', randomTensor([2, 3, 1, 1], 1));
    build.output(build.node('Conv', ['x', pair(build, 'w', 0.5)], { name: 'y' }));
  });
  const stripped = stripQdq(graph);
  assert.deepEqual(stripped.nodes[0]!.inputs, ['x', 'w']);
  assert.equal(stripped.constants.get('w'), graph.constants.get('w'));
});

test('ranges reach neighbours that cannot be larger, and not those that others read too', () => {
  const graph = floatGraph((build) => {
    build.input('x', [1, 2, 4, 4]);
    const elu = build.node('Elu', ['x'], { name: 'elu' });
    const relu = build.node('Relu', [elu], { name: 'relu' });
    const pool = build.node('AveragePool', [relu], {
      name: 'pool',
      attributes: { kernel_shape: ints([2, 2]) },
    });
    build.output(build.node('Elu', [pool], { name: 'y' }));
    build.output(build.node('Relu', ['x'], { name: 'z' }));
  });
  const ranges = completeRanges(graph, new Map([['relu', 3]]));
  assert.deepEqual([...ranges].sort(), [
    ['elu', 3],
    ['pool', 3],
    ['relu', 3],
  ]);
  assert.equal(completeRanges(graph, new Map([['z', 2]])).has('x'), false);
});
