/** What a step repeats, and how often: counts that its instructions are linear in, whatever a core takes for each. */
import type { KernelLibrary } from '../../../program/implementation.ts';
import type { Step } from '../../../program/kernels/index.ts';
import { builtinWork } from './work-builtin.ts';
import { cmsisNnWork } from './work-cmsis-nn.ts';
import { floatWork } from './work-float.ts';
import { fourBitWork } from './work-four-bits.ts';
import { packedWork } from './work-packed.ts';
import type { Loops, Work } from './work-types.ts';
import { wideWork } from './work-wide.ts';

/** @returns null for a kernel of which nothing was measured: those of training */
export function workOf(step: Step, library: KernelLibrary, loops: Loops): Work | null {
  return (
    (library === 'cmsis-nn' ? cmsisNnWork(step, loops) : null) ??
    builtinWork(step, loops) ??
    fourBitWork(step, loops) ??
    packedWork(step, loops) ??
    wideWork(step, loops) ??
    floatWork(step)
  );
}

/** Whether the step runs on Arm's library, or on the builtin kernel of its name. */
export function libraryOf(step: Step, library: KernelLibrary, loops: Loops): KernelLibrary {
  return library === 'cmsis-nn' && cmsisNnWork(step, loops) !== null ? 'cmsis-nn' : 'builtin';
}
