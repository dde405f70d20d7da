/** What an inference will take on a microcontroller, predicted from the steps of a Program alone. */
import { coreFeatures, waitStates } from '../../../profiles/cortex-m.ts';
import type { CortexMCore, CortexMProfile } from '../../../profiles/types.ts';
import { askedRowsOf } from '../../../program/caller-rows.ts';
import { needsFpu } from '../../../program/float-steps.ts';
import type { CoreFeatures, KernelLibrary } from '../../../program/implementation.ts';
import type { Step } from '../../../program/kernels/index.ts';
import { timesOfSteps } from '../../../program/loops.ts';
import type { Program } from '../../../program/program.ts';
import type { Estimate } from '../../target.ts';
import type { SoundConversion } from '../input/conversions.ts';
import { CALL, COEFFICIENTS } from './generated/coefficients.ts';
import { SOUND_COEFFICIENTS } from './generated/sound.ts';
import { timeOf } from './time.ts';
import { libraryOf, workOf } from './work.ts';
import { workOfSound } from './work-sound.ts';
import type { Loops } from './work-types.ts';

type Device = Pick<CortexMProfile, 'core' | 'features' | 'clockHz' | 'flash'>;

/**
 * Instructions of each step and of what makes the input, and their time. Of a gated model those of a frame in which everything changed.
 * @param sound what makes the input of samples of sound; null without it
 * @returns null where a step has a kernel that nothing was measured of
 */
export function estimateOf(
  program: Program,
  device: Device,
  library: KernelLibrary,
  sound: SoundConversion | null = null,
): Estimate | null {
  const measured = measuredCore({ core: device.core, features: coreFeatures(device) });
  const times = timesOfSteps(program);
  const steps = program.steps.map((step, index) => {
    // The code of float32 was counted as cores with an FPU run it.
    if (device.features.fpu === 'none' && needsFpu(step.kernel)) return null;
    // What gives rows is the application's: the model calls it.
    const taken =
      askedRowsOf(program, step) === null ? stepInstructions(step, measured, library) : Math.round(CALL);
    return taken === null ? null : times[index]! * taken;
  });
  if (!steps.every((count) => count !== null)) return null;
  const input = sound === null ? 0 : soundInstructions(sound, measured.core);
  const instructions = steps.reduce((sum, count) => sum + count, input);
  const { core, clockHz } = device;
  const ms = timeOf(instructions, { core, clockHz, waitStates: waitStates(device) }, library);
  return { instructions, steps, input, clockHz, ms };
}

/** Making an input of samples of sound, on a core of CORES in bench/instructions. */
function soundInstructions(sound: SoundConversion, core: string): number {
  return weighed(workOfSound(sound), SOUND_COEFFICIENTS[core]!, 0);
}

/** Instructions of one call of a step on a device; null for a kernel of which nothing is known. */
export function instructionsOn(device: Device, library: KernelLibrary): (step: Step) => number | null {
  const measured = measuredCore({ core: device.core, features: coreFeatures(device) });
  return (step) => stepInstructions(step, measured, library);
}

/** @returns null for a kernel of which nothing is known @param core of CORES in bench/instructions */
function stepInstructions(step: Step, { core, loops }: Measured, library: KernelLibrary): number | null {
  const work = workOf(step, library, loops);
  const taken = COEFFICIENTS[`${libraryOf(step, library, loops)}/${core}`]?.[denseName(step)];
  if (work === null || taken === undefined) return null;
  return weighed(work, taken, CALL);
}

type Counts = Readonly<Record<string, number>>;

function weighed(work: Counts, taken: Counts, beside: number): number {
  return Math.round(
    Object.entries(work).reduce((sum, [name, count]) => sum + count * (taken[name] ?? 0), beside),
  );
}

/** Twins on tiles have the inner loops of the dense kernels; codes of 16 bits are moved as bytes. */
function denseName({ kernel }: Step): string {
  if (kernel === 'shift_s16') return 'shift_s8';
  return kernel === 'copy_tiles_s8' ? kernel : kernel.replace('_tiles_s8', '_s8');
}

/** A core whose code was counted, and the loops that its kernels run. */
type Measured = { readonly core: string; readonly loops: Loops };

/** The core whose code is most like that of a device: without vectors or DSP instructions, that of a smaller one. */
export function measuredCore({
  core,
  features,
}: {
  readonly core: CortexMCore;
  readonly features: CoreFeatures;
}): Measured {
  switch (core) {
    case 'cortex-m0plus':
    case 'cortex-m3':
      return { core, loops: 'scalar' };
    case 'cortex-m23':
      return { core: 'cortex-m0plus', loops: 'scalar' };
    case 'cortex-m4':
    case 'cortex-m7':
      return { core, loops: 'dsp' };
    case 'cortex-m33':
      return features.dsp ? { core, loops: 'dsp' } : { core: 'cortex-m3', loops: 'scalar' };
    case 'cortex-m55':
    case 'cortex-m85':
      return !features.mve ? { core: 'cortex-m33', loops: 'dsp' } : { core: 'cortex-m55', loops: 'mve' };
  }
}
