/** Who of several communities moves the model when, so that nobody is further behind it than a bound. */
import { replaced } from './types.ts';

export type Pool = {
  /** Models made so far. */
  readonly version: number;
  /** Version that each is at work with; null for one that is not. */
  readonly started: readonly (number | null)[];
  /** Those that are done and held back. */
  readonly held: readonly number[];
};

export type Arrival = {
  readonly pool: Pool;
  /** Those that move the model now, together, with the versions that were made since they started; empty where all are held back. */
  readonly taken: readonly { readonly community: number; readonly staleness: number }[];
};

export function emptyPool(communities: number): Pool {
  return { version: 0, started: Array.from({ length: communities }, () => null), held: [] };
}

export function begun(pool: Pool, community: number): Pool {
  return { ...pool, started: replaced(pool.started, community, pool.version) };
}

/**
 * One is done. It moves the model unless another is at work with a model `bound` versions old: then it waits, and moves the model together with
 * that one. With a bound of 0 all move it together.
 */
export function arrived(pool: Pool, community: number, bound: number): Arrival {
  return settled({ ...pool, held: [...pool.held, community] }, bound);
}

/** One that is at work will never be done. */
export function gone(pool: Pool, community: number, bound: number): Arrival {
  return settled({ ...pool, started: replaced(pool.started, community, null) }, bound);
}

function settled(pool: Pool, bound: number): Arrival {
  const { version, started, held } = pool;
  const atBound = started.some(
    (from, community) => from !== null && !held.includes(community) && version - from >= bound,
  );
  if (atBound || held.length === 0) return { pool, taken: [] };
  return {
    pool: {
      version: version + 1,
      started: started.map((from, community) => (held.includes(community) ? null : from)),
      held: [],
    },
    taken: held.map((community) => ({ community, staleness: version - started[community]! })),
  };
}

/**
 * What each of those taken is weighed with: its share of their mass, less the staler it is, times what the part of the fleet that they are may move the
 * model by. Whoever is alone moves it by the less the smaller its part is, to the power of 1 - fading: C communities of one size that take turns
 * (each is C - 1 models behind) have weights of 1 / C, whatever the fading, and the whole fleet with nothing stale is averaged.
 * @param mass of each of them, in their order
 * @param all mass of the fleet
 * @param fading an update that is s models behind counts 1 / (1 + s) ^ fading
 */
export function weights(
  taken: Arrival['taken'],
  mass: readonly number[],
  all: number,
  fading: number,
): readonly number[] {
  const sum = mass.reduce((total, one) => total + one, 0);
  const part = (sum / all) ** (1 - fading);
  return taken.map(({ staleness }, i) => (part * mass[i]!) / sum / (1 + staleness) ** fading);
}
