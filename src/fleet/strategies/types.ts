/**
 * When devices of a fleet train and when what they learned is taken: pure state machines without a clock. A simulator drives
 * them with events of a virtual clock, a server with those of real devices.
 */

/** What is known of a device when it joins. */
export type DeviceProfile = {
  /** Training samples that it holds. */
  readonly samples: number;
  /** Seconds of one training step. */
  readonly stepSeconds: number;
  /** Seconds to get a model and to give an update back, latencies included. */
  readonly linkSeconds: number;
};

export type FleetEvent =
  /** An update came. `seconds` is how long that took since its `train`. */
  | { readonly kind: 'update'; readonly device: number; readonly update: number; readonly seconds: number }
  /** A device went away; an update that it owes never comes. */
  | { readonly kind: 'lost'; readonly device: number }
  /** A device that was lost is there again, idle. */
  | { readonly kind: 'back'; readonly device: number };

/** An update times its weight: what is added to the model. */
type Weighted = { readonly update: number; readonly weight: number };

/** In their order: a `train` behind an `apply` sends the model that it made. */
export type Action =
  /** The model goes to a device, which trains so many steps and sends back by how much its weights moved. */
  | { readonly kind: 'train'; readonly device: number; readonly steps: number }
  /** The model moves by the sum of these; no other action ever names them again. */
  | { readonly kind: 'apply'; readonly updates: readonly Weighted[] };

export type Turn<State> = { readonly state: State; readonly actions: readonly Action[] };

/** Deterministic: the same events in the same order give the same actions. States are immutable plain values, so that a server can keep them. */
export type Strategy<State> = {
  readonly start: (devices: readonly DeviceProfile[]) => Turn<State>;
  readonly next: (state: State, event: FleetEvent) => Turn<State>;
};

/** A strategy with its state inside, as what drives any of them sees it. */
export type Course = {
  readonly actions: readonly Action[];
  readonly next: (event: FleetEvent) => Course;
};

export function courseOf<State>(strategy: Strategy<State>, devices: readonly DeviceProfile[]): Course {
  const from = ({ state, actions }: Turn<State>): Course => ({
    actions,
    next: (event) => from(strategy.next(state, event)),
  });
  return from(strategy.start(devices));
}

/** The same list with one entry changed. */
export function replaced<T>(list: readonly T[], at: number, value: T): readonly T[] {
  return list.map((old, i) => (i === at ? value : old));
}

/** An update and the device that it came from. */
export type Came = { readonly device: number; readonly update: number };

/** The mean by samples. */
export function averaged(came: readonly Came[], devices: readonly DeviceProfile[]): readonly Weighted[] {
  const total = samplesOf(came, devices);
  return came.map(({ device, update }) => ({ update, weight: devices[device]!.samples / total }));
}

/** Samples of the devices of a list. */
export function samplesOf(
  list: readonly { readonly device: number }[],
  devices: readonly DeviceProfile[],
): number {
  return list.reduce((sum, { device }) => sum + devices[device]!.samples, 0);
}
