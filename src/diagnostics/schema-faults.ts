/** What a schema says of a value that it refuses, in plain words: which key, what it takes, and what is there. */
import { firstOf } from './lists.ts';
import { keysAt, type SchemaNode } from './schema-keys.ts';

/** What zod says about one fault of a value; stated here so that zod itself is not imported. */
export type Issue = {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Of unknown keys. */
  readonly keys?: readonly string[];
  /** Of another type: `number`, `array` ... */
  readonly expected?: string;
  /** Of a choice. */
  readonly values?: readonly unknown[];
  /** Of a size: `number`, `int`, `string`, `array` ... and its bounds. */
  readonly origin?: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly inclusive?: boolean;
};

/** What zod says where it has no words of our own. */
const OWN_WORDS = /^(Invalid input|Invalid option|Too small|Too big)\b/;

/** One sentence without a full stop. @param value that was checked, whole */
export function faultText(issue: Issue, value: unknown, schema: SchemaNode): string {
  const { code, keys, message, path } = issue;
  if (keys !== undefined) {
    return `unknown key${keys.length > 1 ? 's' : ''} ${firstOf(keys.map(quoted))}`;
  }
  const taken = OWN_WORDS.test(message) ? takenBy(issue, schema) : null;
  if (taken === null) return message;
  const name = path.length === 0 ? 'the value' : nameOf(path);
  const given = valueAt(value, path);
  if (given === undefined && code === 'invalid_type') return `${name} is missing (expected: ${taken})`;
  return `${name} must be ${taken}, not ${shown(given)}`;
}

/** `"std"`, `"mean"[2]`. */
function nameOf(path: readonly PropertyKey[]): string {
  const last = path.at(-1)!;
  if (typeof last !== 'number') return quoted(String(last));
  return path.length === 1 ? `entry ${last}` : `${nameOf(path.slice(0, -1))}[${last}]`;
}

/** `a number`, `"rgb" or "bgr"`, `at least 1`; null where an issue does not say it. */
function takenBy(issue: Issue, schema: SchemaNode): string | null {
  const { code, expected, values, origin, minimum, maximum, inclusive = true, path } = issue;
  switch (code) {
    case 'invalid_type': {
      const keys = expected === 'object' ? keysAt(schema, path).filter((key) => key !== '$schema') : [];
      if (keys.length > 0) return `an object with ${firstOf(keys.map(quoted), MAX_KEYS)}`;
      return NOUNS[expected ?? ''] ?? null;
    }
    case 'invalid_value':
      return values === undefined ? null : alternatives(values.map((one) => JSON.stringify(one)));
    case 'too_small':
    case 'too_big': {
      const [bound, words] = code === 'too_small' ? [minimum, 'at least'] : [maximum, 'at most'];
      if (origin === 'array') return `a list of ${words} ${bound} ${bound === 1 ? 'entry' : 'entries'}`;
      if (origin !== 'number' && origin !== 'int') return null;
      return inclusive ? `${words} ${bound}` : `${code === 'too_small' ? 'more' : 'less'} than ${bound}`;
    }
    default:
      return null;
  }
}

const NOUNS: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

/** Keys of an object that are named. */
const MAX_KEYS = 8;

function alternatives(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inside, key) =>
      typeof inside === 'object' && inside !== null && Object.hasOwn(inside, key)
        ? (inside as Record<PropertyKey, unknown>)[key]
        : undefined,
    value,
  );
}

/** Longest text of a value, and of a key, that is shown whole. */
const MAX_SHOWN = 60;

/** A value as JSON has it, of a long one the beginning. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

export function quoted(key: string): string {
  return key.length > MAX_SHOWN ? `${JSON.stringify(key.slice(0, MAX_SHOWN))}...` : JSON.stringify(key);
}
