/**
 * The host engine: runs Programs with compiled kernels where there are any, and gives the same bits as the TypeScript of
 * src/program/run.ts. What is right is what that says.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import type { MemoryPlan } from '../program/memory-plan.ts';
import type { Program } from '../program/program.ts';
import {
  createMachine as createReferenceMachine,
  createRunnerOn,
  type Machine,
  type Runner,
  resetState,
  type StepRange,
  viewsOf,
} from '../program/run.ts';
import { verifyProgram } from '../program/verify.ts';
import { withEightBitWeights } from './eight-bits.ts';
import { encodeProgram } from './encode.ts';
import { type Kernels, loadKernels } from './load.ts';
import type { Engine, Library } from './types.ts';

/**
 * As createRunner of the reference. The Program is checked, and its weights packed, once.
 * @throws TinymlError E_PROGRAM for a malformed Program, E_INTERNAL where the engine refuses a step, E_SHAPE where the Program needs more memory than there
 * is; what loadKernels throws
 */
export function createRunner(program: Program, plan: MemoryPlan, kernels: Kernels = loadKernels()): Runner {
  return createRunnerOn(program, plan, createMachine(program, plan, kernels));
}

/** As createMachine of the reference. @throws as `createRunner` */
export function createMachine(program: Program, plan: MemoryPlan, kernels: Kernels): Machine {
  switch (kernels.kind) {
    case 'typescript':
      return createReferenceMachine(program, plan);
    case 'native':
    case 'wasm': {
      verifyProgram(program);
      const { arena, run } = createEngine(kernels.library, withEightBitWeights(program), plan, kernels.isa);
      const view = viewsOf(program, plan, arena);
      resetState(program, view);
      return { arena, view, run };
    }
  }
}

/** Runs all steps; `visit` gets each stop, in the given order (of `after`), once that many steps have run. */
export function runWithStops<Stop extends { readonly after: number }>(
  run: StepRange,
  steps: number,
  stops: readonly Stop[],
  visit: (stop: Stop) => void,
): void {
  let done = 0;
  for (const stop of stops) {
    if (stop.after > done) run(done, stop.after);
    done = stop.after;
    visit(stop);
  }
  if (steps > done) run(done, steps);
}

function createEngine(library: Library, program: Program, plan: MemoryPlan, isa: string): Engine {
  try {
    return library.create(encodeProgram(program, plan), isa);
  } catch (cause) {
    const hint = 'TINYML_ENGINE=typescript runs it without the engine';
    if (cause instanceof RangeError) {
      throw new TinymlError('E_SHAPE', 'the program needs more memory than the engine can have', {
        at: `program "${program.name}"`,
        hint,
        cause,
      });
    }
    const { message, step = -1 } = cause as Error & { readonly step?: number };
    const at = program.steps[step];
    throw new TinymlError('E_INTERNAL', `the engine refuses the program: ${message}`, {
      at: at === undefined ? `program "${program.name}"` : `step ${step}, "${at.name}" (${at.kernel})`,
      hint,
      cause,
    });
  }
}
