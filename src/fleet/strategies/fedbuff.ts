/** Buffered asynchronous aggregation (Nguyen et al. 2022): the mean of every `buffer` updates, stale ones scaled down. */
import { type Came, type DeviceProfile, replaced, type Strategy, samplesOf } from './types.ts';

type State = {
  readonly devices: readonly DeviceProfile[];
  readonly version: number;
  /** Version of the model that each device has. */
  readonly has: readonly number[];
  readonly buffer: readonly (Came & { readonly staleness: number })[];
};

type FedBuffSettings = { readonly steps: number; readonly rate: number; readonly buffer: number };

/** A device goes on at once with the model as it then is. */
export function fedBuff({ steps, rate, buffer: size }: FedBuffSettings): Strategy<State> {
  return {
    start: (devices) => ({
      state: { devices, version: 0, has: devices.map(() => 0), buffer: [] },
      actions: [...devices.keys()].map((device) => ({ kind: 'train', device, steps })),
    }),
    next: (state, event) => {
      const { device } = event;
      const { devices } = state;
      switch (event.kind) {
        case 'lost':
          return { state, actions: [] };
        case 'back':
          return {
            state: { ...state, has: replaced(state.has, device, state.version) },
            actions: [{ kind: 'train', device, steps }],
          };
        case 'update': {
          const came = { device, update: event.update, staleness: state.version - state.has[device]! };
          const buffer = [...state.buffer, came];
          const full = buffer.length >= size;
          const version = state.version + (full ? 1 : 0);
          const has = replaced(state.has, device, version);
          const train = { kind: 'train', device, steps } as const;
          if (!full) return { state: { ...state, has, buffer }, actions: [train] };
          const total = samplesOf(buffer, devices);
          const updates = buffer.map((one) => ({
            update: one.update,
            weight: (rate * devices[one.device]!.samples) / total / Math.sqrt(1 + one.staleness),
          }));
          return {
            state: { devices, version, has, buffer: [] },
            actions: [{ kind: 'apply', updates }, train],
          };
        }
      }
    },
  };
}
