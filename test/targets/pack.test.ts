/** Steps that are packed for a core compute the bytes of those that they were, whatever the constants are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import type { CoreFeatures } from '../../src/program/implementation.ts';
import { type KernelName, kernelOf, scratchBytes } from '../../src/program/kernels/index.ts';
import type { Program } from '../../src/program/program.ts';
import type { ProgramArray } from '../../src/program/types.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { packFor } from '../../src/targets/cortex-m/pack/index.ts';
import { programOf } from '../engine/programs.ts';
import { type Case, randomCase } from '../native/cases.ts';
import { integer, pick, type Random } from '../native/random.ts';

const SCALAR: CoreFeatures = { dsp: false, mve: false };
const DSP: CoreFeatures = { dsp: true, mve: false };
const MVE: CoreFeatures = { dsp: true, mve: true };

/** What packed kernels of a core take as it comes. */
type Free = { readonly isClamped: boolean; readonly isDilated: boolean };

function freeOf(core: CoreFeatures, kernel: KernelName): Free {
  const isDepthwise = kernel === 'depthwise_conv2d_s8';
  const isOfPairs = core.dsp && !core.mve;
  return { isClamped: isOfPairs || isDepthwise, isDilated: isOfPairs && !isDepthwise };
}

/** A case as lowering makes it, more often than by chance: any code comes out but where cores clamp, weights are symmetric, sums are shifted right. */
function usualCase(kernel: KernelName, random: Random, { isClamped, isDilated }: Free): Case {
  const one = randomCase(kernel, random);
  const params = {
    ...one.step.params,
    ...(isClamped ? {} : { actMin: -128, actMax: 127 }),
    ...(isDilated ? {} : { dilationH: 1, dilationW: 1 }),
  };
  const { constants } = one.operands;
  const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
  const isOdd = random() < 0.2;
  const shifts = shift.map((value) => (isOdd ? value : Math.min(-2, value)));
  return {
    ...one,
    step: { ...one.step, params } as unknown as Case['step'],
    operands: {
      ...one.operands,
      constants: [
        weights.map((weight) => (isOdd ? weight : Math.max(-127, weight))),
        isOdd ? bias : bias.map((value) => value % 5000),
        multiplier.map((value) => (isOdd ? value : Math.max(2 ** 30, value))),
        shifts,
      ],
    },
  };
}

function bytesOf(program: Program, inputs: readonly ProgramArray[]): readonly ProgramArray[] {
  const [step] = program.steps;
  const constants = step!.constants.map((id) => {
    const { storage } = program.tensors[id]!;
    assert.ok(storage.kind === 'constant');
    return storage.data;
  });
  const outputs = step!.outputs.map((id) => new Int8Array(program.tensors[id]!.shape[0]!));
  kernelOf(step!).run(step!, { inputs, constants, outputs });
  return outputs;
}

/** What steps become, by core. */
const packed: readonly (readonly [core: CoreFeatures, kernel: KernelName, twins: readonly KernelName[]])[] = [
  [SCALAR, 'conv2d_s8', ['conv2d_words_s8', 'fully_connected_words_s8']],
  [SCALAR, 'fully_connected_s8', ['fully_connected_words_s8', 'conv2d_words_s8']],
  [SCALAR, 'depthwise_conv2d_s8', ['depthwise_conv2d_planes_s8', 'depthwise_conv2d_large_planes_s8']],
  [DSP, 'conv2d_s8', ['conv2d_pairs_s8', 'fully_connected_pairs_s8', 'conv2d_groups_pairs_s8']],
  [DSP, 'fully_connected_s8', ['fully_connected_pairs_s8', 'conv2d_pairs_s8']],
  [
    DSP,
    'depthwise_conv2d_s8',
    ['depthwise_conv2d_planes_s8', 'depthwise_conv2d_large_planes_s8', 'conv2d_groups_pairs_s8'],
  ],
  [DSP, 'conv_transpose2d_s8', ['conv_transpose2d_pairs_s8']],
  [MVE, 'conv_transpose2d_s8', ['conv_transpose2d_vectors_s8']],
  [MVE, 'conv2d_s8', ['conv2d_vectors_s8', 'fully_connected_vectors_s8', 'conv2d_groups_vectors_s8']],
  [MVE, 'fully_connected_s8', ['fully_connected_vectors_s8', 'conv2d_vectors_s8']],
  [
    MVE,
    'depthwise_conv2d_s8',
    ['depthwise_conv2d_columns_s8', 'depthwise_conv2d_rows_s8', 'conv2d_groups_vectors_s8'],
  ],
];

for (const [core, kernel, twins] of packed) {
  test(`${kernel}: the same bytes when it is packed for ${core.mve ? 'vectors' : core.dsp ? 'DSP instructions' : 'words'}`, () => {
    const random = seededRandom(17);
    const met = new Map<string, number>();
    for (let i = 0; i < 1200; i++) {
      const { program } = programOf(usualCase(kernel, random, freeOf(core, kernel)));
      const inputs = program.inputs.map(({ tensor }) =>
        Int8Array.from({ length: program.tensors[tensor]!.shape[0]! }, () =>
          pick(random, [-128, 127, integer(random, -128, 127)]),
        ),
      );
      const twin = packFor(program, 'builtin', core);
      verifyProgram(twin);
      met.set(twin.steps[0]!.kernel, (met.get(twin.steps[0]!.kernel) ?? 0) + 1);
      assert.deepEqual(bytesOf(twin, inputs), bytesOf(program, inputs), JSON.stringify(program.steps[0]));
    }
    for (const name of [kernel, ...twins]) assert.ok((met.get(name) ?? 0) > 0, `${name}: ${met.get(name)}`);
  });
}

test('add_s8: the same bytes of every pair of codes when it is packed', () => {
  const random = seededRandom(23);
  const pairs = Array.from({ length: 2 ** 16 }, (_, i) => [(i >> 8) - 128, (i & 255) - 128] as const);
  const inputs = [Int8Array.from(pairs, ([a]) => a), Int8Array.from(pairs, ([, b]) => b)];
  const met = new Map<string, number>();
  for (let i = 0; i < 60; i++) {
    const one = randomCase('add_s8', random);
    const { program } = programOf({
      ...one,
      step: { ...one.step, params: { ...one.step.params, size: 2 ** 16 } } as Case['step'],
      operands: { ...one.operands, inputs, outputs: [new Int8Array(2 ** 16)] },
    });
    for (const core of [SCALAR, DSP, MVE]) {
      const twin = packFor(program, 'builtin', core);
      verifyProgram(twin);
      met.set(twin.steps[0]!.kernel, (met.get(twin.steps[0]!.kernel) ?? 0) + 1);
      assert.deepEqual(bytesOf(twin, inputs), bytesOf(program, inputs), JSON.stringify(program.steps[0]));
    }
  }
  // Sums that lowering makes have factors; of any numbers some do not fit int32.
  assert.ok(met.get('weighted_sum_s8')! > met.get('add_s8')! && met.get('add_s8')! > 0);
});

test('a dense layer for the vector code of CMSIS-NN has its sums of weights in the bias, and needs no scratch', () => {
  const random = seededRandom(5);
  const core = { dsp: true, mve: true };
  for (let i = 0; i < 40; i++) {
    const { program } = programOf(
      usualCase('fully_connected_s8', random, freeOf(core, 'fully_connected_s8')),
    );
    const inputs = program.inputs.map(({ tensor }) =>
      Int8Array.from({ length: program.tensors[tensor]!.shape[0]! }, () => integer(random, -128, 127)),
    );
    const twin = packFor(program, 'cmsis-nn', core);
    verifyProgram(twin);
    assert.equal(scratchBytes(twin.steps[0]!, 'cmsis-nn', core), 0);
    assert.deepEqual(bytesOf(twin, inputs), bytesOf(program, inputs));
  }
});

test('other libraries keep their steps', () => {
  const { program } = programOf(usualCase('conv2d_s8', seededRandom(3), freeOf(MVE, 'conv2d_s8')));
  assert.equal(packFor(program, 'cmsis-nn', DSP), program);
  assert.equal(packFor(program, 'cmsis-nn', MVE), program);
});
