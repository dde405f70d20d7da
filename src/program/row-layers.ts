/** Layers of loops whose output is never whole: it comes in rows, one block behind the other. */
import { type Access, accessesOf } from './accesses.ts';
import { passingTensors, type Stretch, stretchesOf } from './loops.ts';
import type { Program } from './program.ts';
import type { TensorId } from './types.ts';

/**
 * Of each step that completes rows of such a layer, the layer: the number of the last step that does. Rows may be written by several steps, each of which
 * writes its part (Concat) or adds to them. Left out are tensors whose last writer does not reach the end of the rows, or of which bytes stay unwritten.
 */
export function rowLayersOf(program: Program): ReadonlyMap<number, number> {
  return new Map(stretchesOf(program).flatMap((stretch) => [...rowLayersOfLoop(program, stretch)]));
}

/** What a call writes of a tensor. */
type Write = { readonly step: number; readonly write: Access };

function rowLayersOfLoop(program: Program, stretch: Stretch): ReadonlyMap<number, number> {
  const passing = passingTensors(program, stretch);
  if (passing.size === 0) return new Map();
  const writes = new Map<TensorId, Write[]>([...passing].map((id) => [id, []]));
  const beside = new Set<TensorId>();
  accessesOf(program, stretch).forEach(({ reads, writes: all }, k) => {
    const { step } = stretch.calls[k]!;
    all.forEach((write, n) => {
      // Rows that are moved have been made before.
      if (!passing.has(write.tensor) || reads.includes(write)) return;
      if (n > 0) beside.add(write.tensor);
      writes.get(write.tensor)!.push({ step, write });
    });
  });
  return new Map(
    [...writes].flatMap(([id, own]) => {
      const last = beside.has(id) ? null : completing(program, roundsOf(program, own));
      if (last === null) return [];
      const layer = Math.max(...last);
      return [...last].map((step) => [step, layer] as const);
    }),
  );
}

/** Forms of one step on rows read the same tensors, and write the same part. */
function originOf({ steps }: Program, { step: index }: Write): string {
  const step = steps[index]!;
  const part = step.kernel === 'copy_s8' || step.kernel === 'copy_s16' ? step.params.outOffset : 0;
  return [part, ...step.inputs].join();
}

/** Writes of the same rows, one behind the other. */
function roundsOf(program: Program, writes: readonly Write[]): readonly (readonly Write[])[] {
  const rounds: Write[][] = [];
  for (const one of writes) {
    const round = rounds.at(-1);
    const isOfRound =
      round !== undefined &&
      round[0]!.write.start === one.write.start &&
      round.every((other) => originOf(program, other) !== originOf(program, one));
    if (isOfRound) round.push(one);
    else rounds.push([one]);
  }
  return rounds;
}

/** The steps that come last in a round, where they are of the same origins in each and leave nothing unwritten; else null. */
function completing(program: Program, rounds: readonly (readonly Write[])[]): ReadonlySet<number> | null {
  const origins = (round: readonly Write[]): string => round.map((one) => originOf(program, one)).join(' ');
  const [first] = rounds;
  if (first === undefined) return null;
  const areAlike = rounds.every((round) => {
    const { start } = round[0]!.write;
    const end = Math.max(...round.map(({ write }) => write.end));
    const covered = round.reduce((sum, one) => sum + elementsOf(program, one), 0);
    const isFilled = round.some(({ write }) => write.isWhole && write.end === end) || covered === end - start;
    return origins(round) === origins(first) && round.at(-1)!.write.end === end && isFilled;
  });
  return areAlike ? new Set(rounds.map((round) => round.at(-1)!.step)) : null;
}

/** Of what a call writes: boxes pass over what is between their rows. */
function elementsOf({ steps }: Program, { step: index, write }: Write): number {
  const step = steps[index]!;
  switch (step.kernel) {
    case 'copy_s8':
    case 'copy_s16': {
      const { size0, size1, size2, size3 } = step.params;
      return size0 * size1 * size2 * size3;
    }
    default:
      return write.isWhole ? write.end - write.start : 0;
  }
}
