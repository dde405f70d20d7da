/** The memory of a training step on a device. */
import type { CoreFeatures } from '../../program/implementation.ts';
import { leastBytes, planMemory } from '../../program/plan.ts';
import { differentiate } from '../compile/differentiate.ts';
import { memoryOf } from '../compile/memory.ts';
import type { Network } from '../compile/network.ts';
import { checkTrainerOptions, type TrainerOptions } from '../options.ts';
import type { TrainingMemory } from '../types.ts';

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
 * Plans one training step as a device has it: state first, everything at multiples of four bytes.
 * @throws TinymlError E_OP, E_USAGE, E_SHAPE for what cannot be trained so
 */
export function planStep(network: Network, options: TrainerOptions, core: CoreFeatures): StepPlan {
  checkTrainerOptions(options);
  const train = differentiate(network, options);
  const planned = { library: 'builtin', core, restarts: 0 } as const;
  const plan = planMemory(train.program, planned);
  const live = leastBytes(train.program, planned);
  const most = live.reduce((greatest, bytes) => Math.max(greatest, bytes), 0);
  const step = live.indexOf(most);
  const { name, kernel } = train.program.steps[step]!;
  return {
    memory: memoryOf(train, plan),
    leastBytes: most,
    peak: { layer: name, kernel, pass: step < train.forwardSteps ? 'forward' : 'backward' },
  };
}
