/** No model is too long, and no list. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lowerWithOutcomes } from '../../src/lower/lower.ts';
import { assumeQuantized } from '../../src/quantize/assume.ts';
import { TFLITE_INT8 } from '../../src/quantize/scheme.ts';
import { type AttributeValue, floats, node, valueInfo } from '../onnx/models.ts';
import { readModel } from './whole-way.ts';

const LENGTH = 10_000;

type Link = (i: number, from: string, to: string) => ReturnType<typeof node>;

function chain(length: number, link: Link) {
  const name = (i: number): string => (i === 0 ? 'x' : i === length ? 'y' : `v${i}`);
  return readModel({
    node: Array.from({ length }, (_, i) => link(i, name(i), name(i + 1))),
    initializer: [
      floats('w', [2, 2, 1, 1], [0.5, 0.5, -0.5, 0.5]),
      floats('c', [2, 1, 1], [1, -1]),
      floats('s', [], [0.5]),
    ],
    input: [valueInfo('x', [1, 2, 2, 2])],
    output: [valueInfo('y', null)],
  });
}

const of =
  (op: string, attributes: Record<string, AttributeValue> = {}): Link =>
  (_, from, to) =>
    node(op, [from], [to], attributes);
const KINDS: Readonly<Record<string, Link>> = {
  Sigmoid: of('Sigmoid'),
  Transpose: (i, from, to) => node('Transpose', [from], [to], { perm: i % 2 ? [0, 2, 3, 1] : [0, 3, 1, 2] }),
  'Conv and Relu': (i, from, to) => (i % 2 ? node('Relu', [from], [to]) : node('Conv', [from, 'w'], [to])),
  'maps per channel': (i, from, to) => node(i % 2 ? 'Mul' : 'Add', [from, 'c'], [to]),
  'maps of scalars': (i, from, to) => node(i % 2 ? 'Mul' : 'Add', [from, 's'], [to]),
};

for (const [kind, link] of Object.entries(KINDS)) {
  // What walks along it by recursion overflows the stack; what walks it once for each node never ends.
  test(`a chain of ${LENGTH} nodes: ${kind}`, { timeout: 120_000 }, () => {
    const { outcomes } = lowerWithOutcomes(assumeQuantized(chain(LENGTH, link), TFLITE_INT8));
    assert.deepEqual([...new Set(outcomes.map((outcome) => outcome.kind))].includes('unsupported'), false);
  });
}

test('a layer of 200,000 outputs', () => {
  const float = readModel({
    node: [node('MatMul', ['x', 'w'], ['y'])],
    initializer: [floats('w', [1, 200_000], new Array<number>(200_000).fill(0.5))],
    input: [valueInfo('x', [1, 1])],
    output: [valueInfo('y', null)],
  });
  assert.equal(lowerWithOutcomes(assumeQuantized(float, TFLITE_INT8)).outcomes.length, 1);
});
