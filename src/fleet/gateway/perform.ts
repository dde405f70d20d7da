/** What a gateway does with a task of the server: gives parameters to its devices, lets them learn, and gives their mean back. */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { StateTensor } from '../../targets/target.ts';
import type { Device, DeviceRun } from '../serial/device.ts';
import { asType, meanParameters } from './average.ts';
import type { Reply, Task } from './client.ts';
import { arrayOf, numbersOf } from './npy.ts';
import type { Content, WireRecord } from './objects.ts';
import { elementsOf, type Parameters, parametersOf, withParameters } from './record.ts';
import type { ConfigValue, MetricValue } from './wire.ts';

/** A device, and the record of parameters that it has. */
export type Member = { readonly device: Device; readonly record: Uint8Array };

type Performed = {
  readonly reply: Reply;
  /** Those that did it, and what they have now. */
  readonly members: readonly Member[];
  /** Devices that failed: of these nothing is in the reply, and they are asked no more. */
  readonly failed: readonly { readonly device: Device; readonly cause: TinymlError }[];
  /** The server says that there will be no more. */
  readonly isLast: boolean;
};

type Asked = {
  readonly kind: 'query' | 'train' | 'evaluate';
  readonly round: number;
  readonly steps: number;
  readonly rate: number;
  readonly isLast: boolean;
  readonly parameters: Parameters | null;
};

/** Steps that one task may ask of each device. */
const MAX_STEPS = 100_000;

/**
 * A task that is refused, or that no device does, gets an error for an answer, so that the server need not wait.
 * @param seed of the rounding of codes
 */
export async function perform(
  task: Task,
  members: readonly Member[],
  shared: readonly StateTensor[],
  seed: number,
): Promise<Performed> {
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  try {
    const asked = readTask(task, shared, seed);
    const done = await Promise.all(members.map((member) => onDevice(member, asked, shared)));
    const good = done.flatMap((one) => (one.kind === 'done' ? [one] : []));
    const failed = done.flatMap((one) => (one.kind === 'failed' ? [one] : []));
    const { isLast } = asked;
    const now = good.map(({ member }) => member);
    if (good.length === 0) {
      const reason = failed[0]?.cause.message ?? 'the gateway has no devices';
      return { reply: { kind: 'error', reason, seconds: seconds() }, members: now, failed, isLast };
    }
    const content = contentOf(asked, good, shared, seed);
    return { reply: { kind: 'content', content, seconds: seconds() }, members: now, failed, isLast };
  } catch (cause) {
    if (!(cause instanceof TinymlError) || cause.code !== 'E_FLEET') throw cause;
    const reason = [`${cause.code}: ${cause.message}`, ...cause.at].join(', ');
    return { reply: { kind: 'error', reason, seconds: seconds() }, members, failed: [], isLast: false };
  }
}

/** @throws TinymlError E_FLEET for what is no task of this model */
function readTask({ metadata, content }: Task, shared: readonly StateTensor[], seed: number): Asked {
  const kind = metadata.message_type.split('.')[0];
  const config = recordOf(content, 'config', 'config')?.config ?? new Map<string, ConfigValue>();
  const isLast = config.get('last')?.bool ?? false;
  switch (kind) {
    case 'query':
      return { kind, round: 0, steps: 0, rate: 0, isLast, parameters: null };
    case 'train': {
      const round = whole(config, 'server-round', 1e9);
      const rate = config.get('lr')?.double ?? Number.NaN;
      if (!(rate >= 0 && rate <= 1e6)) throw wrong('"lr" is no learning rate');
      const steps = whole(config, 'steps', MAX_STEPS);
      return { kind, round, steps, rate, isLast, parameters: readParameters(content, shared, seed) };
    }
    case 'evaluate':
      return { kind, round: 0, steps: 0, rate: 0, isLast, parameters: readParameters(content, shared, seed) };
    default:
      throw wrong(`there are no tasks of the type "${metadata.message_type.slice(0, 40)}"`);
  }
}

function whole(config: ReadonlyMap<string, ConfigValue>, key: string, most: number): number {
  const value = Number(config.get(key)?.sint64 ?? Number.NaN);
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw wrong(`"${key}" is no whole number up to ${most}`);
}

/** Servers may average in floating point: codes are made of whatever numbers came. */
function readParameters(content: Content, shared: readonly StateTensor[], seed: number): Parameters {
  const arrays = recordOf(content, 'arrays', 'arrays')?.arrays;
  if (arrays === undefined || arrays.size !== shared.length)
    throw wrong('it has other arrays than the model has');
  return new Map(
    shared.map((tensor) => {
      const array = arrays.get(tensor.name);
      if (array === undefined) throw wrong(`there is no array "${tensor.name}"`);
      const numbers = numbersOf(tensor.name, array, elementsOf(tensor));
      return [tensor.name, asType(numbers, tensor.dtype === 'int8', seed)] as const;
    }),
  );
}

function recordOf<K extends WireRecord['kind']>(
  content: Content,
  name: string,
  kind: K,
): Extract<WireRecord, { kind: K }> | undefined {
  const record = content.get(name);
  if (record !== undefined && record.kind !== kind) throw wrong(`the record "${name}" is of another kind`);
  return record as Extract<WireRecord, { kind: K }> | undefined;
}

type Done = {
  readonly kind: 'done';
  readonly member: Member;
  readonly parameters: Parameters | null;
  readonly tested: DeviceRun | null;
  readonly trained: DeviceRun | null;
  readonly sent: number;
  readonly received: number;
};
type Failed = { readonly kind: 'failed'; readonly device: Device; readonly cause: TinymlError };

async function onDevice(
  member: Member,
  asked: Asked,
  shared: readonly StateTensor[],
): Promise<Done | Failed> {
  const { device } = member;
  const before = device.traffic();
  try {
    const done = await learned(member, asked, shared);
    const after = device.traffic();
    return { ...done, sent: after.sent - before.sent, received: after.received - before.received };
  } catch (cause) {
    if (cause instanceof TinymlError && cause.code === 'E_FLEET') return { kind: 'failed', device, cause };
    throw cause;
  }
}

async function learned(
  member: Member,
  { parameters, steps, round, rate, kind }: Asked,
  shared: readonly StateTensor[],
): Promise<Omit<Done, 'sent' | 'received'>> {
  const { device, record } = member;
  const done = { kind: 'done', tested: null, trained: null } as const;
  if (parameters === null) return { ...done, member, parameters: parametersOf(record, shared) };
  const given = withParameters(record, shared, parameters);
  await device.load(given);
  const tested = await device.evaluate(device.facts.tests);
  if (kind === 'evaluate') return { ...done, member: { device, record: given }, parameters: null, tested };
  const trained = await device.train((round - 1) * steps, device.facts.samples === 0 ? 0 : steps, rate);
  const learnt = await device.save();
  return {
    ...done,
    member: { device, record: learnt },
    parameters: parametersOf(learnt, shared),
    tested,
    trained,
  };
}

function contentOf(
  { kind, round }: Asked,
  done: readonly Done[],
  shared: readonly StateTensor[],
  seed: number,
): Content {
  const sum = (of: (one: Done) => number): number => done.reduce((total, one) => total + of(one), 0);
  const made = sum(({ trained }) => trained?.made ?? 0);
  const count = (value: number): MetricValue => ({ sint64: value });
  const metrics = new Map<string, MetricValue>([
    ['num-examples', count(kind === 'evaluate' ? sum(({ tested }) => tested?.made ?? 0) : made)],
    ['devices', count(done.length)],
    ['tested', count(sum(({ tested }) => tested?.made ?? 0))],
    ['correct', count(sum(({ tested }) => tested?.correct ?? 0))],
    ['refused', count(sum(({ trained }) => trained?.refused ?? 0))],
    ['diverging', count(sum(({ trained }) => trained?.diverging ?? 0))],
    ['sent', count(sum(({ sent }) => sent))],
    ['received', count(sum(({ received }) => received))],
  ]);
  const told: Content = new Map([['metrics', { kind: 'metrics', metrics }]]);
  const parts = done.flatMap(({ parameters, trained }) => {
    const weight = kind === 'query' ? 1 : (trained?.made ?? 0);
    return parameters === null || weight === 0 ? [] : [{ parameters, weight }];
  });
  if (parts.length === 0) return told;
  const mean = kind === 'query' ? parts[0]!.parameters : meanParameters(parts, shared, seed + round);
  const arrays = new Map([...mean].map(([name, values]) => [name, arrayOf(values)] as const));
  return new Map([['arrays', { kind: 'arrays', arrays }], ...told]);
}

function wrong(what: string): TinymlError {
  return new TinymlError('E_FLEET', `a task of the server is refused: ${what}`, {
    at: 'message of the server',
    hint: 'the server must be "tinyml fleet serve", or an app that sends what docs/fleet-flower.md says',
  });
}
