/** Schemes for budgets: the best for each, and what is compared with them. */
import type { SchemeLayer } from '../compile/trained.ts';
import { type Gains, type Measurements, partsOf, predictedGain } from './probes.ts';
import { type Choice, choiceKey } from './schemes.ts';
import { type Bytes, type Found, type SearchProblem, search } from './search.ts';

export type Space = {
  readonly layers: readonly SchemeLayer[];
  readonly shares: readonly number[];
  readonly hasNewHead: boolean;
};

/** The scheme of a space with the most predicted gain whose training step takes no more than `budget` bytes; null where none does. */
export function bestWithin(
  { layers, shares, hasNewHead }: Space,
  gains: Gains,
  bytesOf: (choice: Choice) => Bytes,
  budget: number,
  limit: number,
): Found | null {
  const parts = partsOf(layers, shares, hasNewHead);
  const problem: SearchProblem = {
    depths: depthsOf(layers, hasNewHead),
    partsAt: (depth) => parts.filter(({ layer }) => layer >= layers.length - depth),
    gainOf: (choice) => predictedGain(choice, layers, gains),
    bytesOf,
    budget,
    limit,
  };
  return search(problem);
}

/** Depths of biases that train something. */
function depthsOf(layers: readonly SchemeLayer[], hasNewHead: boolean): readonly number[] {
  const all = layers.map((_, i) => i + 1);
  return hasNewHead
    ? [0, ...all]
    : all.filter((depth) => layers.slice(-depth).some(({ hasBias }) => hasBias));
}

/** `train --scheme last:k`, for every k. */
export function lastLayers(layers: readonly SchemeLayer[], hasNewHead: boolean): readonly Choice[] {
  return layers.map((_, i): Choice => {
    const depth = i + 1;
    const parts = partsOf(layers, [1], hasNewHead).filter(({ layer }) => layer >= layers.length - depth);
    return { depth, parts };
  });
}

/** The candidate whose training left the least loss, the first one where none was measured. */
export function bestMeasured(candidates: readonly [Choice, ...Choice[]], measured: Measurements): Choice {
  const lossOf = (choice: Choice): number =>
    measured.get(choiceKey(choice))?.loss ?? Number.POSITIVE_INFINITY;
  return candidates.reduce((best, choice) => (lossOf(choice) < lossOf(best) ? choice : best));
}

/** Shares of a budget for which schemes are looked for, to show what more memory is worth. */
const STEPS = [0.25, 0.375, 0.5, 0.75, 1];

/** The best scheme of each part of a budget, the same one once, by bytes. */
export function frontier(budget: number, bestFor: (bytes: number) => Found | null): readonly Found[] {
  const found = STEPS.flatMap((share) => bestFor(Math.floor(share * budget)) ?? []);
  return found.filter(({ bytes }, i) => found.findIndex((other) => other.bytes === bytes) === i);
}
