/** Bulk synchronous: federated averaging (McMahan et al. 2017). */
import { isOver, NO_ROUND, type Round, roundOf, without, withoutMember, withUpdate } from './round.ts';
import { type Action, averaged, type DeviceProfile, type Strategy, type Turn } from './types.ts';

type State = {
  readonly devices: readonly DeviceProfile[];
  readonly absent: ReadonlySet<number>;
  readonly round: Round;
};

/** All devices train, all updates are averaged by samples, all begin anew: a round takes as long as its slowest device. */
export function bsp({ steps }: { readonly steps: number }): Strategy<State> {
  const opened = (state: State, before: readonly Action[]): Turn<State> => {
    const present = [...state.devices.keys()].filter((device) => !state.absent.has(device));
    const train = present.map((device): Action => ({ kind: 'train', device, steps }));
    return { state: { ...state, round: roundOf(present) }, actions: [...before, ...train] };
  };
  const closed = (state: State): Turn<State> => {
    const { round, devices } = state;
    if (!isOver(round)) return { state, actions: [] };
    if (round.came.length === 0) return opened(state, []);
    return opened(state, [{ kind: 'apply', updates: averaged(round.came, devices) }]);
  };
  return {
    start: (devices) => opened({ devices, absent: new Set(), round: NO_ROUND }, []),
    next: (state, event) => {
      const { device } = event;
      switch (event.kind) {
        case 'update':
          return closed({ ...state, round: withUpdate(state.round, device, event.update) });
        case 'lost': {
          const away = { ...state, absent: new Set([...state.absent, device]) };
          const round = withoutMember(state.round, device);
          return round === state.round ? { state: away, actions: [] } : closed({ ...away, round });
        }
        case 'back': {
          const there = { ...state, absent: without(state.absent, device) };
          return isOver(state.round) ? opened(there, []) : { state: there, actions: [] };
        }
      }
    },
  };
}
