/** Which schedule is taken: the one that was given, or under limits one of those that are looked for. */
import { isDeepStrictEqual } from 'node:util';
import { TinymlError } from '../diagnostics/errors.ts';
import { formatBytes, formatCount, formatPercent } from '../diagnostics/units.ts';
import type { Graph } from '../graph/types.ts';
import type { KeepSchedule, Pruned } from './schedule.ts';

/** What a model costs on a device; instructions are null where nothing was counted of a kernel, flash where no firmware was built. */
export type Cost = {
  readonly macs: number;
  readonly instructions: number | null;
  readonly ramBytes: number;
  readonly flashBytes: number | null;
};

/** The most that a model may cost; infinite where nothing is asked for. */
type Budget = {
  readonly instructions: number;
  readonly ramBytes: number;
  readonly flashBytes: number;
};

/** What is asked of a schedule. `accuracy` is the least share of samples that must be right; null where it does not matter. */
export type Limits = { readonly budget: Budget; readonly accuracy: number | null };

/** How right a model is; null where nobody asked. */
type Judged = { readonly accuracy: number | null };

/** A schedule that was looked at. */
type Point<Judgement extends Judged> = {
  readonly schedule: KeepSchedule;
  readonly pruned: Pruned;
  readonly cost: Cost;
  readonly judged: Judgement;
  readonly keepsBudget: boolean;
};

/** Shares that are tried under limits. */
const TRIED = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2];

/**
 * From the largest on; the given one alone where nothing is looked for.
 * @param layers of attention: of a model that has some, tokens and neurons are looked for, of others channels
 * @param given what stands; empty lists for what is looked for
 */
export function schedules(layers: number, given: KeepSchedule, limits: Limits): readonly KeepSchedule[] {
  const { tokens, neurons, channels } = given;
  const isBounded = limits.accuracy !== null || Object.values(limits.budget).some(Number.isFinite);
  const isGiven = layers === 0 ? channels.length > 0 : tokens.length > 0 && neurons.length > 0;
  if (!isBounded || isGiven) return [given];
  return TRIED.map((share) =>
    layers === 0
      ? { ...given, channels: [share] }
      : {
          ...given,
          tokens: tokens.length > 0 ? tokens : layers === 1 ? [share] : [1, share],
          neurons: neurons.length > 0 ? neurons : [share],
        },
  );
}

/**
 * The first schedule that keeps the budget; where accuracy must be kept, the last before it is lost. Each that is looked at is pruned, costed and judged once.
 * @param tried from the largest on
 * @param judge is told whether the budget is kept: what is not taken anyway need not be trained
 * @throws TinymlError E_MEMORY where none keeps the budget, E_GATE the accuracy; E_PROFILE where a budget of instructions cannot be held against anything
 */
export async function chooseSchedule<Judgement extends Judged>(
  tried: readonly KeepSchedule[],
  { budget, accuracy }: Limits,
  steps: {
    readonly make: (schedule: KeepSchedule) => Pruned;
    readonly costOf: (graph: Graph) => Promise<Cost>;
    readonly judge: (pruned: Pruned, keepsBudget: boolean) => Promise<Judgement>;
  },
): Promise<{ readonly chosen: Point<Judgement>; readonly points: readonly Point<Judgement>[] }> {
  const points: Point<Judgement>[] = [];
  let chosen: Point<Judgement> | null = null;
  for (const schedule of tried) {
    const pruned = steps.make(schedule);
    if (points.some((point) => keepsTheSame(point.pruned, pruned))) continue;
    const cost = await steps.costOf(pruned.graph);
    if (cost.instructions === null && Number.isFinite(budget.instructions)) throw uncounted();
    const keepsBudget = keeps(cost, budget);
    const judged = await steps.judge(pruned, keepsBudget);
    const point = { schedule, pruned, cost, judged, keepsBudget };
    points.push(point);
    if (!keepsBudget) continue;
    if (accuracy !== null && (judged.accuracy ?? 0) < accuracy) break;
    chosen = point;
    if (accuracy === null) break;
  }
  if (chosen !== null) return { chosen, points };
  const last = points.at(-1)!;
  if (last.keepsBudget) throw inaccurate(last.judged.accuracy ?? 0, accuracy!, tried.length > 1);
  throw overBudget(last.cost, tried.length > 1);
}

/** Shares near each other may be rounded to the same numbers. */
function keepsTheSame(a: Pruned, b: Pruned): boolean {
  return isDeepStrictEqual([a.layers, a.groups], [b.layers, b.groups]);
}

function keeps({ instructions, ramBytes, flashBytes }: Cost, budget: Budget): boolean {
  return (
    (instructions ?? 0) <= budget.instructions &&
    ramBytes <= budget.ramBytes &&
    (flashBytes ?? 0) <= budget.flashBytes
  );
}

function uncounted(): TinymlError {
  return new TinymlError('E_PROFILE', 'the instructions of a kernel of this model are not known yet', {
    at: '--max-instructions',
    hint: 'leave it out, deploy the model, and let "tinyml verify" count',
  });
}

function overBudget({ instructions, ramBytes, flashBytes }: Cost, searched: boolean): TinymlError {
  const counted =
    instructions === null ? 'instructions not known' : `${formatCount(instructions)} instructions`;
  const flash = flashBytes === null ? '' : `, ${formatBytes(flashBytes)} of flash`;
  const least = searched ? 'with the smallest shares that are tried' : 'with the shares that were given';
  return new TinymlError('E_MEMORY', 'no schedule keeps the budget', {
    at: `${least}: ${counted}, ${formatBytes(ramBytes)} of RAM${flash}`,
    hint: searched
      ? 'give more, or leave heads out too: --heads'
      : 'give more, smaller shares, or none: they are then looked for',
  });
}

function inaccurate(accuracy: number, least: number, searched: boolean): TinymlError {
  return new TinymlError('E_GATE', 'no schedule keeps the accuracy', {
    at: `${searched ? 'with the largest shares that keep the budget' : 'with the shares that were given'}: ${formatPercent(accuracy)}, and must be at least ${formatPercent(least)}`,
    hint: 'ask for less, or train after pruning: --fine-tune',
  });
}
