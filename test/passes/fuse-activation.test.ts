import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float, type GraphBuilder, graphBuilder, perTensor } from '../../src/graph/build.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import { fuseActivation } from '../../src/passes/fuse-activation.ts';
import { cleanUp } from '../../src/passes/pipeline.ts';
import { assertSameMeaning, floatGraph, ops } from './helpers.ts';

type Make = (g: GraphBuilder, x: string) => string;

let count = 0;
const scalar = (g: GraphBuilder, value: number, shape: readonly number[] = []) =>
  g.constant(`c${count++}`, floatTensor(shape, [value]));

const mul = (g: GraphBuilder, a: string, b: string) => g.node('Mul', [a, b]);
const div = (g: GraphBuilder, a: string, b: number) => g.node('Div', [a, scalar(g, b)]);
const add = (g: GraphBuilder, a: string, b: number) => g.node('Add', [a, scalar(g, b)]);
const relu6 = (g: GraphBuilder, x: string) => g.node('Clip', [x, scalar(g, 0), scalar(g, 6)]);
const onePlus = (g: GraphBuilder, op: string, x: string) => add(g, g.node(op, [x]), 1);

const cubic: Make = (g, x) => {
  const cube = g.node('Pow', [x, scalar(g, 3)]);
  const sum = g.node('Add', [x, mul(g, cube, scalar(g, 0.044715))]);
  return mul(g, sum, scalar(g, Math.sqrt(2 / Math.PI)));
};
const cubicByProducts: Make = (g, x) => {
  const cube = mul(g, mul(g, x, x), x);
  const sum = g.node('Add', [mul(g, scalar(g, 0.044715), cube), x]);
  return mul(g, scalar(g, Math.sqrt(2 / Math.PI)), sum);
};

const FUSED: Readonly<Record<string, readonly [string, Make]>> = {
  'x * sigmoid(x)': ['tinyml::Silu', (g, x) => mul(g, x, g.node('Sigmoid', [x]))],
  'sigmoid(x) * x': ['tinyml::Silu', (g, x) => mul(g, g.node('Sigmoid', [x]), x)],
  'x * tanh(softplus(x))': ['Mish', (g, x) => mul(g, x, g.node('Tanh', [g.node('Softplus', [x])]))],
  'relu6(x + 3) / 6': ['HardSigmoid', (g, x) => div(g, relu6(g, add(g, x, 3)), 6)],
  'relu6(x + 3) * (1 / 6)': ['HardSigmoid', (g, x) => mul(g, relu6(g, add(g, x, 3)), scalar(g, 1 / 6))],
  'x * hardsigmoid(x)': [
    'HardSwish',
    (g, x) =>
      mul(g, x, g.node('HardSigmoid', [x], { attributes: { alpha: float(1 / 6), beta: float(0.5) } })),
  ],
  'x * relu6(x + 3) / 6': ['HardSwish', (g, x) => div(g, mul(g, x, relu6(g, add(g, x, 3))), 6)],
  '(relu6(x + 3) / 6) * x': ['HardSwish', (g, x) => mul(g, div(g, relu6(g, add(g, x, 3)), 6), x)],
  'relu6(x + 3) * (x / 6)': ['HardSwish', (g, x) => mul(g, relu6(g, add(g, x, 3)), div(g, x, 6))],
  'gelu: 0.5 * (x * (1 + erf(x / sqrt 2)))': [
    'Gelu',
    (g, x) => mul(g, scalar(g, 0.5), mul(g, x, onePlus(g, 'Erf', div(g, x, Math.SQRT2)))),
  ],
  'gelu: (0.5 * x) * (1 + erf(x * sqrt 0.5))': [
    'Gelu',
    (g, x) => mul(g, mul(g, x, scalar(g, 0.5)), onePlus(g, 'Erf', mul(g, x, scalar(g, Math.SQRT1_2, [1])))),
  ],
  'gelu, tanh form with Pow': [
    'Gelu',
    (g, x) => mul(g, mul(g, scalar(g, 0.5), x), onePlus(g, 'Tanh', cubic(g, x))),
  ],
  'gelu, tanh form with products': [
    'Gelu',
    (g, x) => mul(g, mul(g, x, onePlus(g, 'Tanh', cubicByProducts(g, x))), scalar(g, 0.5)),
  ],
};

const around = (make: Make) =>
  floatGraph((g) => g.output(make(g, g.node('Neg', [g.input('x', [2, 40])])), { name: 'y' }));

for (const [what, [op, make]] of Object.entries(FUSED)) {
  test(`${what} is ${op}`, () => {
    const before = around(make);
    const after = cleanUp(before);
    assert.deepEqual(ops(after), ['Neg', op]);
    assertSameMeaning(before, after);
  });
}

const KEPT: Readonly<Record<string, Make>> = {
  'x * sigmoid(2 x)': (g, x) => mul(g, x, g.node('Sigmoid', [mul(g, x, scalar(g, 2))])),
  'x * sigmoid(y)': (g, x) => mul(g, x, g.node('Sigmoid', [g.node('Exp', [x])])),
  'x * x * sigmoid(x)': (g, x) => mul(g, mul(g, x, x), g.node('Sigmoid', [x])),
  'relu6(x + 2) / 6': (g, x) => div(g, relu6(g, add(g, x, 2)), 6),
  'relu6(x + 3) / 5': (g, x) => div(g, relu6(g, add(g, x, 3)), 5),
  'x (1 + erf(x / sqrt 2)), not halved': (g, x) => mul(g, x, onePlus(g, 'Erf', div(g, x, Math.SQRT2))),
  'x (1 + erf(x)) / 2': (g, x) => mul(g, mul(g, x, scalar(g, 0.5)), onePlus(g, 'Erf', x)),
  '6 / relu6(x + 3)': (g, x) => g.node('Div', [scalar(g, 6), add(g, relu6(g, add(g, x, 3)), 1)]),
};

for (const [what, make] of Object.entries(KEPT)) {
  test(`kept: ${what}`, () => {
    const graph = around(make);
    assert.equal(fuseActivation(graph), graph);
  });
}

test('a sigmoid that others read stays for them', () => {
  const before = floatGraph((g) => {
    const x = g.input('x', [2, 40]);
    const gate = g.node('Sigmoid', [x]);
    g.output(mul(g, x, gate));
    g.output(gate);
  });
  const after = fuseActivation(before);
  assert.deepEqual(ops(after), ['Sigmoid', 'tinyml::Silu']);
  assertSameMeaning(before, after);
});

test('a gate with a grid of its own is no part of an activation; the result keeps its grid', () => {
  const build = (gateQuant: ReturnType<typeof perTensor> | null) => {
    const g = graphBuilder('quantised');
    const x = g.input('x', [8], { quant: perTensor(0.05, 0) });
    const gate = g.node('Sigmoid', [x], { shape: [8], quant: gateQuant });
    g.output(g.node('Mul', [x, gate], { shape: [8], quant: perTensor(0.04, -100), name: 'y' }));
    return g.build();
  };
  const kept = build(perTensor(1 / 256, -128));
  assert.equal(fuseActivation(kept), kept);
  const before = build(null);
  const after = fuseActivation(before);
  assert.deepEqual(ops(after), ['tinyml::Silu']);
  assert.deepEqual(after.values.get('y')!.quant, perTensor(0.04, -100));
  assertSameMeaning(before, after);
});

test('a constant that widens the shape is no factor of an activation', () => {
  const graph = floatGraph((g) => {
    const x = g.input('x', [40]);
    const gate = relu6(g, add(g, x, 3));
    g.output(g.node('Mul', [gate, scalar(g, 1 / 6, [1, 1])]));
  });
  assert.equal(fuseActivation(graph), graph);
});

/** How often a pass looks at a node of the product of so many equal factors. */
function looksAtProduct(factors: number): number {
  const graph = floatGraph((g) => {
    let x = g.input('x', [2]);
    for (let i = 0; i < factors; i++) x = mul(g, x, x);
    g.output(x);
  });
  let looks = 0;
  const watch = <T extends object>(node: T): T =>
    new Proxy(node, {
      get: (target, key) => {
        looks++;
        return Reflect.get(target, key);
      },
    });
  const watched = { ...graph, nodes: graph.nodes.map(watch) };
  assert.equal(fuseActivation(watched), watched);
  return looks;
}

test('long products are searched no deeper than an activation is', () => {
  const [some, twice, many] = [looksAtProduct(50), looksAtProduct(100), looksAtProduct(400)];
  assert.ok(some > 50);
  // A search of a bounded depth looks at every node a bounded number of times.
  assert.ok(twice <= 2.2 * some && many <= 8.8 * some, `${some}, ${twice}, ${many}`);
});
