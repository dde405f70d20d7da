/** Data in other units than a model takes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RAW_VALUES } from '../../src/data/preprocess.ts';
import type { Sample } from '../../src/data/types.ts';
import type { Graph } from '../../src/graph/types.ts';
import { withContract } from '../../src/input/contract.ts';
import { importModel } from '../../src/onnx/import.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { unitWarnings } from '../../src/quantize/input-units.ts';
import { smallModel } from '../cli/small.ts';

const float = prepareGraph(importModel(smallModel(), { path: 'm.onnx' }));
/** Codes that cover 0 .. 1. */
const codes = {
  dtype: 'int8',
  scale: Float32Array.of(1 / 255),
  zeroPoint: Int32Array.of(-128),
  axis: null,
} as const;
const coded: Graph = {
  ...float,
  values: new Map(float.values).set('x', { ...float.values.get('x')!, quant: codes }),
};
const samples = (factor: number, count = 4): readonly Sample[] =>
  Array.from({ length: count }, (_, k) => ({
    inputs: [Float32Array.from({ length: 64 }, (_, i) => (factor * ((i * 7 + k) % 64)) / 63)],
    label: null,
  }));
const said = (graph: Graph, data: readonly Sample[]) =>
  unitWarnings(graph, data).map(({ message }) => message);

test('values beyond the codes, and values that use few of them, are warned of with numbers', () => {
  assert.deepEqual(said(coded, samples(1)), []);
  assert.deepEqual(said(coded, samples(1.5)), [], 'a little beyond is no other unit');
  assert.deepEqual(said(coded, samples(1 / 8)), [], 'a dark picture');
  assert.deepEqual(said(coded, samples(255)), [
    'values are 0 .. 255, the codes of the model cover 0 .. 1: 98.44 % of them are cut off, the largest is about 255 times too large',
  ]);
  assert.deepEqual(said(coded, samples(1 / 255)), [
    'values are 0 .. 0.003922, the codes of the model cover 0 .. 1: they use 1 of its 256 codes',
  ]);
  const [one] = unitWarnings(coded, samples(255, 1));
  assert.deepEqual([one!.code, one!.at], ['W_UNITS', ['input "x", one sample']]);
  assert.deepEqual(said(coded, samples(0)), [], 'a constant says nothing of units');
});

test('of a float model it is normalising that says what values should be', () => {
  const described = (changes: object): Graph =>
    withContract(float, { preprocess: { ...RAW_VALUES, ...changes }, labels: [] });
  assert.deepEqual(said(float, samples(1e6)), []);
  assert.deepEqual(said(described({}), samples(1e6)), []);
  const scaled = described({ scale: 1 / 255 });
  assert.deepEqual(said(scaled, samples(1)), []);
  assert.deepEqual(said(scaled, samples(1 / 255)), [
    'after preprocessing values hardly differ: 0 .. 0.003922',
  ]);
  assert.deepEqual(said(described({ mean: [0.5], std: [0.25] }), samples(1020)), [
    'after preprocessing values are huge: 0 .. 1020',
  ]);
  const sound = { scale: 2, sound: { rate: 16000, features: null } };
  assert.deepEqual(said(described(sound), samples(0.01)), [], 'quiet recordings');
});
