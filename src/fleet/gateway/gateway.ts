/** A gateway: a node of Flower for devices that cannot speak with it. It has no data; what it must not forget is in its journal. */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { StateTensor } from '../../targets/target.ts';
import type { Device } from '../serial/device.ts';
import { type FleetClient, fleetClient, Refused, type Reply, Unreachable } from './client.ts';
import { type Journal, readJournal, writeJournal } from './journal.ts';
import { type Member, perform } from './perform.ts';

export type GatewayEvent =
  | { readonly kind: 'joined'; readonly node: string }
  | { readonly kind: 'unreachable'; readonly why: string }
  | { readonly kind: 'lost'; readonly device: string; readonly why: string }
  | { readonly kind: 'answered'; readonly task: string; readonly group: string; readonly reply: Reply }
  /** The server did not want the answer: the run is over, or it has forgotten it. */
  | { readonly kind: 'unwanted'; readonly task: string; readonly why: string };

type GatewayOptions = {
  /** `host:port` of the SuperLink. */
  readonly address: string;
  readonly journal: string;
  readonly devices: readonly Device[];
  readonly shared: readonly StateTensor[];
  readonly seed: number;
  /** How long the server may be silent. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: GatewayEvent) => void;
};

type GatewayResult = { readonly answered: number; readonly devices: number };

const POLL_MS = 100;
const HEARTBEAT_MS = 3000;
const RETRY_MS = 500;
const LINGER_MS = 20_000;

/**
 * Serves until the server says that there will be no more, or the signal.
 * @throws TinymlError E_FLEET where the server is silent for too long or all devices are gone, E_FILE, E_WRITE
 */
export async function runGateway(options: GatewayOptions): Promise<GatewayResult> {
  const { address, signal, onEvent, patienceMs } = options;
  const members = await Promise.all(
    options.devices.map(async (device) => ({ device, record: await device.save() })),
  );
  let state: State = {
    journal: readJournal(options.journal),
    members,
    answered: 0,
    isOver: false,
  };
  writeJournal(options.journal, state.journal);
  const client = fleetClient(address, state.journal.key);
  let lastHeard = performance.now();
  let wasReached = true;
  while (!state.isOver && !signal.aborted) {
    try {
      onEvent({ kind: 'joined', node: await client.activate() });
      wasReached = true;
      lastHeard = performance.now();
      state = await serve(client, state, options);
    } catch (cause) {
      if (!(cause instanceof Unreachable || cause instanceof Refused)) throw cause;
      state = { ...state, journal: readJournal(options.journal) };
      if (wasReached) onEvent({ kind: 'unreachable', why: cause.message });
      if (wasReached) lastHeard = performance.now();
      wasReached = false;
      if (performance.now() - lastHeard > patienceMs) throw silent(address, patienceMs, cause.message);
      await sleep(RETRY_MS, signal);
    }
  }
  if (state.isOver) await linger(client, signal);
  await client.deactivate().catch(() => {}); // it would find out by itself
  return { answered: state.answered, devices: state.members.length };
}

type State = {
  readonly journal: Journal;
  readonly members: readonly Member[];
  readonly answered: number;
  readonly isOver: boolean;
};

/** As long as the server knows the node. @throws Unreachable, Refused */
async function serve(client: FleetClient, before: State, options: GatewayOptions): Promise<State> {
  const { signal } = options;
  let state = before;
  let lastHeartbeat = performance.now();
  while (!state.isOver && !signal.aborted) {
    if (performance.now() - lastHeartbeat > HEARTBEAT_MS) {
      lastHeartbeat = performance.now();
      if (!(await client.heartbeat())) return state;
    }
    const next = await step(client, state, options);
    if (next === null) await sleep(POLL_MS, signal);
    else state = next;
  }
  return state;
}

/** The next piece of work, after which the journal says what has been done; null where there is none. */
async function step(client: FleetClient, state: State, options: GatewayOptions): Promise<State | null> {
  const { journal } = state;
  const keep = (work: Journal['work']): Journal => {
    const kept = { ...journal, work };
    writeJournal(options.journal, kept);
    return kept;
  };
  switch (journal.work.kind) {
    case 'none': {
      const task = await client.pull();
      return task === null ? null : { ...state, journal: keep({ kind: 'task', task }) };
    }
    case 'task': {
      const { task } = journal.work;
      const alive = withHeartbeat(client);
      const { reply, members, failed, isLast } = await perform(
        task,
        state.members,
        options.shared,
        options.seed,
      ).finally(alive.stop);
      for (const { device, cause } of failed)
        options.onEvent({ kind: 'lost', device: device.name, why: cause.message });
      if (members.length === 0) throw noDevices();
      const kept = keep({ kind: 'reply', metadata: task.metadata, reply, isLast });
      return { ...state, members, journal: kept };
    }
    case 'reply': {
      const { metadata, reply, isLast } = journal.work;
      const { message_type: task, group_id: group } = metadata;
      try {
        await client.push({ metadata }, reply);
        options.onEvent({ kind: 'answered', task, group, reply });
      } catch (cause) {
        if (!(cause instanceof Refused)) throw cause;
        options.onEvent({ kind: 'unwanted', task, why: cause.message });
      }
      return { ...state, journal: keep({ kind: 'none' }), answered: state.answered + 1, isOver: isLast };
    }
  }
}

/** The server drops answers of nodes that left before it has looked: it is let go first, where it ends soon. */
async function linger(client: FleetClient, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  while (performance.now() - start < LINGER_MS && !signal.aborted) {
    const isThere = await client.heartbeat().catch(() => false);
    if (!isThere) return;
    await sleep(RETRY_MS, signal);
  }
}

/** Signs of life while devices work, which may take longer than the server would wait. */
function withHeartbeat(client: FleetClient): { readonly stop: () => void } {
  const timer = setInterval(() => {
    client.heartbeat().catch(() => {}); // the next call tells
  }, HEARTBEAT_MS);
  return { stop: () => clearInterval(timer) };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}

function silent(address: string, patienceMs: number, why: string): TinymlError {
  return new TinymlError('E_FLEET', `the server has been silent for ${patienceMs / 1000} s: ${why}`, {
    at: address,
    hint: 'start it with "tinyml fleet serve", or give --server its address',
  });
}

function noDevices(): TinymlError {
  return new TinymlError('E_FLEET', 'no device is left', {
    at: 'gateway',
    hint: 'see the warnings above for what became of them',
  });
}
