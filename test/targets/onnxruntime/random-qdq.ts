/** Random QDQ models with everything that decides whether ONNX Runtime fuses: types, scales, readers, biases, limits. */
import { type GraphBuilder, graphBuilder, int, ints } from '../../../src/graph/build.ts';
import { elementCount, floatTensor } from '../../../src/graph/tensor.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { seededRandom } from '../../../src/numbers/random.ts';
import { resolveModel } from '../../../src/passes/resolve.ts';

type Type = 'int8' | 'uint8';

export function randomQdqModel(seed: number): Graph {
  const random = seededRandom(seed);
  const chance = (share: number): boolean => random() < share;
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
  const b = graphBuilder(`random${seed}`);
  const types: readonly Type[] = pick([['uint8'], ['uint8'], ['int8'], ['int8', 'uint8']] as const);
  let count = 0;
  const fresh = (base: string): string => `${base}${++count}`;

  /** Q and DQ behind a value, now and then none. `lowest`: the zero point is the lowest code. */
  const coded = (x: string, lowest = chance(0.5), always = false): string => {
    if (!always && chance(0.1)) return x;
    const type = pick(types);
    const zeroPoint = (lowest ? 0 : 128) - (type === 'int8' ? 128 : 0);
    const name = fresh('q');
    const parameters = [
      b.constant(`${name}_scale`, floatTensor([], [pick([0.02, 0.02, 0.03])])),
      b.constant(`${name}_zero`, {
        dtype: type,
        shape: [],
        data: type === 'int8' ? Int8Array.of(zeroPoint) : Uint8Array.of(zeroPoint),
      }),
    ];
    const codes = b.node('QuantizeLinear', [x, ...parameters], { name });
    const real = b.node('DequantizeLinear', [codes, ...parameters], { name: `${name}_real` });
    return chance(0.1) ? b.node('DequantizeLinear', [codes, ...parameters], { name: `${name}_again` }) : real;
  };
  const limited = (x: string): string => {
    const kind = pick(['none', 'none', 'Relu', 'Clip']);
    if (kind === 'none') return coded(x);
    const name = fresh('limit');
    if (kind === 'Relu') return coded(b.node('Relu', [x], { name }), chance(0.8));
    const bounds = [0, pick([3, 6, 9])].map((bound, i) =>
      b.constant(`${name}_${i}`, floatTensor([], [bound])),
    );
    return coded(b.node('Clip', [x, ...bounds], { name }), chance(0.8));
  };

  const pool = [coded(b.input('x', [1, 4, 6, 6]), false, true)];
  const steps: readonly (() => string)[] = [
    () => limited(linear(b, 'Conv', fresh('conv'), pick(pool), [4, 4, 1, 1], pick(BIASES), chance(0.2))),
    () => limited(linear(b, 'Conv', fresh('conv'), pick(pool), [4, 4, 3, 3], pick(BIASES), chance(0.2))),
    () => limited(b.node(pick(['Add', 'Mul']), [pick(pool), pick(pool)], { name: fresh('sum') })),
    () =>
      coded(
        b.node(pick(['Sigmoid', 'LeakyRelu', 'Softmax', 'Tanh', 'Relu']), [pick(pool)], { name: fresh('f') }),
      ),
    () => {
      const attributes = { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) };
      return coded(
        b.node(pick(['MaxPool', 'AveragePool']), [pick(pool)], { name: fresh('pool'), attributes }),
      );
    },
    () => {
      const shape = b.constant(fresh('shape'), {
        dtype: 'int64',
        shape: [3],
        data: BigInt64Array.of(1n, 4n, 36n),
      });
      const back = b.constant(fresh('shape'), {
        dtype: 'int64',
        shape: [4],
        data: BigInt64Array.of(1n, 4n, 6n, 6n),
      });
      const flat = coded(b.node('Reshape', [pick(pool), shape], { name: fresh('flat') }));
      return coded(b.node('Reshape', [flat, back], { name: fresh('square') }));
    },
    () => {
      const attributes = { axis: int(1) };
      const both = coded(b.node('Concat', [pick(pool), pick(pool)], { name: fresh('both'), attributes }));
      return limited(linear(b, 'Conv', fresh('conv'), both, [4, 8, 1, 1], pick(BIASES), false));
    },
  ];
  const length = 2 + Math.floor(random() * 6);
  for (let i = 0; i < length; i++) pool.push(pick(steps)());

  const last = pool.at(-1)!;
  const mean = coded(b.node('GlobalAveragePool', [last], { name: 'mean' }));
  const flat = coded(b.node('Flatten', [mean], { name: 'flatten' }));
  const dense = chance(0.6)
    ? linear(b, 'Gemm', 'dense', flat, [5, 4], pick(BIASES), false)
    : product(b, flat, pick(['alone', 'behind a pair', 'direct'] as const), coded);
  b.output(pick([coded, limited, (x: string) => x])(dense));
  return resolveModel(b.model());
}

/** MatMul "dense" with a bias added: never, in codes, or in float at once. */
function product(
  b: GraphBuilder,
  x: string,
  bias: 'alone' | 'behind a pair' | 'direct',
  coded: (x: string) => string,
): string {
  const codes = b.constant('dense_codes', { dtype: 'int8', shape: [4, 5], data: new Int8Array(20).fill(3) });
  const scale = b.constant('dense_scale', floatTensor([], [0.01]));
  const zero = b.constant('dense_zero', { dtype: 'int8', shape: [], data: Int8Array.of(0) });
  const weights = b.node('DequantizeLinear', [codes, scale, zero], { name: 'dense_weights' });
  const dense = b.node('MatMul', [x, weights], { name: 'dense' });
  if (bias === 'alone') return dense;
  const added = b.constant('dense_bias', floatTensor([5], [1, 2, 3, 4, 5]));
  return b.node('Add', [bias === 'direct' ? dense : coded(dense), added], { name: 'sum' });
}

const BIASES = ['none', 'int32', 'int32', 'float'] as const;

/** A Conv or Gemm with quantised weights and one of the biases. */
function linear(
  b: GraphBuilder,
  op: 'Conv' | 'Gemm',
  name: string,
  x: string,
  shape: readonly number[],
  bias: (typeof BIASES)[number],
  unsigned: boolean,
): string {
  const [channels = 0] = shape;
  const count = elementCount(shape);
  const dtype = unsigned ? 'uint8' : 'int8';
  const data = unsigned
    ? Uint8Array.from({ length: count }, (_, i) => 100 + (i % 50))
    : Int8Array.from({ length: count }, (_, i) => (i % 50) - 25);
  const zero = unsigned ? Uint8Array.of(128) : new Int8Array(channels);
  const scales = unsigned
    ? floatTensor([], [0.01])
    : floatTensor([channels], Array<number>(channels).fill(0.01));
  const parameters = [
    b.constant(`${name}_scale`, scales),
    b.constant(`${name}_zero`, { dtype, shape: unsigned ? [] : [channels], data: zero }),
  ];
  const attributes = unsigned ? {} : { axis: int(0) };
  const codes = b.constant(`${name}_codes`, { dtype, shape, data });
  const weights = b.node('DequantizeLinear', [codes, ...parameters], { name: `${name}_weights`, attributes });
  const biases: readonly string[] = (() => {
    switch (bias) {
      case 'none':
        return [];
      case 'float':
        return [b.constant(`${name}_bias`, floatTensor([channels], Array<number>(channels).fill(0.5)))];
      case 'int32': {
        const integers = new Int32Array(channels).fill(100);
        const stored = b.constant(`${name}_ints`, { dtype: 'int32', shape: [channels], data: integers });
        const scale = b.constant(
          `${name}_bias_scale`,
          floatTensor([channels], Array<number>(channels).fill(0.0002)),
        );
        const options = { name: `${name}_bias`, attributes: { axis: int(0) } };
        return [b.node('DequantizeLinear', [stored, scale], options)];
      }
    }
  })();
  const [, , height = 1] = shape;
  const pad = (height - 1) / 2;
  const options = op === 'Conv' ? { pads: ints([pad, pad, pad, pad]) } : { transB: int(1) };
  return b.node(op, [x, weights, ...biases], { name, attributes: options });
}
