/**
 * The frozen prefix of a training step as a core runs it best: packed, and by rows where what is behind it takes less memory. Law: the same bytes.
 */

import { coreFeatures } from '../../../profiles/cortex-m.ts';
import type { CortexMProfile } from '../../../profiles/types.ts';
import type { Step } from '../../../program/kernels/index.ts';
import { once } from '../../../program/once.ts';
import { leastBytes, type PlanOptions } from '../../../program/plan.ts';
import type { Program } from '../../../program/program.ts';
import {
  ARENA,
  DTYPE_BYTES,
  type ProgramPort,
  type ProgramTensor,
  type TensorId,
} from '../../../program/types.ts';
import { withoutUnused, withTensors } from '../../../program/unused.ts';
import type { DeviceStep, DeviceTraining } from '../../../train/compile/device.ts';
import { keepSums } from '../../../train/compile/keep-sums.ts';
import { instructionsOn } from '../estimate/index.ts';
import { type PackedPlan, packedPlans } from '../pack/plan-packed.ts';

/** Puts a form of the prefix in its place. */
type PackPrefix = <S extends DeviceStep>(own: S) => S;

/**
 * Forms are planned once for each prefix of one network: steps of many schemes share them.
 * @param instructionsOf of one call of a step on the core; null where nobody knows
 */
export function prefixPacker(
  options: Pick<PlanOptions, 'library' | 'core' | 'seed'>,
  instructionsOf: (step: Step) => number | null,
): PackPrefix {
  const known = new Map<string, readonly (() => PackedPlan)[]>();
  return (own) => {
    const { step, prefixSteps } = own;
    if (prefixSteps === 0) return withSums(own, options);
    const prefix = prefixOf(step, prefixSteps);
    const key = `${prefixSteps} ${prefix.ports.map((id) => step.tensors[id]!.name).join(' ')}`;
    const forms = known.get(key) ?? formsOf(prefix.program, options, instructionsOf);
    known.set(key, forms);
    return withSums(withPrefix(own, prefix, chosen(forms, budgetOf(own, options)).program), options);
  };
}

/** With what fits beside all else, once that is laid out. */
function withSums<S extends DeviceStep>(own: S, options: Pick<PlanOptions, 'library' | 'core' | 'seed'>): S {
  const step = keepSums(own.step, { ...options, overlap: true });
  return step === own.step ? own : { ...own, step };
}

/** For a microcontroller, or for a core without any of the instructions that kernels have scratch for. */
export function stepPacker(profile: CortexMProfile | null, seed: number): PackPrefix {
  const library = 'builtin';
  if (profile === null) return prefixPacker({ library, core: { dsp: false, mve: false }, seed }, () => null);
  return prefixPacker({ library, core: coreFeatures(profile), seed }, instructionsOn(profile, library));
}

/** In few instructions, in the fewest bytes that packed steps take, and in the fewest of all. */
function formsOf(
  program: Program,
  options: Pick<PlanOptions, 'library' | 'core' | 'seed'>,
  instructionsOf: (step: Step) => number | null,
): readonly (() => PackedPlan)[] {
  const plans = packedPlans(program, { ...options, instructionsOf });
  return [once(() => plans.optimised('balanced')), plans.rows, plans.leastRows];
}

/** Of its bytes: what a slower form must save, where none is within the budget. */
const WORTH_IT = 1 / 32;

/** The first within a budget of bytes, else the last of those that save much in the place of the one before. */
function chosen(forms: readonly (() => PackedPlan)[], budget: number): PackedPlan {
  const made: PackedPlan[] = [];
  for (const form of forms) {
    const one = form();
    if (one.plan.arenaBytes <= budget) return one;
    made.push(one);
  }
  return made.reduce((best, one) =>
    one.plan.arenaBytes <= (1 - WORTH_IT) * best.plan.arenaBytes ? one : best,
  );
}

/** What the steps behind the prefix take at least, less what is there beside it: state and ports. */
function budgetOf({ step, prefixSteps }: DeviceStep, options: Pick<PlanOptions, 'library' | 'core'>): number {
  const live = leastBytes(step, { ...options, overlap: true });
  const rest = live.slice(prefixSteps).reduce((most, bytes) => Math.max(most, bytes), 0);
  const others = step.tensors.flatMap(({ storage }, id) =>
    storage.kind === 'state' || step.inputs.slice(1).some(({ tensor }) => tensor === id) ? [id] : [],
  );
  return others.reduce((left, id) => left - bytesOf(step.tensors[id]!), rest);
}

function bytesOf({ dtype, shape }: ProgramTensor): number {
  return shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
}

type Prefix = {
  /** By itself: the input, and what others read of it as outputs. */
  readonly program: Program;
  /** Tensors of the step that are its ports: inputs, then outputs. */
  readonly ports: readonly TensorId[];
};

function prefixOf(step: Program, count: number): Prefix {
  const [own, others] = [step.steps.slice(0, count), step.steps.slice(count)];
  const read = new Set(others.flatMap(({ inputs }) => inputs));
  const [input] = step.inputs as [ProgramPort];
  const made = new Set(own.flatMap(({ outputs }) => outputs));
  const outputs = [input.tensor, ...made].filter((id) => read.has(id));
  const portOf = (id: TensorId): ProgramPort => {
    const { name, shape } = step.tensors[id]!;
    return { name, tensor: id, onnxShape: shape, layout: shape.map((_, axis) => axis) };
  };
  const program: Program = {
    name: step.name,
    inputs: [input],
    outputs: outputs.map(portOf),
    // State is beside it.
    tensors: step.tensors.map((tensor) =>
      tensor.storage.kind === 'state' ? { ...tensor, storage: ARENA } : tensor,
    ),
    steps: own,
  };
  return { program: withoutUnused(program).program, ports: [input.tensor, ...outputs] };
}

/** @param packed a form of the prefix, whose ports are in the same order */
function withPrefix<S extends DeviceStep>(own: S, { ports }: Prefix, packed: Program): S {
  const { step, prefixSteps } = own;
  const known = new Map([...packed.inputs, ...packed.outputs].map(({ tensor }, i) => [tensor, ports[i]!]));
  const first = withTensors(packed, (id) => known.get(id) ?? step.tensors.length + id);
  const more = first.steps.length - prefixSteps;
  return {
    ...own,
    step: {
      ...step,
      tensors: [...step.tensors, ...packed.tensors],
      steps: [...first.steps, ...step.steps.slice(prefixSteps)],
      ...(first.loops === undefined ? {} : { loops: first.loops }),
    },
    firstOfBackward: own.firstOfBackward + more,
    prefixSteps: first.steps.length,
  };
}

/** The same of both Programs of a training, which begin with the same steps. */
export function packedTraining(programs: DeviceTraining, pack: PackPrefix): DeviceTraining {
  const packed = pack(programs);
  const { step, prefixSteps } = packed;
  const { inference } = programs;
  const steps = [...step.steps.slice(0, prefixSteps), ...inference.steps.slice(programs.prefixSteps)];
  return {
    ...packed,
    inference: { ...inference, tensors: step.tensors, steps, ...(step.loops && { loops: step.loops }) },
    firstOfLoss: programs.firstOfLoss + prefixSteps - programs.prefixSteps,
  };
}
