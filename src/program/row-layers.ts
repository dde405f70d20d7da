/** Layers of loops whose output is never whole: it comes in rows, one block behind the other. */
import { accessesOf } from './accesses.ts';
import { passingTensors, type Stretch, stretchesOf } from './loops.ts';
import type { Program } from './program.ts';
import type { TensorId } from './types.ts';

/**
 * Of each step that makes rows of such a layer, the layer: the number of the last step that does. Left out are tensors to which anything is added or of
 * which steps write parts, as Concat does.
 */
export function rowLayersOf(program: Program): ReadonlyMap<number, number> {
  return new Map(stretchesOf(program).flatMap((stretch) => [...rowLayersOfLoop(program, stretch)]));
}

function rowLayersOfLoop(program: Program, stretch: Stretch): ReadonlyMap<number, number> {
  const passing = passingTensors(program, stretch);
  if (passing.size === 0) return new Map();
  const makers = new Map<number, TensorId>();
  const partly = new Set<TensorId>();
  accessesOf(program, stretch).forEach(({ reads, writes }, k) => {
    const { step } = stretch.calls[k]!;
    writes.forEach((write, n) => {
      // Rows that are moved have been made before.
      if (!passing.has(write.tensor) || reads.includes(write)) return;
      const isAdded = program.steps[step]!.inputs.includes(write.tensor);
      if (n > 0 || !write.isWhole || isAdded) partly.add(write.tensor);
      else makers.set(step, write.tensor);
    });
  });
  const layers = new Map<TensorId, number>();
  for (const [step, tensor] of makers) layers.set(tensor, Math.max(step, layers.get(tensor) ?? 0));
  return new Map(
    [...makers].flatMap(([step, tensor]) => (partly.has(tensor) ? [] : [[step, layers.get(tensor)!]])),
  );
}
