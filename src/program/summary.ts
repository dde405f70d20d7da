/** What a Program costs, step by step: the numbers behind `plan`, `inspect` and the bundle's header. */
import { stepMacs } from './kernels/index.ts';
import type { MemoryPlan } from './memory-plan.ts';
import { liveBytes, stateTensors, tensorBytes } from './plan.ts';
import type { Program } from './program.ts';
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
};

export function summariseProgram(program: Program, plan: MemoryPlan): ProgramSummary {
  const live = liveBytes(program, plan);
  const scratch = new Map(plan.scratch.map(({ step, bytes }) => [step, bytes]));
  const steps = program.steps.map(
    (step, index): StepSummary => ({
      index,
      name: step.name,
      kernel: step.kernel,
      outputShape: program.tensors[step.outputs[0]!]!.shape,
      macs: stepMacs(step),
      weightsBytes: step.constants.reduce((sum, id) => sum + tensorBytes(program, id), 0),
      liveBytes: live[index]!,
      scratchBytes: scratch.get(index) ?? 0,
    }),
  );
  return {
    macs: steps.reduce((sum, { macs }) => sum + macs, 0),
    weightsBytes: tableBytes(program),
    steps,
    kept: stateTensors(program).map((id) => {
      const { name, shape } = program.tensors[id]!;
      return { name, shape, bytes: tensorBytes(program, id) };
    }),
  };
}
