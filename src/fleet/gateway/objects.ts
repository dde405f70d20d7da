/**
 * Content of Flower's messages: objects named by the SHA-256 of their bytes, `<class> <children,...> <bytes of the body>`, a zero
 * byte, the body. A message has a RecordDict, that its records, an ArrayRecord its arrays, an array its chunks of bytes.
 */
import { TinymlError } from '../../diagnostics/errors.ts';
import { sha256Of } from '../../numbers/sha256.ts';
import {
  type ConfigValue,
  decodeWire,
  encodeWire,
  type FleetMessage,
  type MetricValue,
  type ObjectTree,
} from './wire.ts';

/** An array as it crosses the wire; `stype` says what its bytes are: `numpy.ndarray`, a .npy file. */
export type WireArray = {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly stype: string;
  readonly data: Uint8Array;
};

export type WireRecord =
  | { readonly kind: 'arrays'; readonly arrays: ReadonlyMap<string, WireArray> }
  | { readonly kind: 'metrics'; readonly metrics: ReadonlyMap<string, MetricValue> }
  | { readonly kind: 'config'; readonly config: ReadonlyMap<string, ConfigValue> };

export type Content = ReadonlyMap<string, WireRecord>;

/** Bytes of objects by their names, every child before its parents; and what of what. */
type Deflated = { readonly objects: ReadonlyMap<string, Uint8Array>; readonly tree: ObjectTree };

/** What is taken of one message. */
export const OBJECT_LIMITS = { count: 4096, depth: 5, bytes: 64 * 2 ** 20 } as const;

/** Flower cuts arrays into chunks of so many bytes. */
const CHUNK_BYTES = 5 * 2 ** 20;

/** The names in a tree, each once, children first. @throws TinymlError E_FLEET for what is beyond the limits */
export function namesIn(tree: ObjectTree): readonly string[] {
  const names = new Set<string>();
  let seen = 0;
  const walk = ({ object_id, children }: ObjectTree, depth: number): void => {
    seen++;
    if (seen > OBJECT_LIMITS.count || depth > OBJECT_LIMITS.depth) throw wrong('it has too many parts');
    if (!/^[0-9a-f]{64}$/.test(object_id)) throw wrong('a part has no SHA-256 for a name');
    for (const child of children) walk(child, depth + 1);
    names.add(object_id);
  };
  walk(tree, 1);
  return [...names];
}

/** @throws TinymlError E_FLEET */
export function inflateMessage(
  id: string,
  objects: ReadonlyMap<string, Uint8Array>,
): { readonly message: FleetMessage; readonly content: Content } {
  const { body, children } = parsed(id, 'Message', objects);
  const message = decodeWire('Message', body);
  const [content, ...more] = children;
  if (more.length > 0) throw wrong('it has more than one content');
  return { message, content: content === undefined ? new Map() : inflateContent(content, objects) };
}

function inflateContent(id: string, objects: ReadonlyMap<string, Uint8Array>): Content {
  const names = referencesOf(parsed(id, 'RecordDict', objects));
  return new Map([...names].map(([name, record]) => [name, inflateRecord(record, objects)] as const));
}

function inflateRecord(id: string, objects: ReadonlyMap<string, Uint8Array>): WireRecord {
  const { kind } = headOf(id, objects);
  switch (kind) {
    case 'ArrayRecord': {
      const names = referencesOf(parsed(id, kind, objects));
      const arrays = new Map(
        [...names].map(([name, array]) => [name, inflateArray(array, objects)] as const),
      );
      return { kind: 'arrays', arrays };
    }
    case 'MetricRecord': {
      const { items } = decodeWire('MetricRecord', parsed(id, kind, objects).body);
      return { kind: 'metrics', metrics: new Map(items.map(({ key, value }) => [key, value])) };
    }
    case 'ConfigRecord': {
      const { items } = decodeWire('ConfigRecord', parsed(id, kind, objects).body);
      return { kind: 'config', config: new Map(items.map(({ key, value }) => [key, value])) };
    }
    default:
      throw wrong(`a record is of the class ${kind.slice(0, 40)}`);
  }
}

function inflateArray(id: string, objects: ReadonlyMap<string, Uint8Array>): WireArray {
  const { body, children } = parsed(id, 'Array', objects);
  const facts = json(body);
  const { dtype, shape, stype, arraychunk_ids: order } = facts;
  if (typeof dtype !== 'string' || typeof stype !== 'string' || !areCounts(shape) || !areCounts(order))
    throw wrong('an array does not say what it is');
  const chunks = order.map((index) => {
    const chunk = children[index];
    if (chunk === undefined) throw wrong('an array lacks a chunk');
    return parsed(chunk, 'ArrayChunk', objects).body;
  });
  if (chunks.reduce((sum, chunk) => sum + chunk.length, 0) > OBJECT_LIMITS.bytes)
    throw wrong('an array is too large');
  return { dtype, shape, stype, data: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) };
}

type Parsed = { readonly kind: string; readonly children: readonly string[]; readonly body: Uint8Array };

function headOf(id: string, objects: ReadonlyMap<string, Uint8Array>): Parsed {
  const bytes = objects.get(id);
  if (bytes === undefined) throw wrong('a part is missing');
  const end = bytes.indexOf(0);
  const [kind, children, length, ...more] = Buffer.from(bytes.subarray(0, Math.max(0, end)))
    .toString('latin1')
    .split(' ');
  const body = bytes.subarray(end + 1);
  if (kind === undefined || children === undefined || more.length > 0 || Number(length) !== body.length)
    throw wrong('a part has no head');
  return { kind, children: children === '' ? [] : children.split(','), body };
}

function parsed(id: string, kind: string, objects: ReadonlyMap<string, Uint8Array>): Parsed {
  const found = headOf(id, objects);
  if (found.kind === kind) return found;
  throw wrong(`a part is of the class ${found.kind.slice(0, 40)} in place of ${kind}`);
}

/** Names and what they stand for, which must be a child. */
function referencesOf({ body, children }: Parsed): ReadonlyMap<string, string> {
  const entries = Object.entries(json(body)).map(([name, id]) => {
    if (typeof id !== 'string' || !children.includes(id)) throw wrong('a record names what is not in it');
    return [name, id] as const;
  });
  return new Map(entries);
}

function json(body: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw wrong('a part is no JSON');
}

function areCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);
}

/** A message with its content, or one with an error, which has none. Its `message_id` is made here: the name of the object. */
export function deflateMessage(message: FleetMessage, content: Content | null): Deflated {
  const objects = new Map<string, Uint8Array>();
  const child = content === null ? [] : [deflateContent(content, objects)];
  const bare = { ...message, metadata: { ...message.metadata, message_id: '' } };
  const { metadata, error } = bare;
  const body = encodeWire('Message', error === undefined ? { metadata } : { metadata, error });
  return { objects, tree: put('Message', child, body, objects) };
}

function deflateContent(content: Content, objects: Map<string, Uint8Array>): ObjectTree {
  const records = [...content].map(([name, record]) => [name, deflateRecord(record, objects)] as const);
  return put(
    'RecordDict',
    records.map(([, tree]) => tree),
    references(records),
    objects,
  );
}

function deflateRecord(record: WireRecord, objects: Map<string, Uint8Array>): ObjectTree {
  switch (record.kind) {
    case 'arrays': {
      const arrays = [...record.arrays].map(([name, array]) => [name, deflateArray(array, objects)] as const);
      return put(
        'ArrayRecord',
        arrays.map(([, tree]) => tree),
        references(arrays),
        objects,
      );
    }
    case 'metrics': {
      const items = [...record.metrics].map(([key, value]) => ({ key, value }));
      return put('MetricRecord', [], encodeWire('MetricRecord', { items }), objects);
    }
    case 'config': {
      const items = [...record.config].map(([key, value]) => ({ key, value }));
      return put('ConfigRecord', [], encodeWire('ConfigRecord', { items }), objects);
    }
  }
}

function deflateArray(
  { dtype, shape, stype, data }: WireArray,
  objects: Map<string, Uint8Array>,
): ObjectTree {
  const count = Math.max(1, Math.ceil(data.length / CHUNK_BYTES));
  const chunks = Array.from({ length: count }, (_, index) =>
    put('ArrayChunk', [], data.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES), objects),
  );
  const unique = [...new Set(chunks.map(({ object_id }) => object_id))];
  const facts = {
    ...{ dtype, shape, stype },
    arraychunk_ids: chunks.map(({ object_id }) => unique.indexOf(object_id)),
  };
  return put('Array', chunks, Buffer.from(pythonJson(facts)), objects);
}

function references(of: readonly (readonly [string, ObjectTree])[]): Uint8Array {
  return Buffer.from(pythonJson(Object.fromEntries(of.map(([name, { object_id }]) => [name, object_id]))));
}

/** JSON as Python's `json.dumps` spaces it, so that equal contents have equal names on both sides. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return asciiJson(value);
  return `{${Object.entries(value)
    .map(([key, own]) => `${asciiJson(key)}: ${pythonJson(own)}`)
    .join(', ')}}`;
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function put(
  kind: string,
  children: readonly ObjectTree[],
  body: Uint8Array,
  objects: Map<string, Uint8Array>,
): ObjectTree {
  const unique = [...new Map(children.map((tree) => [tree.object_id, tree])).values()];
  const head = `${kind} ${unique.map(({ object_id }) => object_id).join(',')} ${body.length}\0`;
  const bytes = Buffer.concat([Buffer.from(head, 'latin1'), body]);
  const object_id = sha256Of(bytes);
  objects.set(object_id, bytes);
  return { object_id, children: unique };
}

function wrong(what: string): TinymlError {
  return new TinymlError('E_FLEET', `the content of a message is not what it should be: ${what}`, {
    at: 'message of the server',
    hint: 'the server must be a SuperLink of flwr 1.42',
  });
}
