/**
 * Which part of a space to look in, and what stands out there: the size and the width under which networks within the budget compute most
 * (TinyNAS, Lin et al. 2020, section 3.1), then evolution among those (section 3.2) by a score that needs no training.
 */
import { setImmediate as afterEvents } from 'node:timers/promises';
import { TinymlError } from '../diagnostics/errors.ts';
import { mixSeed, seededRandom } from '../numbers/random.ts';
import { type Candidate, cross, draw, keyOf, mutate } from './candidate.ts';
import type { Cost } from './oracle.ts';
import type { Space } from './space.ts';

/** A candidate within the budget, and what it takes. */
export type PlannedCandidate = {
  readonly candidate: Candidate;
  readonly key: string;
  readonly cost: Cost;
};

/** What a size and a width make of a space. */
export type SubspaceRow = {
  readonly size: Candidate['size'];
  readonly width: number;
  /** Candidates that were drawn, and how many of them are within the budget. */
  readonly drawn: number;
  readonly fitting: number;
  /** Multiply-accumulates of these on average; 0 where there are none. */
  readonly meanMacs: number;
};

export type Exploration = {
  readonly subspaces: readonly SubspaceRow[];
  readonly chosen: SubspaceRow;
  /** Candidates that were planned, each once. */
  readonly planned: number;
  /** Those within the budget, in the order in which they were planned. */
  readonly fitting: readonly PlannedCandidate[];
};

type ExploreOptions = {
  readonly space: Space;
  /** Null beyond the budget. */
  readonly plan: (candidate: Candidate) => Cost | null;
  /** More is better. */
  readonly score: (one: PlannedCandidate) => number;
  /** Candidates that are planned, half of them to compare sizes and widths. */
  readonly count: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onPlanned: (planned: number) => void;
};

/** Share of a population that has children, and candidates of a generation. */
const PARENTS = 0.2;
const GENERATION = 50;
/** Of each choice of a child, that it is drawn anew. */
const MUTATION = 0.1;
/** Draws of which none is new before a space counts as seen. */
const IDLE = 200;

/** @throws TinymlError E_MEMORY where nothing is within the budget, E_INTERRUPTED */
export async function explore(options: ExploreOptions): Promise<Exploration> {
  const { space, count } = options;
  const seen: Seen = new Map();
  const planAll = plannerOf(options, seen);

  const parts = space.sizes.flatMap((size) => space.widths.map((width) => ({ size, width })));
  const each = Math.max(1, Math.floor(count / 2 / parts.length));
  const subspaces: SubspaceRow[] = [];
  for (const [index, { size, width }] of parts.entries()) {
    const random = seededRandom(mixSeed(options.seed, index));
    const drawn = await planAll(each, () => draw(space, size, width, random));
    const fitting = fittingOf(drawn);
    const macs = fitting.reduce((sum, { cost }) => sum + cost.macs, 0);
    subspaces.push({
      size,
      width,
      drawn: drawn.length,
      fitting: fitting.length,
      meanMacs: macs / Math.max(1, fitting.length),
    });
  }
  const chosen = subspaces.reduce((best, row) => (row.meanMacs > best.meanMacs ? row : best));
  if (chosen.fitting === 0) throw nothingWithin(seen.size);
  await evolve(options, chosen, seen, planAll);
  return { subspaces, chosen, planned: seen.size, fitting: fittingOf([...seen.values()]) };
}

/** What was planned, by its key; null beyond the budget. */
type Seen = Map<string, PlannedCandidate | null>;

type PlanAll = (count: number, make: () => Candidate) => Promise<readonly (PlannedCandidate | null)[]>;

function fittingOf(planned: readonly (PlannedCandidate | null)[]): readonly PlannedCandidate[] {
  return planned.filter((one) => one !== null);
}

/** Plans so many candidates that were not planned yet, or as many as there are. */
function plannerOf({ plan, signal, onPlanned }: ExploreOptions, seen: Seen): PlanAll {
  return async (count, make) => {
    const made: (PlannedCandidate | null)[] = [];
    for (let idle = 0; made.length < count && idle < IDLE; ) {
      const candidate = make();
      const key = keyOf(candidate);
      if (seen.has(key)) {
        idle++;
        continue;
      }
      idle = 0;
      const cost = plan(candidate);
      const one = cost === null ? null : { candidate, key, cost };
      seen.set(key, one);
      made.push(one);
      onPlanned(seen.size);
      await afterEvents();
      if (signal.aborted) throw new TinymlError('E_INTERRUPTED', 'stopped while candidates were planned');
    }
    return made;
  };
}

async function evolve(
  { space, score, count, seed }: ExploreOptions,
  { size, width }: SubspaceRow,
  seen: Seen,
  planAll: PlanAll,
): Promise<void> {
  const random = seededRandom(mixSeed(seed, EVOLUTION));
  const scores = new Map<string, number>();
  const scoreOf = (one: PlannedCandidate): number => {
    const known = scores.get(one.key) ?? score(one);
    scores.set(one.key, known);
    return known;
  };
  for (;;) {
    const living = fittingOf([...seen.values()]).filter(
      ({ candidate }) => candidate.size === size && candidate.width === width,
    );
    const parents = living
      .toSorted((a, b) => scoreOf(b) - scoreOf(a))
      .slice(0, Math.max(2, Math.ceil(PARENTS * Math.min(living.length, 2 * GENERATION))));
    const parent = (): Candidate => parents[Math.floor(random() * parents.length)]!.candidate;
    const child = (): Candidate =>
      random() < 0.5
        ? mutate(space, parent(), MUTATION, random)
        : mutate(space, cross(parent(), parent(), random), 0, random);
    const left = Math.min(GENERATION, count - seen.size);
    if (left <= 0 || (await planAll(left, child)).length === 0) return;
  }
}

/** Key of the random numbers of evolution, beside those of sizes and widths. */
const EVOLUTION = 1 << 20;

function nothingWithin(planned: number): TinymlError {
  return new TinymlError('E_MEMORY', `none of ${planned} candidates is within the budget`, {
    hint: 'a larger budget, or a space with smaller widths and images (--space)',
  });
}
