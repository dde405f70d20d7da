import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GraphBuilder, int, perTensor } from '../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { fuseNormalisation } from '../../src/passes/fuse-normalisation.ts';
import { assertSameMeaning, floatGraph, ops, randomTensor } from './helpers.ts';

type Written = {
  readonly shape?: readonly number[];
  readonly axes?: readonly number[];
  readonly keepdims?: number;
  readonly square?: 'Pow' | 'Mul';
  readonly root?: 'Sqrt' | 'Reciprocal' | 'Div' | 'Pow';
  readonly centred?: boolean;
  /** Subtract the mean twice, as exporters without common subexpressions do. */
  readonly twice?: boolean;
  readonly gamma?: readonly number[] | null;
  readonly beta?: readonly number[] | null;
};

function write(b: GraphBuilder, written: Written): void {
  const { shape = [2, 3, 8], axes = [-1], keepdims = 1, square = 'Pow', root = 'Sqrt' } = written;
  const { centred = true, twice = false, gamma = [8], beta = [8] } = written;
  const scalar = (name: string, value: number) => b.constant(name, floatTensor([], [value]));
  const mean = (value: string, name: string) =>
    b.node('ReduceMean', [value, b.constant(`${name}_axes`, int64Tensor(axes))], {
      name,
      attributes: { keepdims: int(keepdims) },
    });
  const x = b.input('x', shape);
  const m = centred ? mean(x, 'mean') : '';
  const d = centred ? b.node('Sub', [x, m], { name: 'd' }) : x;
  const e = twice ? b.node('Sub', [x, m], { name: 'e' }) : d;
  const squared =
    square === 'Pow'
      ? b.node('Pow', [e, scalar('two', 2)], { name: 'sq' })
      : b.node('Mul', [e, e], { name: 'sq' });
  const sum = b.node('Add', [scalar('epsilon', 1e-3), mean(squared, 'variance')], { name: 'sum' });
  const sqrt = (): string => b.node('Sqrt', [sum], { name: 'root' });
  let y: string;
  switch (root) {
    case 'Sqrt':
      y = b.node('Div', [d, sqrt()], { name: 'n' });
      break;
    case 'Reciprocal':
      y = b.node('Mul', [d, b.node('Reciprocal', [sqrt()], { name: 'r' })], { name: 'n' });
      break;
    case 'Div':
      y = b.node('Mul', [b.node('Div', [scalar('one', 1), sqrt()], { name: 'r' }), d], { name: 'n' });
      break;
    case 'Pow':
      y = b.node('Mul', [d, b.node('Pow', [sum, scalar('power', -0.5)], { name: 'r' })], { name: 'n' });
      break;
  }
  if (gamma !== null) y = b.node('Mul', [b.constant('gamma', randomTensor(gamma, 3)), y], { name: 'scaled' });
  if (beta !== null) y = b.node('Add', [y, b.constant('beta', randomTensor(beta, 4))], { name: 'shifted' });
  b.output(y);
}

const FORMS: readonly (readonly [name: string, written: Written, operators: readonly string[]])[] = [
  ['as PyTorch writes it', {}, ['LayerNormalization']],
  ['with a product as square, and 1 / root', { square: 'Mul', root: 'Div' }, ['LayerNormalization']],
  ['with Reciprocal', { root: 'Reciprocal', twice: true }, ['LayerNormalization']],
  ['with a negative power', { root: 'Pow' }, ['LayerNormalization']],
  ['without scale and bias', { gamma: null, beta: null }, ['LayerNormalization']],
  ['without bias', { beta: null }, ['LayerNormalization']],
  ['without scale', { gamma: null }, ['LayerNormalization']],
  ['over the last two axes', { axes: [1, 2], gamma: [3, 8], beta: [8] }, ['LayerNormalization']],
  [
    'over channels',
    { shape: [1, 4, 3, 5], axes: [1], gamma: [4, 1, 1], beta: [1, 4, 1, 1] },
    ['Transpose', 'LayerNormalization', 'Transpose'],
  ],
  ['less no mean', { centred: false, root: 'Reciprocal', beta: null }, ['RMSNormalization']],
  ['less no mean, with a bias', { centred: false }, ['RMSNormalization', 'Add']],
  ['with a scale along another axis', { gamma: [3, 1] }, ['LayerNormalization', 'Mul', 'Add']],
];

for (const [name, written, operators] of FORMS) {
  test(`a normalisation ${name} is ${operators.join(', ')}`, () => {
    const graph = floatGraph((b) => write(b, written));
    const after = fuseNormalisation(graph);
    assert.deepEqual(ops(after), operators);
    assertSameMeaning(graph, after);
    assert.equal(fuseNormalisation(after), after);
  });
}

test('what is rounded inside, or summed over axes that differ, stays', () => {
  const graph = floatGraph((b) => write(b, {}));
  const values = new Map(graph.values);
  values.set('sq', { ...values.get('sq')!, quant: perTensor(0.1, 0) });
  const rounded: Graph = { ...graph, values };
  assert.equal(fuseNormalisation(rounded), rounded);
  const other = floatGraph((b) => {
    const x = b.input('x', [4, 4]);
    const mean = (value: string, axis: number, name: string) =>
      b.node('ReduceMean', [value, b.constant(`${name}_axes`, int64Tensor([axis]))], { name });
    const d = b.node('Sub', [x, mean(x, 0, 'mean')], { name: 'd' });
    const squares = mean(b.node('Mul', [d, d], { name: 'sq' }), 1, 'variance');
    const sum = b.node('Add', [squares, b.constant('epsilon', floatTensor([], [1e-3]))], { name: 'sum' });
    b.output(b.node('Div', [d, b.node('Sqrt', [sum], { name: 'root' })], { name: 'y' }));
  });
  assert.deepEqual(ops(fuseNormalisation(other)).includes('RMSNormalization'), true);
  assertSameMeaning(other, fuseNormalisation(other));
});
