/**
 * Golden vectors: inputs with the outputs, and the CRC-32 of every layer, as the TypeScript reference computes them on the
 * plan's real addresses. What a bundle carries, and what every other executor is held against. The engine makes them; the
 * reference computes all of them again, or what it can of large models, and has to agree. Those of a Program with state
 * come in sequences: the frames follow one another from the first values of the state on.
 */
import { crc32 } from 'node:zlib';
import { type Kernels, loadKernels } from '../../engine/load.ts';
import { kernelOf } from '../../program/kernels/index.ts';
import { TILE_LIST } from '../../program/kernels/tile-list.ts';
import { passingTensors, stretchesOf } from '../../program/loops.ts';
import type { MemoryPlan } from '../../program/memory-plan.ts';
import type { Program } from '../../program/program.ts';
import { rowLayersOf } from '../../program/row-layers.ts';
import { createRunnerOn } from '../../program/run.ts';
import { ARRAYS, type ProgramArray, type ProgramTensor } from '../../program/types.ts';
import { GOLDEN_FRAMES } from '../target.ts';
import { costsOf, createCheckedMachine, stepsWithin } from './checked-machine.ts';
import type { GeneratedRaw, Raw } from './input/raw.ts';
import { GENERATED_PATTERNS, type GeneratedPattern, streamOf } from './stream.ts';

export type GoldenVector = {
  /** Unique in a bundle: names the files in `golden/`. */
  readonly name: string;
  readonly pattern: GeneratedPattern | 'recorded';
  /** False where the state of the vector before goes on: all frames of a sequence but the first. */
  readonly starts: boolean;
  /** What conversions make the inputs of; null where the inputs are given as they are. */
  readonly raw: GoldenRaw | null;
  /** Bytes of every input and output in physical (NHWC) order, little-endian. */
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
  /**
   * CRC-32 of the output of each step, or of its rows in the order in which a loop makes them (rowLayersOf); null where the tensor is not complete
   * then (completingSteps), and for rows that the reference did not compute.
   */
  readonly layers: readonly (number | null)[];
};

/** `units` are those of floats that a self-test makes by itself. */
export type GoldenRaw = Raw & { readonly units: readonly number[] };

/** Inputs taken from data: one array per Program input in physical order, and the raw data that they were where that is known. */
export type RecordedInputs = {
  readonly starts: boolean;
  readonly inputs: readonly ProgramArray[];
  readonly raw?: Raw | null;
};

/** Raw data that a self-test makes by itself, and the inputs that they become. */
export type MadeInputs = GeneratedRaw & { readonly inputs: readonly ProgramArray[] };

/**
 * Runs the generated patterns, made raw data and any recorded inputs.
 * @param frames length of the generated sequences, where the Program has state
 * @throws TinymlError E_INTERNAL where the engine and the reference disagree
 */
export function goldenVectors(
  program: Program,
  plan: MemoryPlan,
  recorded: readonly RecordedInputs[] = [],
  frames = GOLDEN_FRAMES,
  kernels: Kernels = loadKernels(),
  made: readonly MadeInputs[] = [],
): readonly GoldenVector[] {
  const generatedFrames = plan.stateBytes === 0 ? 1 : frames;
  const count = made.length + GENERATED_PATTERNS.length * generatedFrames + recorded.length;
  const last = recorded.length > 0 ? `recorded${recorded.length - 1}` : `noise${generatedFrames - 1}`;
  const isChecked = checksOf(program, count, plan.stateBytes === 0 ? [] : [last]);
  let current = '';
  const rowLayers = rowLayersOf(program);
  /** Of the rows of each layer so far. */
  const rowSums = new Map<number, number>();
  const machine = createCheckedMachine(
    program,
    plan,
    kernels,
    (step) => isChecked(current, step),
    (step, [output]) => {
      const layer = rowLayers.get(step);
      if (layer !== undefined) rowSums.set(layer, crc32(bytesOf(output!), rowSums.get(layer)));
    },
  );
  const run = createRunnerOn(program, plan, machine);
  const complete = completingSteps(program);
  const vector = (
    name: string,
    pattern: GoldenVector['pattern'],
    { starts, inputs }: RecordedInputs,
    raw: GoldenRaw | null = null,
  ): GoldenVector => {
    current = name;
    if (starts) run.reset();
    rowSums.clear();
    const layers: (number | null)[] = [];
    const outputs = run(inputs, (_, index, written) => {
      layers.push(complete.has(index) ? crc32(bytesOf(written[0]!)) : (rowSums.get(index) ?? null));
    });
    const bytes = { inputs: inputs.map(bytesOf), outputs: outputs.map(bytesOf) };
    return { name, pattern, starts, raw, ...bytes, layers };
  };
  const tensors = program.inputs.map((port) => program.tensors[port.tensor]!);
  const generated = (pattern: GeneratedPattern): readonly GoldenVector[] =>
    plan.stateBytes === 0
      ? [vector(pattern, pattern, { starts: true, inputs: generateInputs(tensors, pattern) })]
      : generateSequence(tensors, pattern, frames).map((inputs, frame) =>
          vector(`${pattern}${frame}`, pattern, { starts: frame === 0, inputs }),
        );
  const [zeros, ...others] = GENERATED_PATTERNS;
  return [
    ...generated(zeros), // where there is state, whole sequences are the first and the last
    ...made.map(({ name, raw, units, inputs }) =>
      vector(name, 'noise', { starts: true, inputs }, { ...raw, units }),
    ),
    ...others.flatMap(generated),
    ...recorded.map(({ raw = null, ...inputs }, index) =>
      vector(`recorded${index}`, 'recorded', inputs, raw === null ? null : { ...raw, units: [] }),
    ),
  ];
}

/** Multiply-accumulates that the reference may take for the vectors of a bundle: two seconds. */
const REFERENCE_BUDGET = 500e6;

/**
 * What the reference computes again: every step of every vector where that many fit its budget; else steps of all kernels in
 * the vector whose inputs are the most various, and in `others`.
 */
function checksOf(
  program: Program,
  vectors: number,
  others: readonly string[],
): (vector: string, step: number) => boolean {
  const cost = costsOf(program).reduce((sum, one) => sum + one, 0);
  if (cost * vectors <= REFERENCE_BUDGET) return () => true;
  const steps = stepsWithin(program, REFERENCE_BUDGET);
  return (vector, step) => (/^noise0?$/.test(vector) || others.includes(vector)) && steps.has(step);
}

/** Steps after which, or after whose loop, the (first) tensor they write is complete: no later step writes to it, and no byte is left as it was. */
export function completingSteps(program: Program): ReadonlySet<number> {
  const last = new Map(program.steps.map((step, index) => [step.outputs[0]!, index]));
  for (const stretch of stretchesOf(program))
    for (const id of passingTensors(program, stretch)) last.delete(id);
  return new Set([...last.values()].filter((index) => !leavesBytes(program, index)));
}

/** Whether a step writes the pixels of a tile list alone, into a tensor that nothing kept from the run before. */
function leavesBytes({ steps, tensors }: Program, index: number): boolean {
  const step = steps[index]!;
  const { storage, dtype } = tensors[step.outputs[0]!]!;
  const listed = kernelOf(step).signature.operands.some(
    ({ kind, elements }) => kind === 'input' && elements === TILE_LIST,
  );
  return listed && storage.kind === 'arena' && dtype === 'int8';
}

/**
 * Inputs made from one stream of int8 values that runs through all inputs in turn.
 * An int8 or uint8 input takes the byte, an int16 the value times 128, an int32 the value, a float32 the value / 32 (exact).
 */
export function generateInputs(
  tensors: readonly ProgramTensor[],
  pattern: GeneratedPattern,
): readonly ProgramArray[] {
  return generateSequence(tensors, pattern, 1)[0]!;
}

/** The inputs of so many frames: the stream runs on through them. */
function generateSequence(
  tensors: readonly ProgramTensor[],
  pattern: GeneratedPattern,
  frames: number,
): readonly (readonly ProgramArray[])[] {
  const next = streamOf(pattern);
  const fill = ({ dtype, shape }: ProgramTensor): ProgramArray => {
    const values = new ARRAYS[dtype](shape.reduce((product, size) => product * size, 1));
    for (let i = 0; i < values.length; i++) values[i] = next() * UNITS[dtype];
    return values;
  };
  return Array.from({ length: frames }, () => tensors.map(fill));
}

/** Exact, and over all of the type where that is one of codes. */
const UNITS: Readonly<Record<ProgramTensor['dtype'], number>> = {
  int8: 1,
  uint8: 1,
  int16: 128,
  int32: 1,
  float32: 1 / 32,
};

/** The memory of a typed array as bytes, without a copy. */
function bytesOf(array: ProgramArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Where the bytes of a vector lie in a bundle. */
export function goldenPath(vector: string, direction: 'raw' | 'input' | 'output', index: number): string {
  return `golden/${vector}-${direction}${index}.bin`;
}
