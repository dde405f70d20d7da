/** Which loops and which packed kernels a Program gets, by what is to be little of. Law: the same bytes. */
import { planDepthFirst } from '../../../program/depth-first.ts';
import type { Optimise } from '../../../program/implementation.ts';
import type { MemoryPlan } from '../../../program/memory-plan.ts';
import { leastBytes, type PlanOptions, planMemory } from '../../../program/plan.ts';
import type { Program } from '../../../program/program.ts';
import { streamRows } from '../../../program/row-streams.ts';
import { tableBytes } from '../../../program/tables.ts';
import { codeBytes } from './code-bytes.ts';
import { packFor } from './index.ts';

type Planned = { readonly program: Program; readonly plan: MemoryPlan };

/** A Program with the loops and the packed steps that suit, and its plan. Packing comes behind loops: what is best for a step depends on the rows that it has. */
export function planPacked(program: Program, given: PlanOptions, optimise: Optimise = 'balanced'): Planned {
  const options = { ...given, overlap: true };
  const whole = (): Planned => ({ program, plan: planMemory(program, options) });
  const looped = (): Planned => planDepthFirst(program, options);
  const rowByRow = (): Planned => {
    const streamed = streamRows(program, options);
    return { program: streamed, plan: planMemory(streamed, options) };
  };
  switch (optimise) {
    case 'balanced':
      return packed(looped(), options);
    case 'speed':
      return packed(whole(), options);
    case 'ram': {
      const plain = [looped(), rowByRow()];
      return least(
        plain.flatMap((one) => [packed(one, options), packedBelowPeak(one, options), one]),
        arenaBytes,
      );
    }
    case 'flash': {
      const plain = looped();
      return least(
        [plain, packed(plain, options)],
        ({ program }) => tableBytes(program) + codeBytes(program),
      );
    }
  }
}

const arenaBytes = ({ plan }: Planned): number => plan.arenaBytes;

/** The first of those with the fewest bytes. */
function least(candidates: readonly Planned[], bytesOf: (one: Planned) => number): Planned {
  return candidates.reduce((best, one) => (bytesOf(one) < bytesOf(best) ? one : best));
}

/** @param keep steps that are not packed */
function packed(whole: Planned, options: PlanOptions, keep: ReadonlySet<number> = new Set()): Planned {
  const program = packFor(whole.program, options.library, options.core, keep);
  return program === whole.program ? whole : { program, plan: planMemory(program, options) };
}

/** Packed but for the steps whose scratch would raise the peak above what the steps need that are best either way. */
function packedBelowPeak(whole: Planned, options: PlanOptions): Planned {
  const all = packFor(whole.program, options.library, options.core);
  const [plain, full] = [whole.program, all].map((one) => leastBytes(one, options)) as [
    readonly number[],
    readonly number[],
  ];
  const peak = plain.reduce((most, bytes, step) => Math.max(most, Math.min(bytes, full[step]!)), 0);
  return packed(whole, options, new Set(full.flatMap((bytes, step) => (bytes > peak ? [step] : []))));
}
