import { type ErrorCode, TinymlError } from './errors.ts';
import { nearest } from './nearest.ts';
import { readRegularFile } from './read-file.ts';

/** What zod says about one fault of a value; stated here so that zod itself is not imported. */
type Issue = {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
};

/** A zod schema, as far as it is used here. */
type Schema<T> = {
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
 * Checks a value read from `path` against a schema; all faults are reported at once.
 * @param knownKeys keys the schema knows, to suggest the nearest for a misspelt one.
 * @param otherwise hint where no key is misspelt
 * @throws TinymlError `code`.
 */
export function checkJson<T>(
  schema: Schema<T>,
  value: unknown,
  path: string,
  code: ErrorCode,
  knownKeys: readonly string[],
  otherwise?: string,
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const misspelt = issues.flatMap((issue) => issue.keys ?? []);
  const meant = misspelt.flatMap((key) => nearest(key, knownKeys).slice(0, 1));
  const [first] = issues;
  const hint = meant.length === 0 ? otherwise : `Did you mean ${meant.map((key) => `"${key}"`).join(', ')}?`;
  throw new TinymlError(code, first === undefined ? 'does not fit its schema' : first.message, {
    at: issues.map(
      (issue) => `${path}: ${dotted(issue.path)}${issues.length > 1 ? ` (${issue.message})` : ''}`,
    ),
    ...(hint === undefined ? {} : { hint }),
  });
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
