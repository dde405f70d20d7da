/** What is told of a bundle that was written: what the model takes on the device, and what to do next. */
import { formatBytes, formatCount } from '../../diagnostics/units.ts';
import type { CortexMProfile } from '../../profiles/types.ts';
import type { KernelLibrary } from '../../program/implementation.ts';
import type { MemoryPlan } from '../../program/memory-plan.ts';
import type { Program } from '../../program/program.ts';
import { summariseProgram } from '../../program/summary.ts';
import type { Description } from '../target.ts';

type Described = {
  readonly program: Program;
  readonly plan: MemoryPlan;
  readonly library: KernelLibrary;
  readonly profile: CortexMProfile;
};

/** @param prefix of all symbols @param folder of the bundle @param files how many it has */
export function describeBundle(
  { program, plan, library, profile }: Described,
  prefix: string,
  folder: string,
  files: number,
): Description {
  const { macs, weightsBytes } = summariseProgram(program, plan);
  const { arenaBytes, stateBytes, lowerBoundBytes, scratchBytes } = plan;
  return {
    json: {
      kernels: library,
      macs,
      memory: { arenaBytes, stateBytes, lowerBoundBytes, scratchBytes },
      flash: { weightsBytes },
    },
    fields: [
      ['bundle', `${folder} (${files} files, symbols ${prefix}_*)`],
      ['target', `${profile.id} (${profile.core}), ${library} kernels`],
      ['arena', `${formatCount(arenaBytes)} B (lower bound ${formatCount(lowerBoundBytes)} B)`],
      ...(stateBytes === 0
        ? []
        : [['state', `${formatCount(stateBytes)} B of it, kept from call to call`] as const]),
      ['tables', formatBytes(weightsBytes)],
      ['MACs', formatCount(macs)],
      ['next', `tinyml verify ${folder} --on host,qemu`],
    ],
  };
}
