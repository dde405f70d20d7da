/** What firmware trains with, beside the model that it infers with. */
import { sha256Of } from '../../../numbers/sha256.ts';
import type { MemoryPlan } from '../../../program/memory-plan.ts';
import { type PlanOptions, planMemory } from '../../../program/plan.ts';
import type { Program } from '../../../program/program.ts';
import type { Storage } from '../../../program/types.ts';
import type { DeviceTraining } from '../../../train/compile/device.ts';
import type { Optimizer } from '../../../train/options.ts';
import { createLayout, type Layout } from '../layout.ts';

export type Training = {
  readonly programs: DeviceTraining;
  /** Of the step. Its state lies where that of the inference lies, and its arena is the same. */
  readonly plan: MemoryPlan;
  readonly optimizer: Optimizer;
  /** Of the random numbers of all steps. */
  readonly seed: number;
  /** What the self-test trains with, and the desk where nothing else is said. */
  readonly learningRate: number;
};

/** Plans of both Programs in one arena. */
export function plansOf(
  { inference, step }: DeviceTraining,
  options: PlanOptions,
): { readonly inference: MemoryPlan; readonly step: MemoryPlan } {
  const plans = {
    inference: planMemory(inference, options),
    step: planMemory(step, { ...options, inputScratch: 0 }),
  };
  const arenaBytes = Math.max(plans.inference.arenaBytes, plans.step.arenaBytes);
  return { inference: { ...plans.inference, arenaBytes }, step: { ...plans.step, arenaBytes } };
}

/** The Programs that share the tables of a bundle. */
export function sharingTables(
  inference: Program,
  training: Training | null,
): readonly [Program, ...Program[]] {
  return training === null ? [inference] : [inference, training.programs.step];
}

export function stepLayout({ programs, plan }: Training, name: string): Layout {
  return createLayout(programs.step, plan, name, [programs.inference, programs.step]);
}

/** Two words that no other model has: parameters of one are refused by the firmware of another. */
export function identityOf({ programs }: Training): readonly [number, number] {
  const { tensors, steps } = programs.step;
  const described = tensors.map(({ name, dtype, shape, storage }) => [
    name,
    dtype,
    shape,
    contentOf(storage),
  ]);
  const digest = sha256Of(JSON.stringify([described, steps]));
  return [Number.parseInt(digest.slice(0, 8), 16), Number.parseInt(digest.slice(8, 16), 16)];
}

function contentOf(storage: Storage): string {
  switch (storage.kind) {
    case 'arena':
    case 'caller':
      return '';
    case 'constant':
      return sha256Of(bytesOf(storage.data));
    case 'state':
      return sha256Of(bytesOf(storage.initial));
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
