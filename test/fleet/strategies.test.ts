import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bestCommunities } from '../../src/fleet/strategies/communities.ts';
import { PETREL } from '../../src/fleet/strategies/petrel.ts';
import { arrived, begun, emptyPool, weights } from '../../src/fleet/strategies/pool.ts';
import { type StrategySettings, startOf } from '../../src/fleet/strategies/table.ts';
import type { Action, Course, DeviceProfile, FleetEvent } from '../../src/fleet/strategies/types.ts';
import { seededRandom } from '../../src/numbers/random.ts';

const PETREL_4 = { kind: 'petrel', steps: 4, ...PETREL } as const;

const SETTINGS: readonly StrategySettings[] = [
  { kind: 'bsp', steps: 4 },
  { kind: 'asp', steps: 4, rate: 1 },
  { kind: 'ssp', steps: 4, rate: 1, bound: 2 },
  { kind: 'fedbuff', steps: 4, rate: 1, buffer: 3 },
  PETREL_4,
];

const fleet = (...speeds: readonly number[]): readonly DeviceProfile[] =>
  speeds.map((stepSeconds) => ({ samples: 100, stepSeconds, linkSeconds: 0.5 }));

type Seen = {
  /** Actions, in their order, and the devices of updates. */
  readonly log: readonly Action[];
  readonly deviceOf: ReadonlyMap<number, number>;
  readonly staleness: readonly number[];
};

/** Drives a fleet by the times of its profiles, with faults at events of its choice. */
function drive(
  settings: StrategySettings,
  devices: readonly DeviceProfile[],
  events: number,
  slower: (device: number, event: number) => number = () => 1,
  faults: (event: number) => FleetEvent | null = () => null,
): Seen {
  let course: Course = startOf(settings, devices);
  const log: Action[] = [];
  const deviceOf = new Map<number, number>();
  const staleness: number[] = [];
  const versionOf = new Map<number, number>();
  const due: { device: number; update: number; time: number; seconds: number }[] = [];
  let [now, version, next] = [0, 0, 0];
  const obey = (event: number): void => {
    for (const action of course.actions) {
      log.push(action);
      if (action.kind === 'train') {
        assert.ok(
          !due.some(({ device }) => device === action.device),
          `device ${action.device} trains already`,
        );
        const { stepSeconds, linkSeconds } = devices[action.device]!;
        const seconds = slower(action.device, event) * (linkSeconds + action.steps * stepSeconds);
        deviceOf.set(next, action.device);
        versionOf.set(next, version);
        due.push({ device: action.device, update: next++, time: now + seconds, seconds });
      } else {
        for (const { update, weight } of action.updates) {
          assert.ok(weight > 0 && weight <= 1, `weight ${weight}`);
          assert.ok(versionOf.has(update), 'an update is taken once, after it came');
          staleness.push(version - versionOf.get(update)!);
          versionOf.delete(update);
        }
        version++;
      }
    }
  };
  obey(0);
  for (let event = 1; event <= events; event++) {
    const fault = faults(event);
    if (fault !== null) {
      const at = due.findIndex(({ device }) => device === fault.device);
      if (fault.kind === 'lost' && at >= 0) due.splice(at, 1);
      course = course.next(fault);
    } else {
      due.sort((a, b) => a.time - b.time || a.update - b.update);
      const first = due.shift();
      assert.ok(first !== undefined, `${settings.kind}: nobody trains at event ${event}`);
      now = first.time;
      course = course.next({ kind: 'update', ...first });
    }
    obey(event);
  }
  return { log, deviceOf, staleness };
}

const appliesOf = ({ log }: Seen) => log.filter((action) => action.kind === 'apply');

test('petrel is bsp, action for action, where all devices are as fast', () => {
  const uniform = fleet(1, 1, 1, 1, 1, 1, 1, 1);
  const [petrel, bsp] = [PETREL_4, SETTINGS[0]!].map((settings) => drive(settings, uniform, 400).log);
  assert.deepEqual(petrel, bsp);
  assert.ok(bsp!.length > 400);
});

test('petrel with a bound of 0 lets the whole fleet move the model together, by its mean where all do as much', () => {
  const seen = drive({ ...PETREL_4, stretch: 1, bound: 0 }, fleet(1, 1, 1, 8), 200);
  const applies = appliesOf(seen);
  assert.ok(applies.length >= 40);
  for (const { updates } of applies) {
    assert.equal(updates.length, 4);
    for (const { weight } of updates) assert.ok(Math.abs(weight - 0.25) < 1e-12);
  }
});

test('no update of petrel is staler than the bound, however times vary', () => {
  for (const bound of [0, 1, 2, 5]) {
    const random = seededRandom(bound);
    const devices = fleet(1, 1.5, 2, 3, 4, 5, 6, 8, 8, 8);
    const { staleness } = drive({ ...PETREL_4, bound }, devices, 1500, () => 0.3 + 2 * random());
    assert.ok(staleness.length > 1000);
    assert.ok(Math.max(...staleness) <= bound, `${Math.max(...staleness)} models behind, ${bound} allowed`);
    if (bound > 0) assert.ok(Math.max(...staleness) > 0);
  }
});

test('ssp lets nobody get further ahead than its bound, asp does', () => {
  const lead = (settings: StrategySettings): number => {
    const rounds = [0, 0, 0];
    const seen = drive(settings, fleet(1, 4, 8), 300);
    let most = 0;
    for (const action of seen.log) {
      if (action.kind === 'train') {
        most = Math.max(most, rounds[action.device]! - Math.min(...rounds));
        continue;
      }
      for (const { update } of action.updates) rounds[seen.deviceOf.get(update)!]!++;
    }
    return most;
  };
  assert.equal(lead(SETTINGS[2]!), 2);
  assert.ok(lead(SETTINGS[1]!) > 20);
});

test('fedbuff makes a model of every three updates, and stale ones count less', () => {
  const applies = appliesOf(drive(SETTINGS[3]!, fleet(1, 1, 1, 9), 200));
  assert.ok(applies.every(({ updates }) => updates.length === 3));
  const weights = applies.flatMap(({ updates }) => updates.map(({ weight }) => weight));
  assert.ok(Math.max(...weights) <= 1 / 3 + 1e-12 && Math.min(...weights) < 0.2);
});

test('every strategy goes on while devices are lost and come back, all of them once', () => {
  const devices = fleet(1, 1, 2, 4, 8, 8);
  for (const settings of SETTINGS) {
    const random = seededRandom(7);
    const away = new Set<number>();
    const faults = (event: number): FleetEvent | null => {
      const device = Math.floor(random() * devices.length);
      if (event >= 1000 && event < 1000 + devices.length) {
        const one = event - 1000;
        if (away.has(one)) return null;
        if (away.size === devices.length - 1) return null;
        away.add(one);
        return { kind: 'lost', device: one };
      }
      if (event % 7 !== 0) return null;
      if (away.has(device)) {
        away.delete(device);
        return { kind: 'back', device };
      }
      if (away.size > 3) return null;
      away.add(device);
      return { kind: 'lost', device };
    };
    const seen = drive(settings, devices, 2500, () => 0.5 + random(), faults);
    assert.ok(appliesOf(seen).length > 100, settings.kind);
  }
});

test('petrel divides the fleet anew when a device became slow, and leaves it as it is for less', () => {
  const devices = fleet(1, 1, 1, 1);
  const stepsOf = (slowdown: number): ReadonlySet<number> =>
    new Set(
      drive(PETREL_4, devices, 400, (device, event) => (device === 3 && event > 60 ? slowdown : 1))
        .log.slice(-40)
        .flatMap((action) => (action.kind === 'train' ? [action.steps] : [])),
    );
  assert.deepEqual([...stepsOf(1.05)], [4]);
  assert.ok(stepsOf(6).size > 1, 'faster devices do more steps than the slow one');
});

test('communities are of similar devices; one is enough where all are alike', () => {
  const settings = { steps: 4, ...PETREL };
  const of = (...speeds: readonly number[]) => {
    const devices = fleet(...speeds);
    return bestCommunities(devices, [...devices.keys()], settings).communities;
  };
  assert.deepEqual(of(1, 1, 1), [{ members: [0, 1, 2], steps: 4 }]);
  const two = of(8, 1, 8, 1);
  assert.deepEqual(
    two.map(({ members }) => members),
    [
      [1, 3],
      [0, 2],
    ],
  );
  assert.equal(two[1]!.steps, 4);
  assert.equal(two[0]!.steps, 32);
});

test('a fleet of thousands is divided in no time', () => {
  const devices = fleet(...Array.from({ length: 5000 }, (_, i) => 1 + (i % 700) / 100));
  const { communities } = bestCommunities(devices, [...devices.keys()], { steps: 4, ...PETREL });
  assert.equal(
    communities.reduce((sum, { members }) => sum + members.length, 0),
    5000,
  );
  assert.ok(communities.length > 1 && communities.length <= 16);
});

test('weights: the whole fleet is averaged; communities that take turns count as much as in a mean', () => {
  const both = [0, 1].map((community) => ({ community, staleness: 0 }));
  assert.deepEqual(weights(both, [1, 3], 4, 0.5), [0.25, 0.75]);
  for (const fading of [0, 0.5, 1]) {
    const [one] = weights([{ community: 0, staleness: 3 }], [10], 40, fading);
    assert.ok(Math.abs(one! - 0.25) < 1e-12, `${one}`);
  }
});

test('a pool holds back who would leave another too far behind', () => {
  const started = [0, 1].reduce(begun, emptyPool(2));
  const first = arrived(started, 0, 1);
  assert.deepEqual(first.taken, [{ community: 0, staleness: 0 }]);
  const second = arrived(begun(first.pool, 0), 0, 1);
  assert.deepEqual(second.taken, []);
  const third = arrived(second.pool, 1, 1);
  assert.deepEqual(third.taken, [
    { community: 0, staleness: 0 },
    { community: 1, staleness: 1 },
  ]);
});
