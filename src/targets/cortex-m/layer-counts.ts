/** Instructions of each layer, counted by a self-test with the layer hook, beside those that were predicted for the profile. */
import type { CountedLayers } from '../target.ts';
import type { Manifest } from './manifest.ts';
import { linesOf } from './selftest-lines.ts';

type Steps = Manifest['steps'];

/** Steps that are counted together: the last of them reports. */
type Group = { readonly first: number; readonly last: number; readonly instructions: number };

/** The most of all vectors; none where nothing counted, as on this machine. Steps of a loop are counted together. */
export function countedLayers({ steps }: Pick<Manifest, 'steps'>, printed: string): readonly CountedLayers[] {
  const counts = new Map<number, number>();
  for (const { words, numbers } of linesOf(printed)) {
    const [layer, , instructions = 0] = numbers as readonly [number, number, number?];
    if (words[0] === 'layer') counts.set(layer, Math.max(instructions, counts.get(layer) ?? 0));
  }
  if ([...counts.values()].every((count) => count === 0)) return [];
  const reporting = [...counts].sort(([a], [b]) => a - b);
  return reporting
    .reduce<readonly Group[]>(
      (groups, [last, instructions]) => withReport(groups, last, instructions, steps),
      [],
    )
    .map(({ first, last, instructions }) => {
      const own = steps.slice(first, last + 1);
      const predicted = own.reduce<number | null>(
        (sum, step) => (sum === null || step.instructions === null ? null : sum + step.instructions),
        0,
      );
      return {
        first,
        last,
        names: own.map(({ name }) => name),
        kernels: own.map(({ kernel }) => kernel),
        predicted,
        instructions,
      };
    });
}

/** A report is of all steps behind the one before; those of one loop come at its end, and the first of them is of the whole loop. */
function withReport(
  groups: readonly Group[],
  last: number,
  instructions: number,
  steps: Steps,
): readonly Group[] {
  const before = groups.at(-1);
  const loop = steps[last]?.loop ?? null;
  const isSameLoop = before !== undefined && loop !== null && steps[before.last]!.loop === loop;
  return isSameLoop
    ? [...groups.slice(0, -1), { ...before, last, instructions: before.instructions + instructions }]
    : [...groups, { first: (before?.last ?? -1) + 1, last, instructions }];
}
