/**
 * The host engine: runs a Program as the reference does, byte for byte, with native kernels where there are any.
 * Programs are evaluated with it; what is right is what the reference (src/program/run.ts) says.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import { createRunner as createReferenceRunner, createRunnerOf, type Runner } from '../program/run.ts';
import type { MemoryPlan, Program } from '../program/types.ts';
import { encodeProgram } from './encode.ts';
import { type Addon, type Kernels, loadKernels, type NativeEngine } from './load.ts';

/**
 * As createRunner of the reference. The Program is checked, and its weights packed, once.
 * @throws TinymlError E_INTERNAL where the engine refuses a step; what loadKernels throws
 */
export function createRunner(program: Program, plan: MemoryPlan, kernels: Kernels = loadKernels()): Runner {
  switch (kernels.kind) {
    case 'typescript':
      return createReferenceRunner(program, plan);
    case 'native': {
      const { addon, isa } = kernels;
      const engine = createEngine(addon, program, plan, isa);
      return createRunnerOf(
        program,
        plan,
        ({ arena }) =>
          (first, end) =>
            addon.run(engine, arena, first, end),
      );
    }
  }
}

function createEngine(addon: Addon, program: Program, plan: MemoryPlan, isa: string): NativeEngine {
  const { code, constants, arenaBytes } = encodeProgram(program, plan);
  try {
    return addon.create(code, constants, arenaBytes, addon.isas.indexOf(isa));
  } catch (cause) {
    const { message, step = -1 } = cause as Error & { readonly step?: number };
    const at = program.steps[step];
    throw new TinymlError('E_INTERNAL', `the engine refuses the program: ${message}`, {
      at: at === undefined ? `program "${program.name}"` : `step ${step}, "${at.name}" (${at.kernel})`,
      hint: 'TINYML_KERNELS=typescript runs it without the engine',
      cause,
    });
  }
}
