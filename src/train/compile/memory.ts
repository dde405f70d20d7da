/** What the memory of a training step is used for. */

import type { MemoryPlan } from '../../program/memory-plan.ts';
import { liveBytes, tensorBytes } from '../../program/plan.ts';
import { DTYPE_BYTES, type TensorId } from '../../program/types.ts';
import type { TrainingMemory } from '../types.ts';
import type { TrainProgram } from './differentiate.ts';
import type { Role } from './emit.ts';
import { isReplayName } from './replay.ts';
import { isSumName } from './updates.ts';

type Planned = Pick<TrainProgram, 'program' | 'forwardSteps' | 'roles' | 'state' | 'parameters'>;

export function memoryOf(train: Planned, plan: MemoryPlan): TrainingMemory {
  const { program, forwardSteps, roles, state, parameters } = train;
  const bytesOf = (id: TensorId): number => tensorBytes(program, id);
  const withRole = (role: Role): readonly TensorId[] =>
    [...roles].flatMap(([id, own]) => (own === role ? [id] : []));
  const sum = (ids: readonly TensorId[]): number => ids.reduce((total, id) => total + bytesOf(id), 0);

  const reads = new Map<TensorId, number>();
  program.steps.forEach((step, i) => {
    for (const id of [...step.inputs, ...step.outputs]) reads.set(id, i);
  });
  const saved = withRole('saved').filter((id) => (reads.get(id) ?? 0) >= forwardSteps);
  const trained = new Set(
    [...parameters.values()].flatMap(({ weights, bias, gamma, beta, compensation, cells }) => [
      ...[weights, bias, gamma, beta, ...cells.flatMap((cell) => Object.values(cell))].filter(
        (name) => name !== null,
      ),
      ...(compensation?.trained ?? []),
    ]),
  );
  const isState = (id: TensorId): boolean => roles.get(id) === 'state' || roles.get(id) === 'port';
  const peak = (first: number, end: number, counts: (id: TensorId) => boolean): number => {
    const placements = plan.placements.filter(({ tensor }) => counts(tensor));
    const live = liveBytes(program, { ...plan, placements, scratch: [] }).slice(first, end);
    return live.reduce((most, bytes) => Math.max(most, bytes), 0);
  };
  const steps = program.steps.length;
  return {
    arenaBytes: plan.arenaBytes,
    stateBytes: sum(withRole('state')),
    forwardPeakBytes: peak(0, forwardSteps, (id) => !isState(id)),
    backwardPeakBytes: peak(forwardSteps, steps, (id) => !isState(id)),
    savedActivationBytes: sum(saved),
    savedActivationFloatBytes: saved.reduce(
      (total, id) => total + (4 * bytesOf(id)) / DTYPE_BYTES[program.tensors[id]!.dtype],
      0,
    ),
    gradientBytes: peak(forwardSteps, steps, (id) => roles.get(id) === 'gradient'),
    sumBytes: sum([...state].flatMap(([name, id]) => (isSumName(name) ? [id] : []))),
    replayBytes: sum([...state].flatMap(([name, id]) => (isReplayName(name) ? [id] : []))),
    trainableBytes: [...state].reduce(
      (total, [name, tensor]) => total + (trained.has(name) ? bytesOf(tensor) : 0),
      0,
    ),
  };
}
