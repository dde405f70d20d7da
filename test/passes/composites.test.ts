/** Composite operators: taken apart, they compute what ONNX Runtime computes; forms that are not known are refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import { elementCount, int64Tensor } from '../../src/graph/tensor.ts';
import type { Tensor } from '../../src/graph/types.ts';
import { importModel } from '../../src/onnx/import.ts';
import { tensorToProto } from '../../src/onnx/tensor.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { type AttributeValue, modelBytes, node, runOrt, valueInfo } from '../onnx/models.ts';
import { randomNumbers } from './helpers.ts';

/** Shape of a float32 input; a mask or words as int32 below a bound, a mask of truth values; a constant; '' for one that is absent. */
type Operand =
  | readonly number[]
  | Tensor
  | { readonly shape: readonly number[]; readonly below: number | 'bool' }
  | '';

type Case = {
  readonly about?: string;
  readonly op: string;
  readonly inputs: readonly Operand[];
  /** Names of outputs that are read; the empty string for others before them. */
  readonly outputs?: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
};

const QKV: readonly Operand[] = [
  [2, 4, 5, 6],
  [2, 4, 7, 6],
  [2, 4, 7, 3],
];
const WINDOW: Tensor = {
  dtype: 'float32',
  shape: [8],
  data: Float32Array.of(0.1, 0.3, 0.7, 1, 0.9, 0.7, 0.3, 0.2),
};
const below = (shape: readonly number[], bound: number | 'bool'): Operand => ({ shape, below: bound });

const CASES: readonly Case[] = [
  { op: 'Attention', inputs: QKV },
  {
    about: 'of flat operands, causal, capped, with fewer heads of keys',
    op: 'Attention',
    inputs: [
      [2, 5, 24],
      [2, 5, 12],
      [2, 5, 12],
    ],
    attributes: { q_num_heads: 4, kv_num_heads: 2, is_causal: 1, scale: { f: 0.7 }, softcap: { f: 2 } },
  },
  { about: 'with a mask that is added', op: 'Attention', inputs: [...QKV, [5, 7]] },
  { about: 'with truth values', op: 'Attention', inputs: [...QKV, below([2, 1, 5, 7], 'bool')] },
  {
    about: 'behind a cache',
    op: 'Attention',
    inputs: [[1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4], '', [1, 2, 2, 4], [1, 2, 2, 4]],
    outputs: ['y', 'keys', 'values', 'scores'],
    attributes: { is_causal: 1 },
  },
  { op: 'com.microsoft::Gelu', inputs: [[2, 9]] },
  { op: 'com.microsoft::BiasGelu', inputs: [[2, 9], [9]] },
  { op: 'com.microsoft::FastGelu', inputs: [[2, 9], [9]] },
  { op: 'com.microsoft::QuickGelu', inputs: [[2, 9]], attributes: { alpha: { f: 1.5 } } },
  { op: 'SimplifiedLayerNormalization', inputs: [[2, 3, 8], [8]] },
  {
    op: 'com.microsoft::SkipLayerNormalization',
    inputs: [[2, 3, 8], [2, 3, 8], [8], [8], [8]],
    outputs: ['y', '', '', 'sum'],
  },
  {
    op: 'com.microsoft::SkipSimplifiedLayerNormalization',
    inputs: [[2, 3, 8], [2, 3, 8], [8], [8]],
    outputs: ['y', '', '', 'sum'],
  },
  {
    op: 'com.microsoft::EmbedLayerNormalization',
    inputs: [below([2, 5], 9), below([2, 5], 2), [9, 8], [6, 8], [2, 8], [8], [8]],
    outputs: ['y', 'count'],
  },
  {
    about: 'with words that count',
    op: 'com.microsoft::Attention',
    inputs: [[2, 5, 8], [8, 24], [24], below([2, 5], 2)],
    attributes: { num_heads: 2 },
  },
  {
    about: 'of one direction',
    op: 'com.microsoft::Attention',
    inputs: [[2, 5, 8], [8, 24], [24]],
    attributes: { num_heads: 2, unidirectional: 1 },
  },
  {
    op: 'com.microsoft::MultiHeadAttention',
    inputs: [[2, 5, 8], [2, 6, 8], [2, 6, 8], [24], below([2, 6], 2)],
    attributes: { num_heads: 2 },
  },
  {
    op: 'com.microsoft::FusedMatMul',
    inputs: [
      [2, 3, 4],
      [2, 5, 4],
    ],
    attributes: { transB: 1, alpha: { f: 0.25 } },
  },
  {
    op: 'com.microsoft::FusedConv',
    inputs: [[1, 2, 5, 5], [3, 2, 3, 3], [3], [1, 3, 3, 3]],
    attributes: { activation: 'Relu' },
  },
  {
    op: 'com.microsoft::FusedGemm',
    inputs: [[2, 3], [3, 4], [4]],
    attributes: { activation: 'LeakyRelu', activation_alpha: { f: 0.1 } },
  },
  {
    op: 'ai.onnx.ml::Scaler',
    inputs: [[2, 3]],
    attributes: { offset: { floats: [1, 2, 3] }, scale: { floats: [0.5, 1, 4] } },
  },
];

const whole = (values: readonly number[], shape: readonly number[] = [values.length]): Tensor => ({
  ...int64Tensor(values),
  shape,
});
const truth = (values: readonly number[]): Tensor => ({
  dtype: 'bool',
  shape: [values.length],
  data: Uint8Array.from(values),
});
/** Places within and beyond the edges, and some on them. */
const grid = (shape: readonly number[]): Tensor => {
  const next = randomNumbers(7);
  const data = Float32Array.from({ length: elementCount(shape) }, (_, i) =>
    i % 5 === 0 ? -1 : 2.6 * next(),
  );
  return { dtype: 'float32', shape, data };
};

const GRIDS: readonly Case[] = ['linear', 'nearest', 'cubic'].flatMap((mode) =>
  ['zeros', 'border', 'reflection'].map(
    (padding): Case => ({
      about: `${mode}, ${padding}`,
      op: 'GridSample',
      inputs: [[2, 3, 5, 4], grid([2, 6, 7, 2])],
      attributes: { mode, padding_mode: padding, align_corners: padding === 'border' ? 1 : 0 },
    }),
  ),
);

const TAKEN_APART: readonly Case[] = [
  { op: 'ai.onnx.ml::Normalizer', inputs: [[2, 3]], attributes: { norm: 'L2' } },
  { about: 'of magnitudes', op: 'ai.onnx.ml::Normalizer', inputs: [[2, 3]], attributes: { norm: 'L1' } },
  ...['NONE', 'LOGISTIC', 'SOFTMAX'].map(
    (transform): Case => ({
      about: transform,
      op: 'ai.onnx.ml::LinearClassifier',
      inputs: [[4, 2]],
      outputs: ['places', 'scores'],
      attributes: {
        coefficients: { floats: [1, -2, 0.5, 3, -1, 1] },
        intercepts: { floats: [0.1, -0.2, 0.3] },
        classlabels_ints: transform === 'NONE' ? [4, 2, 9] : [0, 1, 2],
        post_transform: transform,
      },
    }),
  ),
  {
    op: 'ai.onnx.ml::LinearRegressor',
    inputs: [[4, 2]],
    attributes: { coefficients: { floats: [1, -2, 0.5, 3] }, intercepts: { floats: [1, 2] }, targets: 2 },
  },
  ...GRIDS,
  { about: 'of a volume', op: 'GridSample', inputs: [[1, 2, 3, 4, 5], grid([1, 2, 3, 4, 3])] },
  { op: 'Compress', inputs: [[3, 4], truth([0, 1, 1])], attributes: { axis: 1 } },
  { about: 'of all elements', op: 'Compress', inputs: [[3, 4], truth([0, 1, 1, 0, 0, 1])] },
  { op: 'ReverseSequence', inputs: [[5, 2, 3], whole([2, 5])] },
  {
    about: 'of equal lengths',
    op: 'ReverseSequence',
    inputs: [[2, 5, 3], whole([4, 4])],
    attributes: { batch_axis: 0, time_axis: 1 },
  },
  { op: 'MeanVarianceNormalization', inputs: [[2, 3, 4, 5]] },
  ...['HannWindow', 'HammingWindow', 'BlackmanWindow'].flatMap((op) =>
    [0, 1].map((periodic): Case => ({ op, inputs: [whole([10], [])], attributes: { periodic } })),
  ),
  { op: 'NonZero', inputs: [truth([0, 1, 1, 0, 1])], outputs: ['places'] },
  ...[0, 1].map(
    (corners): Case => ({
      op: 'AffineGrid',
      inputs: [grid([2, 2, 3]), whole([2, 1, 3, 4])],
      attributes: { align_corners: corners },
    }),
  ),
  { about: 'of a volume', op: 'AffineGrid', inputs: [grid([1, 3, 4]), whole([1, 1, 2, 3, 4])] },
  { op: 'CastLike', inputs: [[3, 4], below([1], 2)], outputs: ['count'] },
  { op: 'DFT', inputs: [[1, 9, 3, 1], '', whole([1], [])] },
  { about: 'onesided', op: 'DFT', inputs: [[2, 8, 1], '', whole([1], [])], attributes: { onesided: 1 } },
  { about: 'padded', op: 'DFT', inputs: [[2, 7, 1], whole([10], []), whole([1], [])] },
  { about: 'cut', op: 'DFT', inputs: [[2, 7, 1], whole([4], []), whole([1], [])] },
  { about: 'back', op: 'DFT', inputs: [[2, 6, 2], '', whole([1], [])], attributes: { inverse: 1 } },
  { op: 'STFT', inputs: [[2, 20, 1], whole([3], []), WINDOW] },
  {
    about: 'both sides',
    op: 'STFT',
    inputs: [[1, 20, 1], whole([4], []), WINDOW],
    attributes: { onesided: 0 },
  },
  {
    op: 'RotaryEmbedding',
    inputs: [
      [2, 3, 4, 6],
      [2, 4, 3],
      [2, 4, 3],
    ],
  },
  {
    about: 'in part, of flat heads',
    op: 'RotaryEmbedding',
    inputs: [[2, 4, 12], [9, 2], [9, 2], whole([0, 1, 2, 3, 5, 6, 7, 8], [2, 4])],
    attributes: { num_heads: 2, rotary_embedding_dim: 4, interleaved: 1 },
  },
  {
    about: 'with an offset',
    op: 'com.microsoft::RotaryEmbedding',
    inputs: [[2, 3, 4, 8], whole([2]), [9, 4], [9, 4]],
  },
  {
    about: 'with places',
    op: 'com.microsoft::RotaryEmbedding',
    inputs: [[1, 4, 12], whole([3, 2, 1, 0], [1, 4]), [9, 3], [9, 3]],
    attributes: { interleaved: 1 },
  },
];

const INT32 = 6;
const BOOL = 9;

/** Of outputs that are not float32, by name. */
const TYPES: ReadonlyMap<string, number> = new Map([
  ['count', INT32],
  ['places', 7],
]);

function shapeOf(operand: Exclude<Operand, ''>): readonly number[] {
  return 'shape' in operand ? operand.shape : operand;
}

function bytesOf({ op, inputs, outputs = ['y'], attributes = {} }: Case): Uint8Array {
  const [domain, opType] = op.includes('::') ? (op.split('::') as [string, string]) : ['', op];
  const typeOf = (operand: Operand): number => {
    if (operand === '' || !('below' in operand)) return 1;
    return operand.below === 'bool' ? BOOL : INT32;
  };
  const names = inputs.map((operand, i) => (operand === '' ? '' : `x${i}`));
  return modelBytes(
    23,
    {
      initializer: inputs.flatMap((operand, i) =>
        isConstant(operand) ? [tensorToProto(`x${i}`, operand)] : [],
      ),
      input: inputs.flatMap((operand, i) =>
        operand === '' || isConstant(operand) ? [] : [valueInfo(`x${i}`, shapeOf(operand), typeOf(operand))],
      ),
      node: [{ ...node(opType, names, outputs, attributes), domain }],
      output: outputs
        .filter((name) => name !== '')
        .map((name) => valueInfo(name, null, TYPES.get(name) ?? 1)),
    },
    {
      irVersion: 11,
      opsetImport: [
        { domain: '', version: 23 },
        { domain: 'com.microsoft', version: 1 },
        { domain: 'ai.onnx.ml', version: 3 },
      ],
    },
  );
}

function isConstant(operand: Operand): operand is Tensor {
  return operand !== '' && 'data' in operand;
}

function tensorOf(operand: Exclude<Operand, '' | Tensor>, seed: number): Tensor {
  const shape = shapeOf(operand);
  const next = randomNumbers(seed);
  const numbers = Array.from({ length: elementCount(shape) }, next);
  if (!('below' in operand)) return { dtype: 'float32', shape, data: Float32Array.from(numbers) };
  const bound = operand.below === 'bool' ? 2 : operand.below;
  // The first of each row counts, so that no row is masked whole.
  const whole = numbers.map((x, i) => (i % shape.at(-1)! === 0 ? 1 : Math.floor(Math.abs(x) * 1e4) % bound));
  return operand.below === 'bool'
    ? { dtype: 'bool', shape, data: Uint8Array.from(whole) }
    : { dtype: 'int32', shape, data: Int32Array.from(whole) };
}

for (const row of [...CASES, ...TAKEN_APART]) {
  test(`${row.op}${row.about === undefined ? '' : ` ${row.about}`}`, async () => {
    const bytes = bytesOf(row);
    const tensors = row.inputs.flatMap((operand, i) =>
      operand === '' || isConstant(operand) ? [] : [[`x${i}`, tensorOf(operand, i + 1)] as const],
    );
    const feeds = tensors.map(
      ([name, { dtype, data, shape }]) =>
        [name, new ort.Tensor(dtype as 'float32', data as Float32Array, [...shape])] as const,
    );
    const want = await runOrt(bytes, Object.fromEntries(feeds));
    const graph = prepareGraph(importModel(bytes, { path: 'test' }));
    const got = createExecutor(graph).run(tensors.map(([, tensor]) => tensor));
    graph.outputs.forEach(({ name }, i) => {
      const { data, dims } = want[name]!;
      assert.deepEqual(got[i]!.shape, [...dims], name);
      (data as Float32Array).forEach((value, k) => {
        assert.ok(
          Math.abs(Number(got[i]!.data[k]) - Number(value)) < 1e-5,
          `${name}[${k}]: ${got[i]!.data[k]}, not ${value}`,
        );
      });
    });
  });
}

test('what has no expansion is refused, with its node', () => {
  const refused: readonly Case[] = [
    { op: 'Attention', inputs: [...QKV, [5, 6]] },
    {
      op: 'Attention',
      inputs: [
        [1, 5, 9],
        [1, 5, 9],
        [1, 5, 9],
      ],
      attributes: { q_num_heads: 2, kv_num_heads: 2 },
    },
    {
      op: 'com.microsoft::Attention',
      inputs: [[2, 5, 8], [8, 24], [24], below([2], 5)],
      attributes: { num_heads: 2 },
    },
    {
      op: 'com.microsoft::SkipLayerNormalization',
      inputs: [
        [2, 8],
        [2, 8],
      ],
    },
    { op: 'com.microsoft::FusedGemm', inputs: [[2, 3], [3, 4], [4]], attributes: { activation: 'Softplus' } },
    { op: 'com.microsoft::Inverse', inputs: [[2, 2]] },
  ];
  for (const row of refused) {
    assert.throws(
      () => prepareGraph(importModel(bytesOf(row), { path: 'test' })),
      (error: { code?: string; at?: readonly string[] }) =>
        /^E_(OP|SHAPE)$/.test(error.code ?? '') && error.at!.length > 0,
      row.op,
    );
  }
});
