/** The engine under the eyes of the reference: it runs every step, and the reference runs some of them again on the same bytes. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { createMachine as createEngine } from '../../engine/index.ts';
import type { Kernels } from '../../engine/load.ts';
import { stepMacs } from '../../program/kernels/index.ts';
import {
  extentsOf,
  passingTensors,
  type Stretch,
  stretchOfSteps,
  timesOfSteps,
} from '../../program/loops.ts';
import type { MemoryPlan } from '../../program/memory-plan.ts';
import type { Program } from '../../program/program.ts';
import { type CallVisitor, createMachine as createReference, type Machine } from '../../program/run.ts';
import type { ProgramArray, TensorId } from '../../program/types.ts';

/**
 * A machine that runs on the engine and throws where the reference computes other bytes.
 * @param isChecked whether the reference runs a step, too; asked before each step
 * @param onCall called by the reference, of the loops that it runs
 * @throws TinymlError what the engine throws; when run E_INTERNAL, naming the step whose bytes differ
 */
export function createCheckedMachine(
  program: Program,
  plan: MemoryPlan,
  kernels: Kernels,
  isChecked: (step: number) => boolean,
  onCall?: CallVisitor,
): Machine {
  const reference = createReference(program, plan, onCall);
  if (kernels.kind === 'typescript') return reference;
  const engine = createEngine(program, plan, kernels);
  const stretches = stretchOfSteps(program);
  const pass = (id: TensorId): void => {
    if (program.tensors[id]!.storage.kind !== 'constant') reference.view(id).set(engine.view(id));
  };
  const checkedRun = (stretch: Stretch): void => {
    const steps = program.steps.slice(stretch.first, stretch.end);
    for (const { inputs, outputs } of steps) for (const id of [...inputs, ...outputs]) pass(id);
    engine.run(stretch.first, stretch.end);
    reference.run(stretch.first, stretch.end);
    // Scratch, which other code fills with other bytes, may lie where tensors of a block were.
    const own = passingTensors(program, stretch);
    const isSame = (id: TensorId): boolean => own.has(id) || sameBytes(reference.view(id), engine.view(id));
    const index = steps.findIndex(({ outputs }) => !outputs.every(isSame));
    if (index < 0) return;
    const { name, kernel } = steps[index]!;
    throw new TinymlError(
      'E_INTERNAL',
      `the ${kernels.kind} engine and the reference compute different bytes`,
      {
        at: `step ${stretch.first + index}, "${name}" (${kernel})`,
        hint: 'please report it with the model; TINYML_ENGINE=typescript takes the reference alone',
      },
    );
  };
  const run: Machine['run'] = (from, to, threads) => {
    for (let i = from; i < to; i = stretches[i]!.end) {
      const stretch = stretches[i]!;
      const { first, end } = stretch;
      const steps = Array.from({ length: end - first }, (_, k) => first + k);
      if (steps.some(isChecked)) checkedRun(stretch);
      else engine.run(first, end, threads);
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
  const costs = costsOf(program);
  const cheapFirst = program.steps.map((_, index) => index).sort((a, b) => costs[a]! - costs[b]!);
  const chosen = new Set<number>();
  const kernels = new Set<string>();
  let left = budget;
  for (const index of cheapFirst) {
    const { kernel } = program.steps[index]!;
    const cost = costs[index]!;
    if (kernels.has(kernel) && cost > left) continue;
    kernels.add(kernel);
    chosen.add(index);
    left -= cost;
  }
  return chosen;
}

/** What each step costs the reference. */
export function costsOf(program: Program): readonly number[] {
  const stretches = stretchOfSteps(program);
  const times = timesOfSteps(program);
  return program.steps.map((step, index) => {
    const { outputs } = extentsOf(program, index, stretches[index]!);
    return times[index]! * Math.max(stepMacs(step), ...outputs);
  });
}

function sameBytes(a: ProgramArray, b: ProgramArray): boolean {
  const bytes = (array: ProgramArray): Buffer =>
    Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  return bytes(a).equals(bytes(b));
}
