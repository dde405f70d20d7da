import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readFleet } from '../../src/fleet/simulate/config.ts';
import type { Learner } from '../../src/fleet/simulate/learner.ts';
import { partition } from '../../src/fleet/simulate/partition.ts';
import { createEventQueue } from '../../src/fleet/simulate/queue.ts';
import { simulate } from '../../src/fleet/simulate/simulate.ts';
import { PETREL } from '../../src/fleet/strategies/petrel.ts';
import type { StrategySettings } from '../../src/fleet/strategies/table.ts';
import { decodeMessage, encodeMessage, messageBytes } from '../../src/fleet/updates/message.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { packageRoot } from '../../src/package-root.ts';
import { tinyml } from '../cli/run.ts';
import { inFolder } from '../cli/small.ts';
import { failure } from '../failure.ts';

const FLEET = join(packageRoot(), 'fixtures', 'fleet', 'fleet.json');

/** Devices pull one number towards 1; the accuracy is how near it is. */
const numbers: Learner = {
  initial: [Float32Array.of(0)],
  bytes: { up: 10, down: 20 },
  train: ({ model, steps }) => [Float32Array.of((1 - model[0]![0]!) * (1 - 0.99 ** steps))],
  accuracy: async ([value]) => value![0]!,
};

const fleetOf = (speeds: readonly number[]) =>
  speeds.map((stepSeconds) => ({ samples: 1, stepSeconds, jitter: 0, up: 10, down: 20, latency: 0.5 }));

const LIMITS = { target: null, seconds: 100, updates: 1e6, every: 0, seed: 1 };

test('time and bytes are those of the messages and steps, event by event', async () => {
  const { points, waiting } = await simulate(numbers, fleetOf([1, 2]), { kind: 'bsp', steps: 3 }, LIMITS);
  // Half a second, 20 bytes at 20 a second, three steps of two seconds, half a second, 10 bytes at 10 a second.
  assert.deepEqual(
    points
      .slice(0, 3)
      .map(({ seconds, bytesUp, bytesDown, updates }) => [seconds, bytesUp, bytesDown, updates]),
    [
      [0, 0, 40, 0],
      [9, 20, 80, 2],
      [18, 40, 120, 4],
    ],
  );
  assert.ok(Math.abs(waiting - 3 / 18) < 0.01, `${waiting}`);
});

test('a fleet of 2,000 devices takes seconds, and few bytes of memory a device', async () => {
  const speeds = Array.from({ length: 2000 }, (_, i) => 0.1 * (1 + (i % 8)));
  for (const settings of [
    { kind: 'bsp', steps: 4 },
    { kind: 'fedbuff', steps: 4, rate: 1, buffer: 100 },
    { kind: 'petrel', steps: 4, ...PETREL },
  ] satisfies readonly StrategySettings[]) {
    const before = process.memoryUsage().heapUsed;
    const { points } = await simulate(numbers, fleetOf(speeds), settings, { ...LIMITS, updates: 6000 });
    assert.ok(points.at(-1)!.updates >= 6000);
    assert.ok(points.at(-1)!.accuracy > 0.05);
    assert.ok(process.memoryUsage().heapUsed - before < 400e6);
  }
});

test('events come in the order of their times, then of their coming', () => {
  const queue = createEventQueue<number>();
  const random = seededRandom(3);
  const times = Array.from({ length: 500 }, () => Math.floor(20 * random()));
  for (const [i, time] of times.entries()) queue.add(time, i);
  const order = [...times.keys()].sort((a, b) => times[a]! - times[b]! || a - b);
  assert.deepEqual(
    order.map(() => queue.take()!.event),
    order,
  );
  assert.equal(queue.take(), null);
});

test('every sample is on one device, and every device has some; the less alpha, the fewer classes on a device', () => {
  const labels = Int32Array.from({ length: 1000 }, (_, i) => i % 10);
  const classesOn = (split: Parameters<typeof partition>[2]): number => {
    const parts = partition(labels, 20, split, 5);
    assert.deepEqual(
      [...parts.flatMap((part) => [...part])].sort((a, b) => a - b),
      [...labels.keys()],
    );
    assert.ok(parts.every((part) => part.length > 0));
    const kinds = parts.map((part) => new Set([...part].map((index) => labels[index])).size);
    return kinds.reduce((sum, count) => sum + count, 0) / parts.length;
  };
  const [iid, wide, narrow] = [
    classesOn({ kind: 'iid' }),
    classesOn({ kind: 'dirichlet', alpha: 100 }),
    classesOn({ kind: 'dirichlet', alpha: 0.05 }),
  ];
  assert.ok(iid > 9 && wide > 8 && narrow < 4, `${iid}, ${wide}, ${narrow}`);
  assert.equal(failure(() => partition(labels, 1001, { kind: 'iid' }, 1)).code, 'E_DATA');
});

test('messages: as long as said, read back, codes right on the mean; anything else is refused', () => {
  const random = seededRandom(1);
  const values = [Float32Array.from({ length: 100 }, () => random() - 0.5), Float32Array.of(0, 0)];
  const lengths = values.map(({ length }) => length);
  for (const coding of ['float32', 'int8'] as const) {
    const message = { coding, version: 7, device: 3, values };
    const bytes = encodeMessage(message, random);
    assert.equal(bytes.length, messageBytes(coding, lengths));
    const read = decodeMessage(bytes, lengths);
    assert.deepEqual([read.coding, read.version, read.device], [coding, 7, 3]);
    if (coding === 'float32') assert.deepEqual(read.values, values);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1 + Math.floor(255 * random());
      assert.equal(failure(() => decodeMessage(damaged, lengths)).code, 'E_CODEC');
    }
    assert.equal(failure(() => decodeMessage(bytes.subarray(0, -1), lengths)).code, 'E_CODEC');
    assert.equal(failure(() => decodeMessage(bytes, [100, 3])).code, 'E_CODEC');
  }
  const many = Array.from({ length: 4000 }, () =>
    decodeMessage(encodeMessage({ coding: 'int8', version: 0, device: 0, values }, random), lengths),
  );
  const means = [...values[0]!.keys()].map(
    (i) => many.reduce((sum, { values: [one] }) => sum + one![i]!, 0) / many.length,
  );
  for (const [i, mean] of means.entries()) assert.ok(Math.abs(mean - values[0]![i]!) < 3e-4);
});

test('what is no fleet is refused with its place', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'fleet.json');
    const good = { ...readFleet(FLEET), wire: undefined };
    const refused = (change: object): string => {
      writeFileSync(path, JSON.stringify({ ...good, ...change }));
      const error = failure(() => readFleet(path));
      assert.equal(error.code, 'E_FLEET');
      return `${error.message} ${error.at.join(' ')}`;
    };
    assert.match(refused({ speed: 3 }), /unknown key "speed"/);
    assert.match(refused({ strategies: [{ kind: 'bsp', steps: 0 }] }), /strategies\[0\]\.steps/);
    assert.match(refused({ strategies: [{ kind: 'best', steps: 1 }] }), /strategies\[0\]\.kind/);
    assert.match(refused({ devices: [{ ...good.devices[0], up: 0 }] }), /devices\[0\]\.up/);
    const many = { ...good.devices[0], count: 6000 };
    assert.match(refused({ devices: [many, many] }), /a fleet of 12000 devices is too large/);
  }));

test('fleet simulate trains for real, twice with the same numbers; petrel needs less time and fewer bytes than bsp', async () => {
  const { status, stdout, stderr } = await tinyml(['fleet', 'simulate', FLEET, '--json']);
  assert.equal(status, 0, stderr);
  const { strategies, messageBytes: bytes } = JSON.parse(stdout);
  const [bsp, petrel] = strategies;
  assert.ok(bsp.reached !== null && petrel.reached !== null);
  assert.equal(bsp.reached.bytesUp, bytes.up * bsp.reached.updates);
  assert.ok(petrel.reached.seconds < bsp.reached.seconds);
  assert.ok(petrel.reached.bytesUp + petrel.reached.bytesDown < bsp.reached.bytesUp + bsp.reached.bytesDown);
  const again = await tinyml(['fleet', 'simulate', FLEET, '--json', '--jobs', '1']);
  assert.deepEqual(JSON.parse(again.stdout).strategies, strategies);
});
