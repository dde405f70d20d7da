/** What a Program costs, step by step: the numbers behind `plan`, `inspect` and the bundle's header. */
import { floatLayers } from './float-steps.ts';
import { macsOfSteps } from './loops.ts';
import type { MemoryPlan } from './memory-plan.ts';
import { liveBytes, tensorBytes } from './plan.ts';
import type { Program } from './program.ts';
import { stateTensors } from './state.ts';
import { tableBytes } from './tables.ts';

export type StepSummary = {
  readonly index: number;
  readonly name: string;
  readonly kernel: string;
  /** Physical (NHWC) shape of the first output. */
  readonly outputShape: readonly number[];
  readonly macs: number;
  /** Bytes of the constant tables of this step. */
  readonly weightsBytes: number;
  /** Arena bytes that are live during the step, scratch included. */
  readonly liveBytes: number;
  readonly scratchBytes: number;
};

/** A tensor that stays from run to run. */
export type KeptTensor = { readonly name: string; readonly shape: readonly number[]; readonly bytes: number };

export type ProgramSummary = {
  readonly macs: number;
  /** Bytes of all constant tables, first values of state that need one included, equal ones counted once. */
  readonly weightsBytes: number;
  readonly steps: readonly StepSummary[];
  readonly kept: readonly KeptTensor[];
  /** Null where nothing computes in float32. */
  readonly float: FloatPart | null;
};

/** The layers that compute in float32, with the conversions that belong to them, as one part of a Program. */
type FloatPart = {
  readonly layers: readonly string[];
  /** Of the steps of these layers. */
  readonly steps: readonly number[];
  readonly macs: number;
  readonly weightsBytes: number;
  /** Arena bytes that are live during one of these steps, at most. */
  readonly liveBytes: number;
};

export function summariseProgram(program: Program, plan: MemoryPlan): ProgramSummary {
  const live = liveBytes(program, plan);
  const scratch = new Map(plan.scratch.map(({ step, bytes }) => [step, bytes]));
  const macs = macsOfSteps(program);
  const steps = program.steps.map(
    (step, index): StepSummary => ({
      index,
      name: step.name,
      kernel: step.kernel,
      outputShape: program.tensors[step.outputs[0]!]!.shape,
      macs: macs[index]!,
      weightsBytes: step.constants.reduce((sum, id) => sum + tensorBytes(program, id), 0),
      liveBytes: live[index]!,
      scratchBytes: scratch.get(index) ?? 0,
    }),
  );
  return {
    macs: steps.reduce((sum, { macs }) => sum + macs, 0),
    weightsBytes: tableBytes(program),
    steps,
    float: floatPart(steps),
    kept: stateTensors(program).map((id) => {
      const { name, shape } = program.tensors[id]!;
      return { name, shape, bytes: tensorBytes(program, id) };
    }),
  };
}

function floatPart(steps: readonly StepSummary[]): FloatPart | null {
  const layers = floatLayers(steps);
  if (layers.length === 0) return null;
  const own = steps.filter(({ name }) => layers.includes(name));
  return {
    layers,
    steps: own.map(({ index }) => index),
    macs: own.reduce((sum, { macs }) => sum + macs, 0),
    weightsBytes: own.reduce((sum, { weightsBytes }) => sum + weightsBytes, 0),
    liveBytes: own.reduce((most, step) => Math.max(most, step.liveBytes), 0),
  };
}
