/**
 * The reference executor: runs a Program step by step in one arena, at the addresses of its plan, with the
 * TypeScript meaning of each kernel. The arena behind the state is poisoned before every run, so that a step that reads
 * what nobody wrote, or a plan that lets two live tensors overlap, gives wrong bytes here and not on the device.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import { roundUp } from './kernels/common.ts';
import { kernelOf, type Step } from './kernels/index.ts';
import { type Extents, elementsOf, extentsOf, stretchesOf, stretchOfSteps } from './loops.ts';
import type { MemoryPlan } from './memory-plan.ts';
import type { Call, Program } from './program.ts';
import { DTYPE_BYTES, type Operands, type ProgramArray, type ProgramDType, type TensorId } from './types.ts';
import { verifyProgram } from './verify.ts';

export const POISON = 0xa5;

/** Called after each step, after all of a loop, with the views it wrote. The views are only valid during the call. */
type StepVisitor = (step: Step, index: number, outputs: readonly ProgramArray[]) => void;

/** Called after each call of a step of a loop, with the parts of its outputs that it wrote. */
export type CallVisitor = (step: number, outputs: readonly ProgramArray[]) => void;

/**
 * One run after another on one state. inputs: one array per Program input, in physical (NHWC) order. Returns copies of
 * the outputs.
 */
export type Runner = {
  (inputs: readonly ProgramArray[], onStep?: StepVisitor): readonly ProgramArray[];
  /** Gives the state its first values, which it had when the runner was made. */
  readonly reset: () => void;
};

/** A tensor: its place in the arena, or its constant data. */
type View = (id: TensorId) => ProgramArray;

/** Runs steps first to end - 1 of the Program that it was made for, loops whole, on so many threads (default 1): the bytes are the same. */
export type StepRange = (first: number, end: number, threads?: number) => void;

/** A Program made ready: its memory, with the first values of the state in it, and what runs its steps there. */
export type Machine = {
  readonly arena: Uint8Array;
  readonly view: View;
  readonly run: StepRange;
};

/** Prepares the arena and the operand views once; the returned function may be called any number of times. */
export function createRunner(program: Program, plan: MemoryPlan): Runner {
  return createRunnerOn(program, plan, createMachine(program, plan));
}

/** The machine of the reference. @throws TinymlError E_PROGRAM for a malformed Program */
export function createMachine(program: Program, plan: MemoryPlan, onCall?: CallVisitor): Machine {
  verifyProgram(program);
  const arena = new Uint8Array(new ArrayBuffer(placesHere(program, plan).bytes));
  const view = viewsOf(program, plan, arena);
  resetState(program, view);
  const stretches = stretchOfSteps(program);
  const whole = program.steps.map((step) => operandsOf(step, view));
  const extents = program.steps.map((_, index) => extentsOf(program, index, stretches[index]!));
  const run: StepRange = (from, to) => {
    for (let i = from; i < to; i = stretches[i]!.end) {
      const { first, end, calls, isLoop } = stretches[i]!;
      if (i !== first || end > to) {
        throw new TinymlError('E_INTERNAL', `steps ${from} .. ${to - 1} are a part of a loop`);
      }
      for (const call of calls) {
        const operands = whole[call.step]!;
        const own = isLoop ? operandsAt(operands, call, extents[call.step]!) : operands;
        runStep(program.steps[call.step]!, own);
        if (isLoop) onCall?.(call.step, own.outputs);
      }
    }
  };
  return { arena, view, run };
}

/** Runs the meaning of a step, which is one of values: an input under an output is read before it is written. */
function runStep(step: Step, operands: Operands): void {
  const { signature, run } = kernelOf(step);
  const { inputs, outputs } = operands;
  const kept = inputs.map((input, k) =>
    signature.overlap !== undefined && k === 0 && shareBytes(input, outputs[0]!) ? input.slice() : input,
  );
  run(step, { ...operands, inputs: kept });
}

function shareBytes(a: ProgramArray, b: ProgramArray): boolean {
  const apart = a.byteOffset >= b.byteOffset + b.byteLength || b.byteOffset >= a.byteOffset + a.byteLength;
  return a.buffer === b.buffer && !apart;
}

function operandsOf({ inputs, constants, outputs }: Step, view: View): Operands {
  return { inputs: inputs.map(view), constants: constants.map(view), outputs: outputs.map(view) };
}

/** The operands as a call of a loop has them before it. */
function operandsAt(whole: Operands, call: Call, extents: Extents): Operands {
  const parts = (kind: 'inputs' | 'outputs'): readonly ProgramArray[] =>
    whole[kind].map((array, k) => array.subarray(call[kind][k]!, call[kind][k]! + extents[kind][k]!));
  return { ...whole, inputs: parts('inputs'), outputs: parts('outputs') };
}

/** Where what runs a Program on this machine has its tensors: those of a caller lie behind the arena, from multiples of 16 on. */
export function placesHere(
  { tensors }: Program,
  { placements, arenaBytes }: MemoryPlan,
): { readonly offsets: ReadonlyMap<TensorId, number>; readonly bytes: number } {
  const offsets = new Map(placements.map(({ tensor, offset }) => [tensor, offset]));
  let bytes = arenaBytes;
  tensors.forEach((tensor, id) => {
    if (tensor.storage.kind !== 'caller') return;
    const start = roundUp(bytes, 16);
    offsets.set(id, start);
    bytes = start + elementsOf(tensor) * DTYPE_BYTES[tensor.dtype];
  });
  return { offsets, bytes };
}

/**
 * The tensors of a Program in an arena.
 * @param arena bytes of placesHere, from a multiple of 16
 */
export function viewsOf(program: Program, plan: MemoryPlan, arena: Uint8Array): View {
  const { offsets } = placesHere(program, plan);
  return (id) => {
    const tensor = program.tensors[id]!;
    if (tensor.storage.kind === 'constant') return tensor.storage.data;
    const offset = offsets.get(id);
    if (offset === undefined)
      throw new TinymlError('E_INTERNAL', `tensor ${tensor.name} has no place in the plan`);
    return arrayView(tensor.dtype, arena.buffer, arena.byteOffset + offset, elementsOf(tensor));
  };
}

/** Writes the first values of the state. */
export function resetState({ tensors }: Program, view: View): void {
  tensors.forEach(({ storage }, id) => {
    if (storage.kind === 'state') view(id).set(storage.initial);
  });
}

/** A runner that poisons what is not state in the arena of a machine before every run. */
export function createRunnerOn(
  program: Program,
  { stateBytes }: MemoryPlan,
  { arena, view, run: runSteps }: Machine,
): Runner {
  const passing = arena.subarray(stateBytes);
  const stretches = stretchesOf(program);
  const written = program.steps.map((step) => step.outputs.map(view));
  const inputViews = program.inputs.map((port) => view(port.tensor));
  const outputViews = program.outputs.map((port) => view(port.tensor));

  const run = (inputs: readonly ProgramArray[], onStep?: StepVisitor): readonly ProgramArray[] => {
    passing.fill(POISON);
    inputViews.forEach((target, i) => {
      const source = inputs[i];
      if (source === undefined || source.length !== target.length) {
        throw new TinymlError(
          'E_DATA',
          `input ${i} has ${source?.length ?? 0} values, the model takes ${target.length}`,
          { at: `input "${program.inputs[i]!.name}"` },
        );
      }
      target.set(source);
    });
    if (onStep === undefined) runSteps(0, program.steps.length);
    else {
      for (const { first, end } of stretches) {
        runSteps(first, end);
        for (let i = first; i < end; i++) onStep(program.steps[i]!, i, written[i]!);
      }
    }
    return outputViews.map((output) => output.slice());
  };
  return Object.assign(run, { reset: () => resetState(program, view) });
}

export function arrayView(
  dtype: ProgramDType,
  buffer: ArrayBufferLike,
  offset: number,
  length: number,
): ProgramArray {
  switch (dtype) {
    case 'int8':
      return new Int8Array(buffer, offset, length);
    case 'uint8':
      return new Uint8Array(buffer, offset, length);
    case 'int16':
      return new Int16Array(buffer, offset, length);
    case 'int32':
      return new Int32Array(buffer, offset, length);
    case 'float32':
      return new Float32Array(buffer, offset, length);
  }
}
