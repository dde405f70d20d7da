/** Communities of devices that take about as long for a round, and how many of them a fleet is best divided into. */
import { arrived, begun, emptyPool, weights } from './pool.ts';
import type { DeviceProfile } from './types.ts';

export type Community = {
  readonly members: readonly number[];
  /** Steps of a round of each member. */
  readonly steps: number;
};

export type CommunitySettings = {
  /** Steps of a round of the slowest devices. */
  readonly steps: number;
  /** So many times as many faster ones do at most, instead of waiting. */
  readonly stretch: number;
  /** Models that others may make while a community is at a round. */
  readonly bound: number;
  /** How much less stale updates count (weights in pool.ts). */
  readonly fading: number;
};

/** What a simulated round says of communities. */
type Forecast = {
  readonly communities: readonly Community[];
  /** Full rounds of the whole fleet that it is worth, a second. */
  readonly progress: number;
};

/** Another community must be worth that much. */
const GAIN = 1.1;
const MAX_COMMUNITIES = 16;
/** Devices are told apart by so many times of a round. */
const MAX_TIMES = 64;

/**
 * The division with the fewest communities of which no other makes much more progress in simulation.
 * @param present at least one
 */
export function bestCommunities(
  devices: readonly DeviceProfile[],
  present: readonly number[],
  settings: CommunitySettings,
): Forecast {
  const groups = groupsByTime(devices, present, settings.steps);
  const forecasts = divisions(groups).map((members) => forecast(devices, members, settings));
  return forecasts.reduce((best, one) => (one.progress > GAIN * best.progress ? one : best));
}

/** What communities of these members do. */
export function forecast(
  devices: readonly DeviceProfile[],
  members: readonly (readonly number[])[],
  settings: CommunitySettings,
): Forecast {
  const communities = fittedSteps(devices, members, settings);
  return { communities, progress: progressOf(devices, communities, settings) };
}

function roundSeconds({ stepSeconds, linkSeconds }: DeviceProfile, steps: number): number {
  return linkSeconds + steps * stepSeconds;
}

/** Of a community: as long as its slowest member takes. */
function secondsOf(devices: readonly DeviceProfile[], { members, steps }: Community): number {
  return members.reduce((most, one) => Math.max(most, roundSeconds(devices[one]!, steps)), 0);
}

type Group = { readonly members: readonly number[]; readonly seconds: number };

/** Devices in the order of their times, those of about one time together. */
function groupsByTime(
  devices: readonly DeviceProfile[],
  present: readonly number[],
  steps: number,
): readonly Group[] {
  const time = (device: number): number => roundSeconds(devices[device]!, steps);
  const order = [...present].sort((a, b) => time(a) - time(b) || a - b);
  const [least, most] = [time(order[0]!), time(order.at(-1)!)];
  const groups = new Map<number, number[]>();
  for (const device of order) {
    const share = most === least ? 0 : Math.log(time(device) / least) / Math.log(most / least);
    const place = Math.min(MAX_TIMES - 1, Math.floor(MAX_TIMES * share));
    const group = groups.get(place);
    if (group === undefined) groups.set(place, [device]);
    else group.push(device);
  }
  return [...groups.values()].map((members) => ({ members, seconds: time(members.at(-1)!) }));
}

/** For every number of communities the division with the least waiting, as dynamic programming finds it. */
function divisions(groups: readonly Group[]): readonly (readonly (readonly number[])[])[] {
  type Division = { readonly waiting: number; readonly starts: readonly number[] };
  const count = groups.length;
  /** Share of its round that devices of groups first .. last wait for the last, summed. */
  const waiting = (first: number, last: number): number =>
    groups
      .slice(first, last + 1)
      .reduce((sum, { members, seconds }) => sum + members.length * (1 - seconds / groups[last]!.seconds), 0);
  const cost = groups.map((_, first) => groups.map((_, last) => (last < first ? 0 : waiting(first, last))));
  const most = Math.min(count, MAX_COMMUNITIES);
  /** best[k][last]: groups 0 .. last in k + 1 communities. */
  const best: Division[][] = [groups.map((_, last) => ({ waiting: cost[0]![last]!, starts: [0] }))];
  for (let k = 1; k < most; k++) {
    best.push(
      groups.map((_, last) => {
        let least: Division = { waiting: Number.POSITIVE_INFINITY, starts: [] };
        for (let first = k; first <= last; first++) {
          const before = best[k - 1]![first - 1]!;
          const sum = before.waiting + cost[first]![last]!;
          if (sum < least.waiting) least = { waiting: sum, starts: [...before.starts, first] };
        }
        return least;
      }),
    );
  }
  return best.map((row) => {
    const { starts } = row[count - 1]!;
    return starts.map((start, i) =>
      groups.slice(start, starts[i + 1] ?? count).flatMap(({ members }) => members),
    );
  });
}

/** Faster communities do as many steps more as they have time for while the slowest does its round. */
function fittedSteps(
  devices: readonly DeviceProfile[],
  members: readonly (readonly number[])[],
  { steps, stretch }: CommunitySettings,
): readonly Community[] {
  const window = Math.max(...members.map((list) => secondsOf(devices, { members: list, steps })));
  return members.map((list) => {
    const fitting = list.reduce((least, one) => {
      const { stepSeconds, linkSeconds } = devices[one]!;
      return Math.min(least, Math.floor((window - linkSeconds) / stepSeconds));
    }, steps * stretch);
    return { members: list, steps: Math.max(steps, fitting) };
  });
}

/** What of the fleet a community is: its samples times the steps that it does with them. */
export function massOf(devices: readonly DeviceProfile[], { members, steps }: Community): number {
  return steps * members.reduce((sum, one) => sum + devices[one]!.samples, 0);
}

/** Rounds of the slowest that are simulated. */
const SIMULATED_ROUNDS = 8;

/** Rounds of the whole fleet a second, in a simulation of the pool. */
function progressOf(
  devices: readonly DeviceProfile[],
  communities: readonly Community[],
  { steps, bound, fading }: CommunitySettings,
): number {
  const seconds = communities.map((community) => secondsOf(devices, community));
  const mass = communities.map((community) => massOf(devices, community));
  const all = mass.reduce((sum, one) => sum + one, 0);
  const end = SIMULATED_ROUNDS * Math.max(...seconds);
  let pool = emptyPool(communities.length);
  const due: (number | null)[] = [...seconds];
  for (const community of communities.keys()) pool = begun(pool, community);
  let moved = 0;
  for (;;) {
    const next = earliest(due);
    const now = due[next]!;
    if (now > end) return moved / end;
    due[next] = null;
    const arrival = arrived(pool, next, bound);
    pool = arrival.pool;
    const parts = weights(
      arrival.taken,
      arrival.taken.map(({ community }) => mass[community]!),
      all,
      fading,
    );
    for (const [i, { community }] of arrival.taken.entries()) {
      moved += (parts[i]! * communities[community]!.steps) / steps;
      due[community] = now + seconds[community]!;
      pool = begun(pool, community);
    }
  }
}

function earliest(due: readonly (number | null)[]): number {
  return due.reduce<number>(
    (first, time, i) => (time !== null && (due[first] ?? Number.POSITIVE_INFINITY) > time ? i : first),
    0,
  );
}
