/** Products and float graphs have the same bits natively and in TypeScript. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createExecutor, productsOf } from '../../src/engine/index.ts';
import { int, ints } from '../../src/graph/build.ts';
import type { Graph } from '../../src/graph/types.ts';
import { createExecutor as createReference } from '../../src/ops/execute.ts';
import { makeProduct, type ProductSpec } from '../../src/ops/products.ts';
import { seededRandom } from '../../src/random.ts';
import { floatGraph, randomTensor } from '../passes/helpers.ts';
import { nativeKernels } from './programs.ts';

const kernels = nativeKernels();
const skip = typeof kernels === 'string' ? kernels : false;
const isas = typeof kernels === 'string' ? ['native'] : kernels.addon.isas;

function native(isa: string) {
  assert.ok(typeof kernels !== 'string');
  return { ...kernels, isa };
}

/** Sizes around the widths of vectors, with now and then an empty side. */
function randomSpec(random: () => number): ProductSpec {
  const size = (end: number) => (random() < 0.03 ? 0 : 1 + Math.floor(random() * end));
  const [groups, rows, depth, columns] = [size(3), size(20), size(30), size(40)];
  // Values of very different sizes: sums depend on the order in which they are formed.
  const value = () => (random() - 0.5) * 2 ** Math.floor(random() * 40 - 20);
  const rowMajor = random() < 0.5;
  const contiguous = random() < 0.5;
  return {
    groups,
    rows,
    weights: Float32Array.from({ length: groups * rows * depth }, value),
    bias: Float64Array.from({ length: groups * rows }, value),
    offsets: Int32Array.from({ length: depth }, () => Math.floor(random() * 50)),
    starts: Int32Array.from({ length: columns }, (_, i) => (contiguous ? i : Math.floor(random() * 50))),
    groupStride: Math.floor(random() * 40),
    rowStride: rowMajor ? columns : 1,
    columnStride: rowMajor ? 1 : groups * rows,
  };
}

describe('products have the bits of the TypeScript loops', () => {
  for (const isa of isas) {
    test(`with ${isa}`, { skip }, () => {
      const random = seededRandom(31);
      for (let round = 0; round < 300; round++) {
        const spec = randomSpec(random);
        const x = Float32Array.from(
          { length: 300 },
          () => (random() - 0.5) * 2 ** Math.floor(random() * 40 - 20),
        );
        const length = spec.groups * spec.rows * spec.starts.length + 3;
        for (const out of [new Float32Array(length), new Float64Array(length)]) {
          const [want, got] = [out.fill(7).slice(), out.slice()];
          makeProduct(spec)(x, 5, want, 2);
          productsOf(native(isa))(spec)(x, 5, got, 2);
          assert.deepEqual(got, want, `round ${round}: ${JSON.stringify({ ...spec, weights: 0, bias: 0 })}`);
        }
      }
    });
  }
});

test('what does not fit is refused', { skip }, () => {
  const make = productsOf(native('generic'));
  const spec: ProductSpec = {
    groups: 1,
    rows: 2,
    weights: new Float32Array(6),
    bias: new Float64Array(2),
    offsets: Int32Array.of(0, 1, 2),
    starts: Int32Array.of(0, 4),
    groupStride: 0,
    rowStride: 2,
    columnStride: 1,
  };
  const run = make(spec);
  run(new Float32Array(7), 0, new Float32Array(4), 0);
  assert.throws(() => run(new Float32Array(6), 0, new Float32Array(4), 0), /too short/);
  assert.throws(() => run(new Float32Array(7), 1, new Float32Array(4), 0), /too short/);
  assert.throws(() => run(new Float32Array(7), 0, new Float32Array(4), 1), /too short/);
  assert.throws(() => make({ ...spec, starts: Int32Array.of(-1) }), /negative/);
  assert.throws(() => make({ ...spec, weights: new Float32Array(7) }), /do not fit/);
  assert.throws(() => make({ ...spec, rows: 3 }), /do not fit/);
});

/** Convolutions of every kind and matrix products, of constants and of computed values. */
function mixedGraph(): Graph {
  return floatGraph((b) => {
    const x = b.input('x', [2, 6, 19, 21]);
    const weights = (name: string, shape: readonly number[], seed: number) =>
      b.constant(name, randomTensor(shape, seed));
    const pads = ints([1, 2, 0, 1]);
    const conv = b.node('Conv', [x, weights('w1', [10, 6, 3, 3], 1), weights('b1', [10], 2)], {
      name: 'conv',
      attributes: { pads, strides: ints([2, 1]), dilations: ints([1, 2]) },
    });
    const grouped = b.node('Conv', [conv, weights('w2', [15, 2, 2, 2], 3)], {
      name: 'grouped',
      attributes: { group: int(5) },
    });
    const depthwise = b.node('Conv', [grouped, weights('w3', [15, 1, 2, 1], 4), weights('b3', [15], 5)], {
      name: 'depthwise',
      attributes: { group: int(15) },
    });
    const up = b.node('ConvTranspose', [depthwise, weights('w4', [15, 2, 3, 3], 6), weights('b4', [6], 7)], {
      name: 'up',
      attributes: { group: int(3), strides: ints([2, 2]), pads: ints([1, 0, 0, 1]) },
    });
    b.output(up);
    const turned = b.node('Transpose', [up], { attributes: { perm: ints([0, 1, 3, 2]) } });
    b.output(b.node('MatMul', [up, turned], { name: 'computed' }));
    b.output(b.node('MatMul', [turned, weights('w5', [6, 14, 4], 8)], { name: 'constant' }));
    const mean = b.node('Flatten', [b.node('GlobalAveragePool', [conv])]);
    b.output(
      b.node('Gemm', [mean, weights('w6', [7, 10], 9), weights('b6', [7], 10)], {
        attributes: { transB: int(1) },
      }),
    );
  });
}

test('a float graph has the same bits', { skip }, () => {
  const graph = mixedGraph();
  const input = randomTensor([2, 6, 19, 21], 8, 3);
  const trace = (run: ReturnType<typeof createReference>) => {
    const seen: (readonly [string, unknown])[] = [];
    run.run([input], (name, tensor) => seen.push([name, tensor.data]));
    return seen;
  };
  const want = trace(createReference(graph));
  for (const isa of isas) assert.deepEqual(trace(createExecutor(graph, native(isa))), want, isa);
  const typescript = { kind: 'typescript', reason: 'asked for' } as const;
  assert.deepEqual(trace(createExecutor(graph, typescript)), want);
});
