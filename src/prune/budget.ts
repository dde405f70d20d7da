/** Which schedule is taken: the one that was given, or under a budget the largest that keeps it. */
import { TinymlError } from '../diagnostics/errors.ts';
import { formatBytes, formatCount } from '../diagnostics/units.ts';
import type { Graph } from '../graph/types.ts';
import type { KeepSchedule, KeptLayer } from './schedule.ts';

/** What a model costs on a device; instructions are null where nothing was counted of a kernel. */
export type Cost = {
  readonly macs: number;
  readonly instructions: number | null;
  readonly ramBytes: number;
};

/** The most that a model may cost; infinite where nothing is asked for. */
export type Budget = { readonly instructions: number; readonly ramBytes: number };

type Smaller = { readonly graph: Graph; readonly layers: readonly KeptLayer[] };

type Chosen = Smaller & { readonly schedule: KeepSchedule; readonly cost: Cost };

/** Shares that are tried under a budget. */
const TRIED = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2];

/**
 * The first schedule that keeps the budget: of tokens and neurons that were not given, fewer and fewer. Each that is looked at is pruned
 * and costed once.
 * @param layers of attention
 * @param given shares that stand; empty lists for those that are looked for
 * @throws TinymlError E_MEMORY where none keeps it; E_PROFILE where a budget of instructions cannot be held against anything
 */
export async function chooseSchedule(
  layers: number,
  given: KeepSchedule,
  budget: Budget,
  make: (schedule: KeepSchedule) => Smaller,
  costOf: (graph: Graph) => Promise<Cost>,
): Promise<Chosen> {
  const tried = schedules(layers, given, budget);
  let last: Cost | null = null;
  for (const schedule of tried) {
    const smaller = make(schedule);
    const cost = await costOf(smaller.graph);
    if (cost.instructions === null && Number.isFinite(budget.instructions)) throw uncounted();
    if ((cost.instructions ?? 0) <= budget.instructions && cost.ramBytes <= budget.ramBytes) {
      return { ...smaller, schedule, cost };
    }
    last = cost;
  }
  throw overBudget(last!, tried.length > 1);
}

/** From the largest on; the given one alone where nothing is looked for. */
function schedules(layers: number, given: KeepSchedule, budget: Budget): readonly KeepSchedule[] {
  const { tokens, heads, neurons } = given;
  const isBounded = Number.isFinite(budget.instructions) || Number.isFinite(budget.ramBytes);
  if (!isBounded || (tokens.length > 0 && neurons.length > 0)) return [given];
  return TRIED.map((share) => ({
    tokens: tokens.length > 0 ? tokens : layers === 1 ? [share] : [1, share],
    heads,
    neurons: neurons.length > 0 ? neurons : [share],
  }));
}

function uncounted(): TinymlError {
  return new TinymlError('E_PROFILE', 'the instructions of a kernel of this model are not known yet', {
    at: '--max-instructions',
    hint: 'give --tokens, --heads and --ffn, deploy the model, and let "tinyml verify" count',
  });
}

function overBudget({ instructions, ramBytes }: Cost, searched: boolean): TinymlError {
  const counted =
    instructions === null ? 'instructions not known' : `${formatCount(instructions)} instructions`;
  const least = searched ? 'with the smallest shares that are tried' : 'with the shares that were given';
  return new TinymlError('E_MEMORY', 'no schedule keeps the budget', {
    at: `${least}: ${counted}, ${formatBytes(ramBytes)} of RAM`,
    hint: searched
      ? 'give more, or leave heads out too: --heads'
      : 'give more, smaller shares, or no --tokens or --ffn: they are then looked for',
  });
}
