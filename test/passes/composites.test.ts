/** Composite operators: taken apart, they compute what ONNX Runtime computes; forms that are not known are refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import { elementCount } from '../../src/graph/tensor.ts';
import type { Tensor } from '../../src/graph/types.ts';
import { importModel } from '../../src/onnx/import.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { type AttributeValue, modelBytes, node, runOrt, valueInfo } from '../onnx/models.ts';
import { randomNumbers } from './helpers.ts';

/** Shape of a float32 input; a mask or words as int32 below a bound, a mask of truth values; '' for one that is absent. */
type Operand =
  | readonly number[]
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

const INT32 = 6;
const BOOL = 9;

function shapeOf(operand: Exclude<Operand, ''>): readonly number[] {
  return 'below' in operand ? operand.shape : operand;
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
      input: inputs.flatMap((operand, i) =>
        operand === '' ? [] : [valueInfo(`x${i}`, shapeOf(operand), typeOf(operand))],
      ),
      node: [{ ...node(opType, names, outputs, attributes), domain }],
      output: outputs
        .filter((name) => name !== '')
        .map((name) => valueInfo(name, null, name === 'count' ? INT32 : 1)),
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

function tensorOf(operand: Exclude<Operand, ''>, seed: number): Tensor {
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

for (const row of CASES) {
  test(`${row.op}${row.about === undefined ? '' : ` ${row.about}`}`, async () => {
    const bytes = bytesOf(row);
    const tensors = row.inputs.flatMap((operand, i) =>
      operand === '' ? [] : [[`x${i}`, tensorOf(operand, i + 1)] as const],
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
          Math.abs(Number(got[i]!.data[k]) - value) < 1e-5,
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
