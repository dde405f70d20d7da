/** The memory of a training step on a device. */
import type { Graph } from '../../graph/types.ts';
import type { CoreFeatures } from '../../program/implementation.ts';
import { leastBytes, planMemory } from '../../program/plan.ts';
import type { Program } from '../../program/program.ts';
import { type DeviceStep, deviceStep } from '../compile/device.ts';
import { differentiate, type TrainProgram } from '../compile/differentiate.ts';
import { mayReconstruct } from '../compile/loss.ts';
import { memoryOf } from '../compile/memory.ts';
import { anyRanges } from '../compile/ranges.ts';
import { checkTrainerOptions, type TrainerOptions } from '../options.ts';
import type { TrainingMemory } from '../types.ts';
import { ownTarget } from './device.ts';
import { networkOf, networkOfOne } from './network.ts';

/** A core without any of the instructions that kernels have scratch for. */
export const PLAIN_CORE: CoreFeatures = { dsp: false, mve: false };

type StepPlan = {
  readonly memory: TrainingMemory;
  /** No plan takes less. */
  readonly leastBytes: number;
  /** The step at which most is live: which layer, and what of it. */
  readonly peak: { readonly layer: string; readonly kernel: string; readonly pass: 'forward' | 'backward' };
};

/**
 * Plans one training step as a device has it: of one sample in integers it is that of firmware that trains (`deviceTraining`).
 * @param graph as `trainable` gives it
 * @param pack puts the frozen prefix in the form that the core runs
 * @throws TinymlError E_OP, E_USAGE, E_SHAPE for what cannot be trained so
 */
export function planStep(
  graph: Graph,
  options: TrainerOptions,
  core: CoreFeatures,
  pack: (step: DeviceStep) => DeviceStep,
): StepPlan {
  checkTrainerOptions(options);
  const network = options.batchSize === 1 ? networkOfOne(graph, options) : networkOf(graph, options);
  const own = options.batchSize === 1 && mayReconstruct(network);
  const loss = own ? ownTarget(options.loss) : options.loss;
  const train = differentiate(network, { ...options, loss }, anyRanges);
  const { step: program, firstOfBackward, roles } = stepOf(train, options, pack);
  const planned = { library: 'builtin', core, seed: options.seed, overlap: true } as const;
  const plan = planMemory(program, planned);
  const live = leastBytes(program, planned);
  const most = live.reduce((greatest, bytes) => Math.max(greatest, bytes), 0);
  const step = live.indexOf(most);
  const { name, kernel } = program.steps[step]!;
  return {
    memory: memoryOf({ ...train, program, forwardSteps: firstOfBackward, roles }, plan),
    leastBytes: most,
    peak: { layer: name, kernel, pass: step < firstOfBackward ? 'forward' : 'backward' },
  };
}

/** Devices train in integers: other methods are planned as they run here. */
function stepOf(
  train: TrainProgram,
  { method }: TrainerOptions,
  pack: (step: DeviceStep) => DeviceStep,
): { readonly step: Program; readonly firstOfBackward: number; readonly roles: TrainProgram['roles'] } {
  if (method === 'octo') return pack(deviceStep(train));
  return { step: train.program, firstOfBackward: train.forwardSteps, roles: train.roles };
}
