/** Programs whose input comes in rows of the caller: the bytes of the whole network, every row asked for once and in order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunner as createEngineRunner } from '../../src/engine/index.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { streamedInputOf } from '../../src/program/caller-rows.ts';
import { elementsOf } from '../../src/program/loops.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { rowStreams } from '../../src/program/row-streams.ts';
import { createRunner } from '../../src/program/run.ts';
import { sampleEncoder } from '../../src/program/sample.ts';
import { withStreamedInput } from '../../src/program/streamed-input.ts';
import type { ProgramArray } from '../../src/program/types.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { compiledKernels } from '../engine/programs.ts';
import { int8s } from '../native/random.ts';
import { denseProgram, smallProgram } from '../targets/small-model.ts';
import { randomStreamedNetwork } from './row-cuts.ts';
import { chainOfConvolutions } from './row-networks.ts';

const OPTIONS = { library: 'builtin', core: { dsp: true, mve: false }, overlap: true, restarts: 0 } as const;
const NETWORKS = 25;

function inputOf({ inputs, tensors }: Program, seed: number): readonly ProgramArray[] {
  const random = seededRandom(seed);
  return inputs.map(({ tensor }) => int8s(random, elementsOf(tensors[tensor]!)));
}

test(`${NETWORKS} random networks give the same bytes with their input in rows`, () => {
  const random = seededRandom(31);
  let passedOver = 0;
  for (let n = 0; n < NETWORKS; n++) {
    const { whole, streamed } = randomStreamedNetwork(random);
    const input = inputOf(whole, n);
    const expected = createRunner(whole, planMemory(whole, OPTIONS))(input);
    const plan = planMemory(streamed, OPTIONS);
    for (const { tensor } of plan.placements) {
      assert.notEqual(streamed.tensors[tensor]!.storage.kind, 'caller', `network ${n}`);
    }
    assert.deepEqual(createRunner(streamed, plan)(input), expected, `network ${n}`);
    for (const kernels of compiledKernels()) {
      assert.deepEqual(createEngineRunner(streamed, plan, kernels)(input), expected, `network ${n}`);
    }
    const { rows, rowElements, mostRows, rowsRead } = streamedInputOf(streamed)!;
    assert.equal(rows * rowElements, input[0]!.length);
    assert.ok(mostRows >= 1 && mostRows <= rowsRead && rowsRead <= rows);
    if (rowsRead < rows) passedOver++;
  }
  assert.ok(passedOver > 0, 'rows that nothing depends on are not asked for');
});

test('cuts keep the input in as few rows as its readers need, within every budget', () => {
  const whole = chainOfConvolutions(seededRandom(32), 6);
  const device = {
    packStep: (step: Program['steps'][number]) => step,
    instructionsOf: () => 1000,
  };
  const cut = rowStreams(withStreamedInput(whole), OPTIONS, device);
  const input = inputOf(whole, 1);
  const expected = createRunner(whole, planMemory(whole, OPTIONS))(input);
  for (const budget of [0, 200, 300, 1000, Number.MAX_SAFE_INTEGER]) {
    const { program } = cut(budget);
    const { mostRows, rowsRead } = streamedInputOf(program)!;
    assert.ok(mostRows < 12, `${mostRows} rows at a time`);
    assert.equal(rowsRead, 12);
    assert.deepEqual(createRunner(program, planMemory(program, OPTIONS))(input), expected);
  }
});

test('a model whose input some layer needs whole says which', () => {
  const refused = (program: Program, message: RegExp): void => {
    assert.throws(() => withStreamedInput(program), { code: 'E_USAGE', message });
  };
  refused(smallProgram(), /the model has 2 inputs/);
  refused(denseProgram(), /no rows that could come one after the other/);
  const chain = chainOfConvolutions(seededRandom(33), 2);
  const [input] = chain.inputs;
  const floats = chain.tensors.map((tensor, id) =>
    id === input!.tensor ? { ...tensor, dtype: 'float32' as const } : tensor,
  );
  refused({ ...chain, tensors: floats }, /its codes are float32/);
  const shaped = (shape: readonly number[]): Program => {
    const tensor = { ...chain.tensors[input!.tensor]!, shape };
    return { ...chain, tensors: chain.tensors.with(input!.tensor, tensor) };
  };
  refused(shaped([2, 4, 4, 3]), /it is a batch of 2, and rows are those of one image/);
  refused(shaped([1, 4, 4, 4, 3]), /it has 3 axes beside its channels/);
  refused({ ...chain, outputs: [...chain.outputs, ...chain.inputs] }, /needs it whole/);
});

test('rows of an input in float are the codes that the first step would make of it', () => {
  const chain = chainOfConvolutions(seededRandom(35), 3);
  const [port] = chain.inputs as [Program['inputs'][number]];
  const quant = { scale: 0.5, zeroPoint: 3 };
  const codes = { ...chain.tensors[port.tensor]!, quant };
  const size = elementsOf(codes);
  const [floats, scale] = [chain.tensors.length, chain.tensors.length + 1];
  const inFloat: Program = {
    ...chain,
    tensors: [
      ...chain.tensors.with(port.tensor, codes),
      { ...codes, dtype: 'float32', quant: null },
      {
        ...{ name: 'scale', dtype: 'float32', shape: [1], quant: null },
        storage: { kind: 'constant', data: Float32Array.of(quant.scale) },
      },
    ],
    inputs: [{ ...port, tensor: floats }],
    steps: [
      {
        ...{ kernel: 'quantize_s8', name: 'codes', inputs: [floats], constants: [scale] },
        ...{ outputs: [port.tensor], params: { size, zeroPoint: quant.zeroPoint } },
      },
      ...chain.steps,
    ],
  };
  const streamed = withStreamedInput(inFloat);
  assert.equal(streamed.tensors[streamed.inputs[0]!.tensor]!.dtype, 'int8');
  const values = [Float32Array.from({ length: size }, (_, i) => (i % 200) - 100.25)];
  const [program, expected] = [streamed, inFloat].map((one) =>
    createRunner(one, planMemory(one, OPTIONS))(sampleEncoder(one)(values)),
  );
  assert.deepEqual(program, expected);
});

test('rows that are not asked for in order are refused', () => {
  const { streamed } = randomStreamedNetwork(seededRandom(34));
  const [loop] = streamed.loops!;
  const asks = loop!.calls.flatMap(({ step }, k) =>
    streamed.steps[step]!.inputs.some((id) => streamed.tensors[id]!.storage.kind === 'caller') ? [k] : [],
  );
  assert.ok(asks.length > 1);
  const [first, second] = asks as [number, number];
  const moved = (k: number, from: number) => ({ ...loop!.calls[k]!, inputs: loop!.calls[from]!.inputs });
  const calls = loop!.calls.with(first, moved(first, second)).with(second, moved(second, first));
  assert.throws(() => verifyProgram({ ...streamed, loops: [{ ...loop!, calls }] }), /not from 0/);
  const twice = loop!.calls.with(second, moved(second, first));
  assert.throws(
    () => verifyProgram({ ...streamed, loops: [{ ...loop!, calls: twice }] }),
    /asked for from element 0 on/,
  );
  const caller = streamed.inputs[0]!.tensor;
  assert.throws(() => verifyProgram({ ...streamed, inputs: [] }), /is of the caller, and no input/);
  const outputs = [...streamed.outputs, { ...streamed.inputs[0]!, tensor: caller }];
  assert.throws(() => verifyProgram({ ...streamed, outputs }), /an output is a tensor of the caller/);
  const steps = streamed.steps.map((step) =>
    step.kernel === 'copy_s8' ? { ...step, outputs: [caller] } : step,
  );
  assert.throws(() => verifyProgram({ ...streamed, steps }), /writes a tensor of the caller/);
});
