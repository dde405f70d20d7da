/** A fleet under one strategy, event by event on a virtual clock. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { mixSeed, seededRandom } from '../../numbers/random.ts';
import { type StrategySettings, startOf } from '../strategies/table.ts';
import type { Action, FleetEvent } from '../strategies/types.ts';
import type { Values } from '../updates/message.ts';
import type { Learner } from './learner.ts';
import { createEventQueue } from './queue.ts';

export type SimulatedDevice = {
  readonly samples: number;
  /** Of one training step. */
  readonly stepSeconds: number;
  /** A step takes up to that share longer or shorter, drawn for each round. */
  readonly jitter: number;
  /** Bytes a second. */
  readonly up: number;
  readonly down: number;
  /** Seconds until the first byte of a message arrives. */
  readonly latency: number;
};

type Limits = {
  /** Accuracy that ends the run; null: none. */
  readonly target: number | null;
  /** Virtual seconds, and updates of devices, after which it ends. */
  readonly seconds: number;
  readonly updates: number;
  /** Virtual seconds between two measurements, at least. */
  readonly every: number;
  readonly seed: number;
};

/** Where the fleet is after so many virtual seconds. */
export type Point = {
  readonly seconds: number;
  /** Models made. */
  readonly version: number;
  readonly accuracy: number;
  /** Over the links of all devices. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Updates that the server got. */
  readonly updates: number;
};

export type Simulated = {
  readonly points: readonly Point[];
  /** The first with the accuracy that was wanted; null where there is none. */
  readonly reached: Point | null;
  /** Share of the time of all devices in which they neither train nor talk. */
  readonly waiting: number;
  /** Models made between the one that an update started from and the one that it moved. */
  readonly staleness: { readonly mean: number; readonly most: number };
};

/** What a device is at. */
type Task = {
  readonly device: number;
  readonly model: Values;
  readonly version: number;
  readonly steps: number;
  readonly before: number;
  readonly since: number;
};

/**
 * An update is computed when the strategy takes it, from what the device was sent: a device that trains takes the memory of its task, and models are
 * kept once for all that have them.
 */
export async function simulate(
  learner: Learner,
  devices: readonly SimulatedDevice[],
  strategy: StrategySettings,
  limits: Limits,
  onPoint: (point: Point) => void = () => {},
): Promise<Simulated> {
  const queue = createEventQueue<number>();
  /** Of devices that are at work, and of updates that came and were not taken yet. */
  const [running, came] = [new Map<number, Task>(), new Map<number, Task>()];
  const done = new Float64Array(devices.length);
  const profiles = devices.map((device) => ({
    samples: device.samples,
    stepSeconds: device.stepSeconds,
    linkSeconds: downSeconds(device, learner) + upSeconds(device, learner),
  }));
  let course = startOf(strategy, profiles);
  let [model, version, now, started, updates] = [learner.initial, 0, 0, 0, 0];
  let [bytesUp, bytesDown, busy] = [0, 0, 0];
  let [stale, mostStale, taken] = [0, 0, 0];
  const points: Point[] = [];
  let measured = Number.NEGATIVE_INFINITY;

  const measure = async (): Promise<Point> => {
    const accuracy = await learner.accuracy(model);
    const point = { seconds: now, version, accuracy, bytesUp, bytesDown, updates };
    points.push(point);
    measured = now;
    onPoint(point);
    return point;
  };
  const train = ({ device, steps }: Extract<Action, { kind: 'train' }>): void => {
    const one = devices[device]!;
    const task = { device, model, version, steps, before: done[device]!, since: now };
    done[device] = task.before + steps;
    bytesDown += learner.bytes.down;
    const slower =
      1 + one.jitter * (2 * seededRandom(mixSeed(limits.seed, JITTER, device, task.before))() - 1);
    const seconds = downSeconds(one, learner) + steps * one.stepSeconds * slower + upSeconds(one, learner);
    running.set(started, task);
    queue.add(now + seconds, started++);
  };
  const apply = ({ updates }: Extract<Action, { kind: 'apply' }>): void => {
    const sum = model.map((values) => Float64Array.from(values));
    for (const { update, weight } of updates) {
      const task = came.get(update)!;
      came.delete(update);
      const staleness = version - task.version;
      stale += staleness;
      mostStale = Math.max(mostStale, staleness);
      taken++;
      for (const [i, moved] of learner.train(task).entries()) {
        const into = sum[i]!;
        for (let j = 0; j < moved.length; j++) into[j] = into[j]! + weight * moved[j]!;
      }
    }
    model = sum.map((values) => Float32Array.from(values));
    version++;
  };
  const reached = (point: Point): boolean => limits.target !== null && point.accuracy >= limits.target;

  for (;;) {
    const versionBefore = version;
    for (const action of course.actions) {
      if (action.kind === 'train') train(action);
      else apply(action);
    }
    // The model of version 0 is measured, too.
    if ((version > versionBefore || points.length === 0) && now - measured >= limits.every) {
      if (reached(await measure())) break;
    }
    const next = queue.take();
    if (next === null) {
      throw new TinymlError('E_INTERNAL', `the strategy ${strategy.kind} lets no device train`);
    }
    if (next.time > limits.seconds || updates >= limits.updates) {
      now = Math.min(next.time, limits.seconds);
      if (points.at(-1)!.version !== version) await measure();
      break;
    }
    now = next.time;
    const task = running.get(next.event)!;
    running.delete(next.event);
    came.set(next.event, task);
    const { device, since } = task;
    bytesUp += learner.bytes.up;
    busy += now - since;
    updates++;
    const event: FleetEvent = { kind: 'update', device, update: next.event, seconds: now - since };
    course = course.next(event);
  }
  const underWay = [...running.values()].reduce((sum, { since }) => sum + now - since, 0);
  return {
    points,
    reached: points.find(reached) ?? null,
    waiting: now === 0 ? 0 : 1 - (busy + underWay) / (now * devices.length),
    staleness: { mean: taken === 0 ? 0 : stale / taken, most: mostStale },
  };
}

const JITTER = 31;

function downSeconds({ latency, down }: SimulatedDevice, { bytes }: Learner): number {
  return latency + bytes.down / down;
}

function upSeconds({ latency, up }: SimulatedDevice, { bytes }: Learner): number {
  return latency + bytes.up / up;
}
