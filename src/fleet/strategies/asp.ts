/** Asynchronous and stale synchronous: every update is taken as it comes. */
import { without } from './round.ts';
import { type Action, type DeviceProfile, replaced, type Strategy, type Turn } from './types.ts';

type State = {
  readonly devices: readonly DeviceProfile[];
  /** Rounds that each has done. */
  readonly rounds: readonly number[];
  /** Devices that wait for slower ones. */
  readonly waiting: ReadonlySet<number>;
  readonly absent: ReadonlySet<number>;
};

type AspSettings = {
  readonly steps: number;
  /** What an update is multiplied with, beside the share of the samples that its device has. */
  readonly rate: number;
  /** Rounds that a device may be ahead of the slowest (Ho et al. 2013); null: any. */
  readonly bound: number | null;
};

/** Nobody waits for anybody, or nobody gets further ahead than a bound: then all are as fast as the slowest in the long run. */
export function asp({ steps, rate, bound }: AspSettings): Strategy<State> {
  /** Lets those train that may. */
  const released = (state: State, idle: readonly number[], before: readonly Action[]): Turn<State> => {
    const slowest = bound === null ? 0 : slowestOf(state);
    const may = (device: number): boolean => bound === null || state.rounds[device]! - slowest <= bound;
    const [free, waiting] = [idle.filter(may), idle.filter((device) => !may(device))];
    const train = free.map((device): Action => ({ kind: 'train', device, steps }));
    return { state: { ...state, waiting: new Set(waiting) }, actions: [...before, ...train] };
  };
  return {
    start: (devices) => {
      const state = {
        devices,
        rounds: devices.map(() => 0),
        waiting: new Set<number>(),
        absent: new Set<number>(),
      };
      return released(state, [...devices.keys()], []);
    },
    next: (state, event) => {
      const { device } = event;
      switch (event.kind) {
        case 'update': {
          const rounds = replaced(state.rounds, device, state.rounds[device]! + 1);
          const total = state.devices.reduce((sum, { samples }) => sum + samples, 0);
          const share = state.devices[device]!.samples / total;
          const weight = rate * share;
          return released(
            { ...state, rounds },
            [...state.waiting, device],
            [{ kind: 'apply', updates: [{ update: event.update, weight }] }],
          );
        }
        case 'lost': {
          const absent = new Set([...state.absent, device]);
          const waiting = [...without(state.waiting, device)];
          return released({ ...state, absent }, waiting, []);
        }
        case 'back': {
          const absent = without(state.absent, device);
          // It is not waited for where it has been away.
          const rounds = replaced(state.rounds, device, Math.max(state.rounds[device]!, slowestOf(state)));
          return released({ ...state, absent, rounds }, [...state.waiting, device], []);
        }
      }
    },
  };
}

/** Fewest rounds of any device that is there. */
function slowestOf({ rounds, absent }: State): number {
  const there = rounds.filter((_, device) => !absent.has(device));
  return there.length === 0 ? 0 : there.reduce((least, count) => Math.min(least, count));
}
