/** The engine under the eyes of the reference: it runs every step, and the reference runs some of them again on the same bytes. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { createMachine as createEngine } from '../../engine/index.ts';
import type { Kernels } from '../../engine/load.ts';
import { stepMacs } from '../../program/kernels/index.ts';
import type { MemoryPlan } from '../../program/memory-plan.ts';
import type { Program } from '../../program/program.ts';
import { createMachine as createReference, type Machine } from '../../program/run.ts';
import type { ProgramArray, TensorId } from '../../program/types.ts';

/**
 * A machine that runs on the engine and throws where the reference computes other bytes.
 * @param isChecked whether the reference runs a step, too; asked before each step
 * @throws TinymlError what the engine throws; when run E_INTERNAL, naming the step whose bytes differ
 */
export function createCheckedMachine(
  program: Program,
  plan: MemoryPlan,
  kernels: Kernels,
  isChecked: (step: number) => boolean,
): Machine {
  const engine = createEngine(program, plan, kernels);
  if (kernels.kind === 'typescript') return engine;
  const reference = createReference(program, plan);
  const pass = (id: TensorId): void => {
    if (program.tensors[id]!.storage.kind !== 'constant') reference.view(id).set(engine.view(id));
  };
  const checkedStep = (index: number): void => {
    const { inputs, outputs, name, kernel } = program.steps[index]!;
    for (const id of [...inputs, ...outputs]) pass(id);
    engine.run(index, index + 1);
    reference.run(index, index + 1);
    if (outputs.every((id) => sameBytes(reference.view(id), engine.view(id)))) return;
    throw new TinymlError(
      'E_INTERNAL',
      `the ${kernels.kind} engine and the reference compute different bytes`,
      {
        at: `step ${index}, "${name}" (${kernel})`,
        hint: 'please report it with the model; TINYML_ENGINE=typescript takes the reference alone',
      },
    );
  };
  const run: Machine['run'] = (first, end, threads) => {
    for (let index = first; index < end; index++) {
      if (isChecked(index)) checkedStep(index);
      else engine.run(index, index + 1, threads);
    }
  };
  return { arena: engine.arena, view: engine.view, run };
}

/**
 * Steps for the reference where it cannot run all: the cheapest of each kernel, whatever it costs, and as many more as
 * `budget` holds, cheap ones first.
 * @param budget multiply-accumulates, or output elements of steps that have fewer
 */
export function stepsWithin(program: Program, budget: number): ReadonlySet<number> {
  const cheapFirst = program.steps
    .map((_, index) => index)
    .sort((a, b) => costOf(program, a) - costOf(program, b));
  const chosen = new Set<number>();
  const kernels = new Set<string>();
  let left = budget;
  for (const index of cheapFirst) {
    const { kernel } = program.steps[index]!;
    const cost = costOf(program, index);
    if (kernels.has(kernel) && cost > left) continue;
    kernels.add(kernel);
    chosen.add(index);
    left -= cost;
  }
  return chosen;
}

/** What a step costs the reference. */
export function costOf({ steps, tensors }: Program, index: number): number {
  const step = steps[index]!;
  const elements = step.outputs.map((id) => tensors[id]!.shape.reduce((product, size) => product * size, 1));
  return Math.max(stepMacs(step), ...elements);
}

function sameBytes(a: ProgramArray, b: ProgramArray): boolean {
  const bytes = (array: ProgramArray): Buffer =>
    Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  return bytes(a).equals(bytes(b));
}
