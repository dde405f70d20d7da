/**
 * Random Programs are accepted and run alike everywhere; random changes to them are either refused as malformed, or run
 * alike as well: never another error, never a crash, never a difference.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { createRunner as createEngineRunner } from '../../src/engine/index.ts';
import { guardSteps } from '../../src/lower/int8/guard-steps.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { kernelNames, type Step, signatureOf } from '../../src/program/kernels/index.ts';
import { TILE_LIST } from '../../src/program/kernels/tile-list.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { createRunner } from '../../src/program/run.ts';
import type { ProgramArray, ProgramDType, ProgramTensor, TensorId } from '../../src/program/types.ts';
import { compiledKernels, programOf } from '../engine/programs.ts';
import { randomGated } from '../lower/int8/random-gated.ts';
import { bytesOf, type Case, randomCase } from '../native/cases.ts';
import { randomTileList } from '../native/tile-cases.ts';
import { smallProgram } from '../targets/small-model.ts';
import { chain, delayLine } from './programs.ts';

const OPTIONS = { library: 'builtin', core: { dsp: false, mve: false } } as const;
const DTYPES: readonly ProgramDType[] = ['int8', 'uint8', 'int32', 'float32'];

const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
} as const;

type Random = () => number;

function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[below(random, list.length)]!;
}

/** One step as a Program; what it updates is state. */
function stepProgram(one: Case): Program {
  const { program } = programOf(one);
  const { outputs } = program.steps[0]!;
  const tensors = program.tensors.map((tensor, id): ProgramTensor => {
    const index = outputs.indexOf(id);
    if (!one.updates.includes(index)) return tensor;
    return { ...tensor, storage: { kind: 'state', initial: one.operands.outputs[index]! } };
  });
  return { ...program, tensors };
}

/** Values that find the borders of ranges, and are small enough to run. */
function number(random: Random, old: number): number {
  const near = [old + 1, old - 1, old * 2, -old, Math.floor(old / 2)];
  return pick(random, [
    ...near,
    0,
    1,
    2,
    -1,
    31,
    -32,
    127,
    129,
    1000,
    2 ** 31 - 1,
    -(2 ** 31),
    0.5,
    Number.NaN,
  ]);
}

function replaced<T>(list: readonly T[], index: number, value: T): readonly T[] {
  return list.map((one, i) => (i === index ? value : one));
}

function mutateStep(program: Program, random: Random): Step {
  const step = pick(random, program.steps);
  const role = pick(random, ['inputs', 'constants', 'outputs'] as const);
  const ids = step[role];
  const at = below(random, ids.length);
  const change = ((): object => {
    switch (below(random, 5)) {
      case 0:
        return { [role]: ids.filter((_, i) => i !== at) };
      case 1:
        return { [role]: [...ids, below(random, program.tensors.length)] };
      case 2:
        return { [role]: replaced(ids, at, below(random, program.tensors.length + 1)) };
      case 3:
        return { kernel: pick(random, kernelNames) };
      default: {
        const name = pick(random, Object.keys(signatureOf(step.kernel)!.params));
        const values: Readonly<Record<string, number>> = step.params;
        return { params: { ...values, [name]: number(random, values[name]!) } };
      }
    }
  })();
  return { ...step, ...change } as Step;
}

function changedData(data: ProgramArray, random: Random): ProgramArray {
  const copy = data.slice();
  copy[below(random, copy.length)] = number(random, copy[0] ?? 0);
  return copy;
}

function mutateTensor(tensor: ProgramTensor, random: Random): ProgramTensor {
  const { storage, shape } = tensor;
  switch (below(random, 4)) {
    case 0:
      return { ...tensor, dtype: pick(random, DTYPES) };
    case 1:
      return { ...tensor, shape: replaced(shape, 0, Math.max((shape[0] ?? 1) + pick(random, [-1, 1]), 0)) };
    case 2:
      return { ...tensor, storage: { kind: 'arena' } };
    default:
      return storage.kind === 'constant'
        ? { ...tensor, storage: { ...storage, data: changedData(storage.data, random) } }
        : tensor;
  }
}

function mutate(program: Program, random: Random): Program {
  switch (below(random, 6)) {
    case 0:
      return { ...program, steps: program.steps.slice(below(random, program.steps.length) + 1) };
    case 1: {
      const [port] = program.outputs;
      const other = { ...port!, tensor: below(random, program.tensors.length + 1) };
      return { ...program, outputs: replaced(program.outputs, 0, other) };
    }
    case 2: {
      const at = below(random, program.tensors.length);
      return {
        ...program,
        tensors: replaced(program.tensors, at, mutateTensor(program.tensors[at]!, random)),
      };
    }
    default: {
      const changed = mutateStep(program, random);
      const at = program.steps.findIndex(({ name }) => name === changed.name);
      return { ...program, steps: replaced(program.steps, at, changed) };
    }
  }
}

/** Whether a step takes a tensor as a tile list: kernels may do anything to their outputs if tiles overlap. */
function isTileList(program: Program, tensor: TensorId): boolean {
  return program.steps.some(({ kernel, inputs }) =>
    inputs.some((id, k) => id === tensor && signatureOf(kernel)?.operands[k]?.elements === TILE_LIST),
  );
}

function inputsOf(program: Program, random: Random): readonly ProgramArray[] {
  return program.inputs.map(({ tensor }) => {
    const { dtype, shape } = program.tensors[tensor]!;
    const length = shape.reduce((product, size) => product * size, 1);
    if (isTileList(program, tensor)) return randomTileList(random, 9, 9, (length - 1) / 4);
    const values = Array.from({ length }, () => (random() - 0.5) * 256);
    return ARRAYS[dtype].from(values);
  });
}

const ENGINES = compiledKernels();

/** Whether a Program ran, alike on the reference and on an engine; else it was refused as malformed. */
function ran(program: Program, random: Random, about: string): boolean {
  try {
    const plan = planMemory(program, { ...OPTIONS, restarts: 0 });
    const inputs = inputsOf(program, random);
    const want = createRunner(program, plan)(inputs).map(bytesOf);
    if (ENGINES.length === 0) return true;
    const kernels = pick(random, ENGINES);
    const got = createEngineRunner(program, plan, kernels)(inputs).map(bytesOf);
    assert.deepEqual(got, want, `${about}: ${kernels.isa} differs`);
    return true;
  } catch (error) {
    if (error instanceof TinymlError && error.code === 'E_PROGRAM') return false;
    throw new Error(about, { cause: error });
  }
}

test('random Programs run alike; changed ones are refused as malformed or run alike', () => {
  const random = seededRandom(31);
  const gated = [33, 11].map((seed) => guardSteps(randomGated(seededRandom(seed)).program));
  const networks = [smallProgram(), delayLine(6), chain([12, 8, 12]), ...gated];
  const steps = kernelNames.flatMap((kernel) =>
    Array.from({ length: 2 }, () => stepProgram(randomCase(kernel, random))),
  );
  const count = { ran: 0, refused: 0 };
  for (const program of [...steps, ...networks]) {
    assert.ok(ran(program, random, program.name), `${program.name} is refused`);
    for (let n = 0; n < (program.steps.length > 1 ? 60 : 20); n++) {
      const changed = mutate(program, random);
      const about = `change ${n} of ${program.name}: ${JSON.stringify(changed.steps)}`;
      count[ran(changed, random, about) ? 'ran' : 'refused']++;
    }
  }
  assert.ok(count.ran > 200 && count.refused > 500, JSON.stringify(count));
});
