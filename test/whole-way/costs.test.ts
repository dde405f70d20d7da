/** Large models cost in proportion to their size, and no list is too long. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lowerWithOutcomes } from '../../src/lower/int8/lower.ts';
import { assumeQuantized } from '../../src/quantize/assume.ts';
import { TFLITE_INT8 } from '../../src/quantize/scheme.ts';
import { type AttributeValue, floats, node, valueInfo } from '../onnx/models.ts';
import { readModel } from './whole-way.ts';

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

/** Milliseconds, the best of two. */
function cost(run: () => void): number {
  const times = [0, 1].map(() => {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
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
  test(`a chain eight times as long costs about eight times as much: ${kind}`, () => {
    const run = (length: number) => () =>
      lowerWithOutcomes(assumeQuantized(chain(length, link), TFLITE_INT8));
    const [short, long] = [cost(run(150)), cost(run(1200))];
    // 64 times where the cost grows as the square.
    assert.ok(long < 24 * short, `${short.toFixed(0)} ms, then ${long.toFixed(0)} ms`);
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
