import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { elementCount, isStorageOf, sameShape } from '../../src/graph/tensor.ts';
import type { Attribute, DType, Tensor } from '../../src/graph/types.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { operatorOf, operators } from '../../src/ops/index.ts';
import { nodeOf, tensor } from './run.ts';

test('every operator is filed under its own name', () => {
  for (const [name, operator] of operators) assert.equal(operator.name, name);
  assert.ok(operators.size >= 135);
});

test('an unknown operator is E_OP with its place', () => {
  assert.throws(() => operatorOf(nodeOf('Frobnicate', [])), { code: 'E_OP', at: ['node "n" (Frobnicate)'] });
});

const TYPES: readonly DType[] = [
  'float32',
  'float32',
  'float32',
  'int64',
  'int64',
  'int32',
  'uint8',
  'int8',
  'bool',
];
const INTS = [
  'axis',
  'keepdims',
  'group',
  'ceil_mode',
  'to',
  'blocksize',
  'num_groups',
  'k',
  'size',
  'allowzero',
];
const LISTS = [
  'perm',
  'pads',
  'strides',
  'kernel_shape',
  'dilations',
  'axes',
  'output_padding',
  'output_shape',
];

/**
 * Untrusted models reach the operators as they are: whatever the types, shapes and attributes, an operator either
 * computes exactly what it inferred, or says what is wrong with a TinymlError.
 */
test('random inputs and attributes either run as inferred or fail with a TinymlError', () => {
  const random = seededRandom(2024);
  const below = (n: number) => Math.floor(random() * n);
  const randomTensor = (): Tensor => {
    const dtype = TYPES[below(TYPES.length)]!;
    const shape = Array.from({ length: below(5) }, () => [0, 1, 1, 2, 3, 4][below(6)]!);
    const bound = dtype === 'bool' ? 2 : 5;
    return tensor(
      dtype,
      shape,
      Array.from(
        { length: elementCount(shape) },
        () => below(bound) - (bound === 5 && dtype !== 'uint8' ? 2 : 0),
      ),
    );
  };
  const randomAttributes = (): Record<string, Attribute> => {
    const attributes: Record<string, Attribute> = {};
    for (let i = below(3); i > 0; i--) {
      attributes[INTS[below(INTS.length)]!] = {
        kind: 'int',
        value: [-3, -1, 0, 1, 2, 7, 2 ** 31, 1e300][below(8)]!,
      };
    }
    for (let i = below(4); i > 0; i--) {
      const value = Array.from({ length: 1 + below(4) }, () => [0, 1, 1, 2, -1, 2 ** 40][below(6)]!);
      attributes[LISTS[below(LISTS.length)]!] = { kind: 'ints', value };
    }
    return attributes;
  };
  let ran = 0;
  for (const operator of operators.values()) {
    for (let round = 0; round < 60; round++) {
      const inputs = Array.from({ length: 1 + below(6) }, () => (below(8) === 0 ? null : randomTensor()));
      const node = nodeOf(operator.name, inputs, randomAttributes());
      const what = JSON.stringify({ op: node.op, inputs: inputs.map((i) => i && [i.dtype, i.shape]), node });
      try {
        const inferred = operator.infer(node, inputs);
        const outputs = operator.run(node, inputs);
        outputs.forEach((output, i) => {
          assert.ok(sameShape(output.shape, inferred[i]!.shape), `shape of ${what}`);
          assert.equal(output.dtype, inferred[i]!.dtype, `type of ${what}`);
          assert.equal(output.data.length, elementCount(output.shape), `length of ${what}`);
          assert.ok(isStorageOf(output.dtype, output.data), `storage of ${what}`);
        });
        const macs = operator.macs(node, inputs, inferred);
        assert.ok(Number.isSafeInteger(macs) && macs >= 0, `${macs} macs of ${what}`);
        ran++;
      } catch (error) {
        if (error instanceof TinymlError && error.code !== 'E_INTERNAL') continue;
        throw new Error(`${(error as Error).message} in ${what}`, { cause: error });
      }
    }
  }
  assert.ok(ran > 500, `only ${ran} runs got through`);
});
