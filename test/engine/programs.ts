/** Programs of one random step, and the kernels to run them with. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type EncodedProgram, encodeProgram } from '../../src/engine/encode.ts';
import { type Kernels, loadKernels } from '../../src/engine/load.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { packageRoot } from '../../src/package-root.ts';
import { roundUp } from '../../src/program/kernels/common.ts';
import { type KernelName, kernelOf, scratchBytes, signatureOf } from '../../src/program/kernels/index.ts';
import type { MemoryPlan } from '../../src/program/memory-plan.ts';
import type { Program } from '../../src/program/program.ts';
import {
  ARENA,
  DTYPE_BYTES,
  dtypeOf,
  type ProgramArray,
  type ProgramTensor,
  type Storage,
  type TensorId,
} from '../../src/program/types.ts';
import {
  areBytes,
  bytesOf,
  type Case,
  inPlaceCase,
  inPlaceInputs,
  overCases,
  randomCase,
} from '../native/cases.ts';

/** Kernels of this checkout, built if need be; or why there are none. */
function kernelsOf<Kind extends 'native' | 'wasm'>(kind: Kind): Extract<Kernels, { kind: Kind }> | string {
  execFileSync(process.execPath, [join(packageRoot(), 'scripts', 'build-native.js')]);
  try {
    return loadKernels({ TINYML_ENGINE: kind }) as Extract<Kernels, { kind: Kind }>;
  } catch (error) {
    return (error as Error).message;
  }
}

export function nativeKernels() {
  return kernelsOf('native');
}

export function wasmKernels() {
  return kernelsOf('wasm');
}

/** Every kind of compiled kernels in every instruction set of this machine. */
export function compiledKernels(): readonly Exclude<Kernels, { kind: 'typescript' }>[] {
  return [nativeKernels(), wasmKernels()].flatMap((kernels) =>
    typeof kernels === 'string' ? [] : kernels.library.isas.map((isa) => ({ ...kernels, isa })),
  );
}

/** A Program whose tensors are placed. */
export type Placed = { readonly program: Program; readonly plan: MemoryPlan };

/** Poison between operands: a step that writes beyond its output changes it. */
const GUARD = 32;

/** Random steps of a kernel, each once more in place and with its output over its input where the kernel may work so. */
export function randomSteps(kernel: KernelName, random: () => number, count: number): readonly Case[] {
  const distances = seededRandom(count);
  return Array.from({ length: count }, () => randomCase(kernel, random)).flatMap((plain) => [
    plain,
    ...inPlaceInputs(plain).map((input) => inPlaceCase(plain, input)),
    ...overCases(plain, distances),
  ]);
}

/** The step as a Program with its inputs and its output in an arena, int8 tensors at odd addresses. */
export function programOf({ step, operands, alias, distance, misalignment }: Case): Placed {
  const tensor = (name: string, array: ProgramArray, storage: Storage): ProgramTensor => ({
    name,
    dtype: dtypeOf(array),
    shape: [array.length],
    quant: null,
    storage,
  });
  const tensors = [
    ...operands.inputs.map((array, i) => tensor(`x${i}`, array, ARENA)),
    ...operands.constants.map((array, i) => tensor(`w${i}`, array, { kind: 'constant', data: array })),
    ...operands.outputs.map((array, i) => tensor(`y${i}`, array, ARENA)),
  ];
  const ids = (from: number, count: number): readonly TensorId[] =>
    Array.from({ length: count }, (_, i) => from + i);
  const inputs = ids(0, operands.inputs.length);
  const constants = ids(inputs.length, operands.constants.length);
  const outputs = ids(inputs.length + constants.length, operands.outputs.length);

  const offsets = new Map<TensorId, number>();
  let end = 0;
  const bytesOfTensor = (id: TensorId): number => tensors[id]!.shape[0]! * DTYPE_BYTES[tensors[id]!.dtype];
  for (const id of [...inputs, ...outputs]) {
    const { dtype } = tensors[id]!;
    const bytes = bytesOfTensor(id);
    if (alias >= 0 && id === outputs[0]) offsets.set(id, offsets.get(inputs[alias]!)!);
    else if (distance !== null && id === outputs[0]) {
      const offset = offsets.get(inputs[0]!)! - distance;
      offsets.set(id, offset);
      end = Math.max(end, offset + bytes);
    } else {
      const isUnder = distance !== null && id === inputs[0];
      const isOdd = isUnder ? areBytes(operands) : dtype === 'int8';
      const offset =
        roundUp(end + GUARD, 16) + (isOdd ? misalignment : 0) + (isUnder ? Math.max(0, distance) : 0);
      offsets.set(id, offset);
      // An output over it may end behind it.
      end = Math.max(offset + bytes, isUnder ? offset - distance + bytesOfTensor(outputs[0]!) : 0);
    }
  }
  const bytesOfScratch = scratchBytes(step, 'builtin', { dsp: false, mve: false });
  const scratchOffset = roundUp(end + GUARD, 16);
  const arenaBytes = scratchOffset + bytesOfScratch + GUARD;
  const port = (id: TensorId) => ({
    name: tensors[id]!.name,
    tensor: id,
    onnxShape: tensors[id]!.shape,
    layout: [0],
  });
  return {
    program: {
      name: step.kernel,
      inputs: inputs.map(port),
      outputs: outputs.map(port),
      tensors,
      steps: [{ ...step, inputs, constants, outputs }],
    },
    plan: {
      arenaBytes,
      stateBytes: 0,
      tensorBytes: end,
      scratchBytes: bytesOfScratch,
      livePeakBytes: arenaBytes,
      tensorLivePeakBytes: end,
      peakStep: 0,
      placements: [...offsets].map(([id, offset]) => ({
        tensor: id,
        offset,
        bytes: tensors[id]!.shape[0]! * DTYPE_BYTES[tensors[id]!.dtype],
        firstStep: 0,
        lastStep: 0,
      })),
      scratch: bytesOfScratch > 0 ? [{ step: 0, offset: scratchOffset, bytes: bytesOfScratch }] : [],
    },
  };
}

/** The arena before the step: poison, the inputs, and the outputs that are updated. */
function arenaBefore({ operands, updates }: Case, { program, plan }: Placed, poison: number): Uint8Array {
  const arena = new Uint8Array(new ArrayBuffer(plan.arenaBytes)).fill(poison);
  operands.inputs.forEach((array, i) => {
    place(arena, plan, program.inputs[i]!.tensor, array);
  });
  for (const i of updates) place(arena, plan, program.outputs[i]!.tensor, operands.outputs[i]!);
  return arena;
}

function place(arena: Uint8Array, plan: MemoryPlan, id: TensorId, array: ProgramArray): void {
  const { offset } = plan.placements.find(({ tensor }) => tensor === id)!;
  arena.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), offset);
}

/** Makes every NaN of the float outputs in an arena the same. */
function settleOutputs(arena: Uint8Array, { program, plan }: Placed): void {
  for (const { tensor } of program.outputs) {
    const { dtype, shape } = program.tensors[tensor]!;
    const { offset } = plan.placements.find((placement) => placement.tensor === tensor)!;
    if (dtype === 'float32') arena.set(bytesOf(new Float32Array(arena.buffer, offset, shape[0])), offset);
  }
}

/** A step for the engine, its arena before, and after as the reference leaves it. */
export type JudgedCase = {
  readonly placed: Placed;
  readonly encoded: EncodedProgram;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** Its output lies over its input: no body for vectors runs it. */
  readonly inOrder: boolean;
  /** What tells the case from others. */
  readonly about: string;
};

export function judgedCases(kernel: KernelName, seed: number, count: number): readonly JudgedCase[] {
  return randomSteps(kernel, seededRandom(seed), count).map(judged);
}

export function judged(one: Case, index: number): JudgedCase {
  const placed = programOf(one);
  const before = arenaBefore(one, placed, 0xa5);
  const after = before.slice();
  const outputs = one.operands.outputs.map((array) => array.slice());
  kernelOf(one.step).run(one.step, { ...one.operands, outputs });
  outputs.forEach((array, i) => {
    place(after, placed.plan, placed.program.outputs[i]!.tensor, array);
  });
  settleOutputs(after, placed);
  const about = `${one.step.kernel} ${index}: ${JSON.stringify({ params: one.step.params, alias: one.alias, distance: one.distance })}`;
  const encoded = encodeProgram(placed.program, placed.plan);
  return { placed, encoded, before, after, inOrder: one.distance !== null, about };
}

/** The first byte of the arena after a step that is not the reference's, scratch excepted; null where all are. */
export function wrongByte({ placed, after, about }: JudgedCase, arena: Uint8Array): string | null {
  settleOutputs(arena, placed);
  const scratch = placed.plan.scratch[0] ?? { offset: 0, bytes: 0 };
  const behind = scratch.offset + scratch.bytes;
  const same = (from: number, to: number): boolean =>
    Buffer.compare(arena.subarray(from, to), after.subarray(from, to)) === 0;
  // Byte by byte it takes longer than the kernels.
  if (same(0, scratch.offset) && same(behind, arena.length)) return null;
  const wrong = arena.findIndex((byte, i) => byte !== after[i] && (i < scratch.offset || i >= behind));
  return wrong < 0 ? null : `byte ${wrong} of the arena is ${arena[wrong]}, not ${after[wrong]}: ${about}`;
}

const ISAS = {
  simd: ['avx2', 'avx512vnni', 'neon', 'dotprod', 'simd128'],
  'simd-f32': ['avx2', 'avx512vnni', 'neon', 'simd128'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Kernels whose bodies for vectors leave some parameters to the generic kernel. */
const CHOOSY: readonly KernelName[] = [
  'conv_transpose2d_s8',
  'conv_transpose2d_f32',
  'depthwise_conv2d_f32',
  'normalize_f32',
  'softmax_f32',
  'reduce_f32',
  'binary_f32',
];

/** With AVX-512 few channels go to AVX2, whose vectors they fill. */
const NARROW: readonly KernelName[] = [
  'conv2d_sums_f32',
  'conv2d_input_gradient_f32',
  'conv2d_weight_gradient_f32',
];

/** Whether a kernel may be another one in an instruction set than in the next lesser one. */
export function differsIn(kernel: KernelName, isa: string): boolean {
  const { vector } = signatureOf(kernel)!;
  const isas: readonly string[] = vector === undefined ? [] : ISAS[vector];
  return isa === 'generic' || isas.includes(isa);
}

/** Whether a kernel has an implementation in an instruction set that takes every random case. */
export function hasOwnKernel(kernel: KernelName, isa: string): boolean {
  const { vector } = signatureOf(kernel)!;
  if (vector === undefined || CHOOSY.includes(kernel)) return false;
  if (isa === 'avx512vnni' && NARROW.includes(kernel)) return false;
  const isas: readonly string[] = ISAS[vector];
  return isas.includes(isa);
}
