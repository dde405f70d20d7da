/** Malformed Programs are refused, with the place and the fault, by everything that takes a Program. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { createMachine as createEngineMachine } from '../../src/engine/index.ts';
import type { Step } from '../../src/program/kernels/index.ts';
import type { MemoryPlan } from '../../src/program/memory-plan.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { createMachine } from '../../src/program/run.ts';
import type { ProgramTensor } from '../../src/program/types.ts';
import { ARENA } from '../../src/program/types.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { verifyPlan } from '../../src/program/verify-plan.ts';
import { emitModel } from '../../src/targets/cortex-m/bundle.ts';
import { compiledKernels } from '../engine/programs.ts';
import { bundleInput } from '../targets/small-model.ts';
import { activation, chain, delayLine, identityTable } from './programs.ts';

const OPTIONS = { library: 'builtin', core: { dsp: false, mve: false } } as const;
const SIZE = 8;

function port(tensor: number, elements = SIZE) {
  return { name: `p${tensor}`, tensor, onnxShape: [elements], layout: [0] };
}

const ADD: Step = {
  kernel: 'add_s8',
  name: 'sum',
  inputs: [0, 1],
  constants: [],
  outputs: [2],
  params: {
    size: SIZE,
    leftShift: 20,
    input1Offset: 0,
    input1Multiplier: 2 ** 30,
    input1Shift: 0,
    input2Offset: 0,
    input2Multiplier: 2 ** 30,
    input2Shift: 0,
    outputOffset: 0,
    outputMultiplier: 2 ** 30,
    outputShift: -19,
    actMin: -128,
    actMax: 127,
  },
};

const SUM: Program = {
  name: 'sum',
  inputs: [port(0), port(1)],
  outputs: [port(2)],
  tensors: [activation('a', SIZE), activation('b', SIZE), activation('y', SIZE)],
  steps: [ADD],
};

/** Two layers: y = W x requantised, then a table. */
const DENSE: Program = {
  name: 'dense',
  inputs: [port(0, 3)],
  outputs: [port(6, 2)],
  tensors: [
    activation('x', 3),
    constant('weights', Int8Array.of(1, 2, 3, 4, 5, 6)),
    constant('bias', Int32Array.of(7, 8)),
    constant('multiplier', Int32Array.of(2 ** 30, 2 ** 30)),
    constant('shift', Int32Array.of(-3, -4)),
    activation('h', 2),
    activation('y', 2),
    identityTable(),
  ],
  steps: [
    {
      kernel: 'fully_connected_s8',
      name: 'dense',
      inputs: [0],
      constants: [1, 2, 3, 4],
      outputs: [5],
      params: {
        rows: 1,
        inFeatures: 3,
        outFeatures: 2,
        perChannel: 1,
        inputOffset: 0,
        outputOffset: 0,
        actMin: -128,
        actMax: 127,
      },
    },
    { kernel: 'lut_s8', name: 'table', inputs: [5], constants: [7], outputs: [6], params: { size: 2 } },
  ],
};

function constant(name: string, data: Int8Array | Int32Array | Float32Array): ProgramTensor {
  const dtype = data instanceof Int8Array ? 'int8' : data instanceof Int32Array ? 'int32' : 'float32';
  return { name, dtype, shape: [data.length], quant: null, storage: { kind: 'constant', data } };
}

function withTensor(program: Program, id: number, change: Partial<ProgramTensor>): Program {
  return { ...program, tensors: program.tensors.map((one, i) => (i === id ? { ...one, ...change } : one)) };
}

function withStep(program: Program, index: number, change: object): Program {
  const steps = program.steps.map((one, i) => (i === index ? ({ ...one, ...change } as Step) : one));
  return { ...program, steps };
}

function withParam(program: Program, index: number, change: object): Program {
  return withStep(program, index, { params: { ...program.steps[index]!.params, ...change } });
}

test('what is right passes', () => {
  for (const program of [SUM, DENSE, chain([4, 8, 2]), delayLine(3)]) verifyProgram(program);
  const withConstant = withTensor(SUM, 1, { storage: { kind: 'constant', data: new Int8Array(SIZE) } });
  verifyProgram({ ...withConstant, inputs: [port(0)] });
});

const MALFORMED: readonly (readonly [fault: string, program: Program, message: RegExp])[] = [
  [
    'a short operand',
    withTensor({ ...SUM, inputs: [port(0), port(1, 5)] }, 1, { shape: [5] }),
    /step 0, "sum" \(add_s8\) has 5 elements as "input2", the parameters say 8/,
  ],
  [
    'a long operand',
    withTensor({ ...SUM, inputs: [port(0), port(1, 9)] }, 1, { shape: [9] }),
    /has 9 elements as "input2", the parameters say 8/,
  ],
  [
    'a float tensor in an int8 slot',
    withTensor(SUM, 0, { dtype: 'float32', quant: null }),
    /has float32 as "input1", the kernel takes int8/,
  ],
  [
    'int8 in a float slot',
    withStep(SUM, 0, { kernel: 'squared_error_f32', params: { size: SIZE }, outputs: [2, 2] }),
    /has int8 as "input", the kernel takes float32/,
  ],
  [
    'an unknown kernel',
    withStep(SUM, 0, { kernel: 'divide_s8' }),
    /\(divide_s8\) calls a kernel that does not exist/,
  ],
  [
    'a kernel by the name of a method',
    withStep(SUM, 0, { kernel: 'toString' }),
    /calls a kernel that does not exist/,
  ],
  ['too few inputs', withStep(SUM, 0, { inputs: [0] }), /has 1 inputs, the kernel takes 2/],
  ['too many constants', withStep(SUM, 0, { constants: [0] }), /has 1 constants, the kernel takes 0/],
  ['no outputs', withStep(SUM, 0, { outputs: [] }), /has 0 outputs, the kernel takes 1/],
  [
    'a tensor that does not exist',
    withStep(SUM, 0, { inputs: [0, 3] }),
    /takes tensor 3 as "input2", which does not exist/,
  ],
  ['no tensor at all', withStep(SUM, 0, { inputs: [0, -1] }), /takes tensor -1/],
  [
    'a parameter that is missing',
    withStep(SUM, 0, { params: { ...ADD.params, leftShift: undefined } }),
    /has leftShift = undefined/,
  ],
  [
    'a parameter that is no integer',
    withParam(SUM, 0, { actMax: 1.5 }),
    /has actMax = 1.5, which is no integer in -128 .. 127/,
  ],
  ['a parameter that is not a number', withParam(SUM, 0, { actMax: Number.NaN }), /has actMax = NaN/],
  ['a parameter beyond int32', withParam(SUM, 0, { size: 2 ** 31 }), /has size = 2147483648/],
  ['a multiplier out of range', withParam(SUM, 0, { outputMultiplier: -1 }), /has outputMultiplier = -1/],
  ['a shift out of range', withParam(SUM, 0, { outputShift: 31 }), /has outputShift = 31/],
  [
    'a constant without data',
    withTensor(DENSE, 1, { storage: ARENA }),
    /has a tensor that is no constant as "weights"/,
  ],
  [
    'data that is too short',
    withTensor(DENSE, 2, { storage: { kind: 'constant', data: Int32Array.of(7) } }),
    /tensor 2, "bias" has 1 values of data for 2 elements/,
  ],
  [
    'data of another type',
    withTensor(DENSE, 1, { storage: { kind: 'constant', data: new Float32Array(6) } }),
    /tensor 1, "weights" has no int8 data/,
  ],
  [
    'a type that there is not',
    withTensor(SUM, 0, { dtype: 'int4' as 'int8' }),
    /tensor 0, "a" has the type int4/,
  ],
  ['a shape that is none', withTensor(SUM, 0, { shape: [-8] }), /tensor 0, "a" has the shape \[-8\]/],
  [
    'a tensor beyond 2 GiB',
    withTensor(SUM, 0, { shape: [2 ** 16, 2 ** 16] }),
    /tensor 0, "a" has the shape \[65536,65536\]/,
  ],
  [
    'a multiplier in a table out of range',
    withTensor(DENSE, 3, { storage: { kind: 'constant', data: Int32Array.of(1, -1) } }),
    /has multiplier\[1\] = -1/,
  ],
  [
    'a shift in a table out of range',
    withTensor(DENSE, 4, { storage: { kind: 'constant', data: Int32Array.of(-32, 0) } }),
    /has shift\[0\] = -32, not in -31 .. 30/,
  ],
  [
    'a constant that is written',
    withStep(DENSE, 1, { outputs: [7], params: { size: 256 } }),
    /has 2 elements as "input"|writes a constant/,
  ],
  [
    'a read before anything wrote',
    { ...DENSE, steps: [...DENSE.steps].reverse() },
    /step 0, "table" \(lut_s8\) reads tensor 5 as "input" before anything writes it/,
  ],
  [
    'an output that no step writes',
    { ...DENSE, steps: DENSE.steps.slice(0, 1) },
    /output "p6" is tensor 6, which no step writes/,
  ],
  [
    'an input that is a constant',
    { ...DENSE, inputs: [port(0, 3), port(7, 256)] },
    /input "p7" is tensor 7, which is constant/,
  ],
  [
    'an input that is state',
    { ...delayLine(3), inputs: [port(4, 3)] },
    /input "p4" is tensor 4, which is state/,
  ],
  [
    'an input twice',
    { ...SUM, inputs: [port(0), port(0), port(1)] },
    /input "p0" is tensor 0, as another input is/,
  ],
  [
    'a port that does not exist',
    { ...SUM, outputs: [port(9)] },
    /output "p9" is tensor 9, which does not exist/,
  ],
  [
    'a port of another size',
    { ...SUM, outputs: [port(2, 7)] },
    /output "p2" has the shape \[7\] for tensor 2 of 8 elements/,
  ],
  [
    'a layout that is none',
    { ...SUM, outputs: [{ ...port(2), layout: [1] }] },
    /output "p2" has the layout \[1\]/,
  ],
  [
    'a port with a scale of 0',
    withTensor(SUM, 2, { quant: { scale: 0, zeroPoint: 0 } }),
    /output "p2" is int8 with the scale 0/,
  ],
  [
    'a float port with codes',
    withTensor(SUM, 2, { dtype: 'float32' }),
    /as "output", the kernel takes int8|is float32 with the scale/,
  ],
  [
    'an output over an input that is still read',
    withStep(chain([SIZE, SIZE]), 0, { outputs: [0] }),
    /writes tensor 0 over an input that it still reads/,
  ],
  ['a rule that is broken', withParam(chain([4, 4]), 0, { inStride3: -1 }), /break the rule "copy"/],
];

const BUNDLE = bundleInput();
const ENGINES = compiledKernels();
const EMPTY: MemoryPlan = {
  arenaBytes: 0,
  stateBytes: 0,
  tensorBytes: 0,
  scratchBytes: 0,
  livePeakBytes: 0,
  tensorLivePeakBytes: 0,
  peakStep: 0,
  placements: [],
  scratch: [],
};

for (const [fault, program, message] of MALFORMED) {
  test(`refused everywhere, in the same words: ${fault}`, () => {
    const refusals = [
      () => verifyProgram(program),
      () => planMemory(program, OPTIONS),
      () => createMachine(program, EMPTY),
      () => emitModel({ ...BUNDLE, program, plan: EMPTY }),
      ...ENGINES.map((kernels) => () => createEngineMachine(program, EMPTY, kernels)),
    ].map((refuse) => {
      try {
        refuse();
      } catch (error) {
        assert.ok(error instanceof TinymlError && error.code === 'E_PROGRAM', String(error));
        return error.message;
      }
      return assert.fail('was not refused');
    });
    assert.match(refusals[0]!, message);
    assert.equal(new Set(refusals).size, 1);
  });
}

test('a plan in which live bytes overlap is refused, and so is one with too little room', () => {
  const program = chain([16, 16, 16]);
  const plan = planMemory(program, OPTIONS);
  verifyPlan(program, plan, OPTIONS);
  const [first, second, third] = plan.placements;
  const refused = (changed: Partial<MemoryPlan>, message: RegExp) =>
    assert.throws(() => verifyPlan(program, { ...plan, ...changed }, OPTIONS), message);
  const moved = { ...second!, offset: first!.offset + 12 };
  refused({ placements: [first!, moved, third!] }, /share bytes while step 0 needs both/);
  refused(
    { placements: [first!, second!, { ...third!, offset: second!.offset }] },
    /share bytes while step 1/,
  );
  refused({ placements: [first!, second!] }, /tensor 2 has no place/);
  refused({ arenaBytes: plan.arenaBytes - 1 }, /has the bytes .* of 31/);
  refused({ placements: [{ ...first!, offset: -4 }, second!, third!] }, /has the bytes -4/);
  const scratch = [{ step: -1, offset: first!.offset, bytes: 16 }];
  refused({ scratch }, /tensor 0.* and scratch share bytes while step -1/);
});

test('an output may lie on an input that dies only where the kernel overwrites it, and only on the whole of it', () => {
  const lut: Program = {
    ...chain([SIZE, SIZE, SIZE]),
    tensors: [...chain([SIZE, SIZE, SIZE]).tensors, identityTable()],
    steps: [0, 1].map((from) => ({
      kernel: 'lut_s8',
      name: `lut${from}`,
      inputs: [from],
      constants: [3],
      outputs: [from + 1],
      params: { size: SIZE },
    })),
  };
  const plan = planMemory(lut, OPTIONS);
  assert.equal(plan.arenaBytes, SIZE);
  assert.throws(() => verifyPlan(chain([SIZE, SIZE, SIZE]), plan, OPTIONS), /share bytes while step 0/);
  const shifted = plan.placements.map((one) => ({ ...one, offset: one.tensor * 4 }));
  assert.throws(
    () => verifyPlan(lut, { ...plan, arenaBytes: 16, placements: shifted }, OPTIONS),
    /share bytes/,
  );
});

test('scratch lies on nothing that is live, is aligned, and is as large as the kernel needs', () => {
  const sums: Program = {
    name: 'rows',
    inputs: [port(0, 32)],
    outputs: [port(1, 4)],
    tensors: [
      { ...activation('x', 32), dtype: 'float32', quant: null },
      { ...activation('y', 4), dtype: 'float32', quant: null },
    ],
    steps: [
      {
        kernel: 'sum_rows_f32',
        name: 'sum',
        inputs: [0],
        constants: [],
        outputs: [1],
        params: { size: 4, rows: 8 },
      },
    ],
  };
  const plan = planMemory(sums, OPTIONS);
  const [scratch] = plan.scratch;
  assert.equal(scratch!.bytes, 32);
  const refused = (change: object, message: RegExp) =>
    assert.throws(
      () => verifyPlan(sums, { ...plan, scratch: [{ ...scratch!, ...change }] }, OPTIONS),
      message,
    );
  refused({ bytes: 31 }, /step 0 has 31 bytes of scratch, it needs 32/);
  refused({ offset: plan.placements[0]!.offset }, /share bytes while step 0/);
  refused({ offset: scratch!.offset + 4 }, /no multiple of 16|has the bytes/);
});

test('verification of a long Program ends: its cost is not the square of the steps', {
  timeout: 60_000,
}, () => {
  const program = chain(new Array<number>(100_001).fill(4));
  const plan: MemoryPlan = {
    ...EMPTY,
    arenaBytes: 8,
    placements: program.tensors.map((_, tensor) => ({
      tensor,
      offset: (tensor % 2) * 4,
      bytes: 4,
      firstStep: tensor - 1,
      lastStep: tensor,
    })),
  };
  verifyProgram(program);
  verifyPlan(program, plan, OPTIONS);
});
