import { type ErrorCode, TinymlError } from './errors.ts';
import { firstOf } from './lists.ts';
import { nearest } from './nearest.ts';
import { readRegularFile } from './read-file.ts';
import { faultText, type Issue, quoted } from './schema-faults.ts';
import { allPaths, keysAt, type SchemaNode } from './schema-keys.ts';
import { formatCount } from './units.ts';

/** A zod schema, as far as it is used here. */
type Schema<T> = SchemaNode & {
  readonly safeParse: (
    value: unknown,
  ) =>
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } };
};

/** JSON files that people write are small; anything larger is the wrong file. */
const MAX_BYTES = 1 << 20;

/**
 * Reads a JSON file that a person wrote.
 * @throws TinymlError E_FILE where it cannot be read, `code` where it is not JSON (with line and column).
 */
export function readJsonFile(path: string, code: ErrorCode, maxBytes = MAX_BYTES): unknown {
  const text = readText(path, code, maxBytes);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new TinymlError(code, `not valid JSON: ${message.replace(/ in JSON at position.*$/, '')}`, {
      at: path + jsonFaultPosition(text, message),
      hint: 'JSON has no comments and no trailing commas.',
      cause,
    });
  }
}

/**
 * Checks a value read from `path` against a schema; all faults are reported at once, of many the first.
 * @param hints where no misspelt key says what to do, `otherwise`, by the place of the first fault; for words of other tools, the keys that are meant
 * @throws TinymlError `code`.
 */
export function checkJson<T>(
  schema: Schema<T>,
  value: unknown,
  path: string,
  code: ErrorCode,
  { otherwise, synonyms = new Map() }: JsonHints = {},
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const texts = issues.map((issue) => faultText(issue, value, schema));
  const meant = issues.flatMap(({ keys = [], path: level }) =>
    keys.slice(0, MAX_MEANT).flatMap((key) => meantBy(key, level, schema, synonyms)),
  );
  const hint =
    meant.length === 0
      ? otherwise?.(issues[0]?.path ?? [])
      : `Did you mean ${firstOf([...new Set(meant)].map(quoted), MAX_MEANT)}?`;
  const places = issues.map(
    (issue, i) => `${path}: ${dotted(issue.path)}${issues.length > 1 ? ` (${texts[i]})` : ''}`,
  );
  const more = places.length - MAX_PLACES;
  throw new TinymlError(code, texts[0] ?? 'does not fit its schema', {
    at: more > 0 ? [...places.slice(0, MAX_PLACES), `${path}: ${formatCount(more)} more`] : places,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Dotted paths of keys that a word of another tool means, by the word in lower case. */
export type Synonyms = ReadonlyMap<string, readonly string[]>;

type JsonHints = {
  readonly otherwise?: (path: readonly PropertyKey[]) => string;
  readonly synonyms?: Synonyms;
};

/** Faults that are listed, and keys that may be meant. */
const MAX_PLACES = 20;
const MAX_MEANT = 4;

/** Keys that may be meant by an unknown one: those of its level alone; by a synonym, or the very key of another level, its path. */
function meantBy(
  key: string,
  level: readonly PropertyKey[],
  schema: Schema<unknown>,
  synonyms: Synonyms,
): readonly string[] {
  const here = keysAt(schema, level);
  const inside = level.map(String).join('.');
  const shown = (path: string): string =>
    inside !== '' && path.startsWith(`${inside}.`) ? path.slice(inside.length + 1) : path;
  const known = synonyms.get(key.toLowerCase().replace(/[-_]/g, ''));
  if (known !== undefined) return known.map(shown);
  const near = nearest(key, here).slice(0, 1);
  if (near.length > 0) return near;
  return allPaths(schema)
    .filter((path) => path.split('.').at(-1) === key)
    .map(shown);
}

function readText(path: string, code: ErrorCode, maxBytes: number): string {
  return readJsonBytes(path, code, maxBytes)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

/** The bytes of such a file. @throws TinymlError E_FILE, `code` */
function readJsonBytes(path: string, code: ErrorCode, maxBytes: number): Buffer {
  return readRegularFile(path, maxBytes, (size) => {
    return new TinymlError(code, `a file of ${size} bytes is too large for what is expected here`, {
      at: path,
      hint: `At most ${maxBytes} bytes are read.`,
    });
  });
}

/** `:line:column` of a JSON fault where the engine's message names a position, else nothing. */
function jsonFaultPosition(text: string, message: string): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position === undefined) return '';
  const before = text.slice(0, Number(position)).split('\n');
  return `:${before.length}:${before.at(-1)!.length + 1}`;
}

function dotted(path: readonly PropertyKey[]): string {
  const text = path.reduce<string>(
    (sum, key) =>
      typeof key === 'number' ? `${sum}[${key}]` : sum === '' ? String(key) : `${sum}.${String(key)}`,
    '',
  );
  return text === '' ? 'top level' : text;
}
