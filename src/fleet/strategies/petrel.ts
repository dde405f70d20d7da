/** Hybrid synchronisation (after Petrel, Zhou et al. 2020): synchronous within communities of similar devices, of bounded staleness between them. */
import { bestCommunities, type Community, type CommunitySettings, forecast, massOf } from './communities.ts';
import { type Arrival, arrived, begun, emptyPool, gone, type Pool, weights } from './pool.ts';
import { isOver, NO_ROUND, type Round, roundOf, without, withoutMember, withUpdate } from './round.ts';
import { type Action, type DeviceProfile, replaced, type Strategy, samplesOf, type Turn } from './types.ts';

export type PetrelSettings = CommunitySettings & {
  /** Rounds of communities after which the division is looked at again. */
  readonly reviewEvery: number;
  /** A new division must make so many times the progress of the old one. */
  readonly hysteresis: number;
};

type State = {
  /** Profiles, corrected by what rounds really took. */
  readonly devices: readonly DeviceProfile[];
  readonly absent: ReadonlySet<number>;
  readonly communities: readonly Community[];
  /** Of each device; null for one that was away when communities were made. */
  readonly communityOf: readonly (number | null)[];
  readonly rounds: readonly Round[];
  readonly pool: Pool;
  readonly roundsSinceReview: number;
  /** What communities shall be made anew of, once everybody is done. */
  readonly next: readonly Community[] | null;
};

/** What is used where nothing else is said; measured in docs/fleet.md. */
export const PETREL = { stretch: 8, bound: 8, fading: 0.5, reviewEvery: 20, hysteresis: 1.1 } as const;

/** Share of the earlier estimate of how slow a device is that stays when a round was measured. */
const MEMORY = 0.7;

export function petrel(settings: PetrelSettings): Strategy<State> {
  const { bound, fading, reviewEvery, hysteresis } = settings;

  const present = ({ devices, absent }: State): readonly number[] =>
    [...devices.keys()].filter((device) => !absent.has(device));

  /** Of the members that are there. */
  const massAt = (state: State, { members, steps }: Community): number =>
    massOf(state.devices, { members: members.filter((device) => !state.absent.has(device)), steps });

  const started = (state: State, community: number): Turn<State> => {
    const { members, steps } = state.communities[community]!;
    const there = members.filter((device) => !state.absent.has(device));
    if (there.length === 0) return { state, actions: [] };
    return {
      state: {
        ...state,
        rounds: replaced(state.rounds, community, roundOf(there)),
        pool: begun(state.pool, community),
      },
      actions: there.map((device): Action => ({ kind: 'train', device, steps })),
    };
  };

  const allStarted = (state: State, communities: readonly number[], before: readonly Action[]): Turn<State> =>
    communities.reduce<Turn<State>>(
      (turn, community) => {
        const { state, actions } = started(turn.state, community);
        return { state, actions: [...turn.actions, ...actions] };
      },
      { state, actions: before },
    );

  const divided = (
    state: State,
    communities: readonly Community[],
    before: readonly Action[],
  ): Turn<State> => {
    const communityOf = state.devices.map(() => null as number | null);
    for (const [at, { members }] of communities.entries()) for (const one of members) communityOf[one] = at;
    const fresh: State = {
      ...state,
      communities,
      communityOf,
      rounds: communities.map(() => NO_ROUND),
      pool: { ...emptyPool(communities.length), version: state.pool.version },
      roundsSinceReview: 0,
      next: null,
    };
    return allStarted(fresh, [...communities.keys()], before);
  };

  /** Divides the fleet anew where that is surely better. */
  const reviewed = (state: State): State => {
    if (state.roundsSinceReview < reviewEvery || state.next !== null) return state;
    const there = present(state);
    if (there.length === 0) return state;
    const best = bestCommunities(state.devices, there, settings);
    const members = state.communities
      .map((community) => community.members.filter((device) => !state.absent.has(device)))
      .filter((list) => list.length > 0);
    const strangers = there.some((device) => state.communityOf[device] === null);
    const old = strangers ? 0 : forecast(state.devices, members, settings).progress;
    const next = best.progress > hysteresis * old ? best.communities : null;
    return { ...state, next, roundsSinceReview: 0 };
  };

  /** The model moves by communities that are done; these go on, or wait for the others where communities are to be made anew. */
  const taken = (state: State, { pool, taken }: Arrival): Turn<State> => {
    const moved = { ...state, pool };
    if (taken.length === 0) return resumed(moved, [], []);
    const came = taken.map(({ community }) => state.rounds[community]!.came);
    const samples = came.map((list) => samplesOf(list, state.devices));
    const mass = taken.map(({ community }, i) => samples[i]! * state.communities[community]!.steps);
    const all = state.communities.reduce((sum, one) => sum + massAt(state, one), 0);
    const parts = weights(taken, mass, Math.max(all, ...mass), fading);
    const updates = came.flatMap((list, i) =>
      list.map(({ device, update }) => ({
        update,
        weight: (parts[i]! * state.devices[device]!.samples) / samples[i]!,
      })),
    );
    const counted = { ...moved, roundsSinceReview: state.roundsSinceReview + taken.length };
    return resumed(
      reviewed(counted),
      taken.map(({ community }) => community),
      [{ kind: 'apply', updates }],
    );
  };

  const resumed = (state: State, communities: readonly number[], before: readonly Action[]): Turn<State> => {
    if (state.next === null) return allStarted(state, communities, before);
    const busy = state.pool.started.some((from) => from !== null);
    return busy ? { state, actions: before } : divided(state, state.next, before);
  };

  /** A member of a community came, or will not come. */
  const closed = (state: State, community: number): Turn<State> => {
    const round = state.rounds[community]!;
    if (!isOver(round)) return { state, actions: [] };
    const settle = round.came.length === 0 ? gone : arrived;
    return taken(state, settle(state.pool, community, bound));
  };

  return {
    start: (devices) => {
      const state: State = {
        devices,
        absent: new Set(),
        communities: [],
        communityOf: [],
        rounds: [],
        pool: emptyPool(0),
        roundsSinceReview: 0,
        next: null,
      };
      return divided(state, bestCommunities(devices, [...devices.keys()], settings).communities, []);
    },
    next: (state, event) => {
      const { device } = event;
      const community = state.communityOf[device] ?? null;
      switch (event.kind) {
        case 'update': {
          const round = withUpdate(state.rounds[community!]!, device, event.update);
          const { steps } = state.communities[community!]!;
          const profile = corrected(state.devices[device]!, steps, event.seconds);
          const devices = replaced(state.devices, device, profile);
          const rounds = replaced(state.rounds, community!, round);
          return closed({ ...state, devices, rounds }, community!);
        }
        case 'lost': {
          const away = { ...state, absent: new Set([...state.absent, device]) };
          if (community === null) return { state: away, actions: [] };
          const round = withoutMember(state.rounds[community]!, device);
          if (round === state.rounds[community]) return { state: away, actions: [] };
          return closed({ ...away, rounds: replaced(state.rounds, community, round) }, community);
        }
        case 'back': {
          const there = { ...state, absent: without(state.absent, device) };
          if (state.absent.size === state.devices.length) {
            // Nobody is there who could end a round.
            return divided(there, bestCommunities(there.devices, [device], settings).communities, []);
          }
          const idle = community !== null && isAway(state, community) && state.next === null;
          return idle ? started(there, community) : { state: there, actions: [] };
        }
      }
    },
  };
}

/** Whether all of a community were lost before their updates came. */
function isAway({ rounds, pool }: State, community: number): boolean {
  return pool.started[community] === null && rounds[community]!.came.length === 0;
}

/** The profile after a round that took so long: how much slower or faster than it said is remembered by and by. */
function corrected(profile: DeviceProfile, steps: number, seconds: number): DeviceProfile {
  const expected = profile.linkSeconds + steps * profile.stepSeconds;
  if (expected <= 0) return profile;
  const factor = MEMORY + (1 - MEMORY) * (seconds / expected);
  return {
    ...profile,
    stepSeconds: profile.stepSeconds * factor,
    linkSeconds: profile.linkSeconds * factor,
  };
}
