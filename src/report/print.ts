import type { Paint } from '../diagnostics/color.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { oneLine, printable, printableJson } from '../diagnostics/printable.ts';
import { formatCount } from '../diagnostics/units.ts';
import type { Warning } from '../diagnostics/warnings.ts';

/** Any thrown value as an error of ours: what is not a TinymlError is a fault of tinyml. */
export function asTinymlError(thrown: unknown): TinymlError {
  if (thrown instanceof TinymlError) return thrown;
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new TinymlError('E_INTERNAL', message, { cause: thrown });
}

/**
 * An error as people read it, ending in a newline:
 *
 *     error[E_CODE]: what is wrong
 *       at: the place
 *       hint: what to do
 *
 * Of many places the first are shown. With `verbose` all are, and the stack follows.
 */
export function errorText(error: TinymlError, paint: Paint, verbose: boolean): string {
  return [
    `${paint('red', `error[${error.code}]`)}: ${oneLine(error.message)}`,
    ...placeLines(error.at, paint, verbose),
    ...hints(error).map((hint) => `  ${paint('cyan', 'hint:')} ${printable(hint)}`),
    ...(verbose ? [printable(stackOf(error))] : []),
    '',
  ].join('\n');
}

/** A warning as people read it, in the form of an error. */
export function warningText({ code, message, at, hint }: Warning, paint: Paint): string {
  return [
    `${paint('yellow', `warning[${code}]`)}: ${oneLine(message)}`,
    ...placeLines(at, paint, false),
    ...(hint === null ? [] : [`  ${paint('cyan', 'hint:')} ${printable(hint)}`]),
    '',
  ].join('\n');
}

/** Places that a text lists; JSON has all. */
const SHOWN_PLACES = 30;

function placeLines(places: readonly string[], paint: Paint, all: boolean): readonly string[] {
  const shown = all || places.length <= SHOWN_PLACES + 1 ? places : places.slice(0, SHOWN_PLACES);
  const more = places.length - shown.length;
  const lines = shown.map((place) => `  ${paint('dim', 'at:')} ${oneLine(place)}`);
  return more === 0
    ? lines
    : [...lines, `  ${paint('dim', 'at:')} and ${formatCount(more)} more (--json lists all)`];
}

/** An error as scripts read it: one line of JSON. */
export function errorJson(error: TinymlError, verbose: boolean): string {
  const [hint = null] = hints(error);
  const stack = verbose ? { stack: stackOf(error) } : {};
  const { code, message, at } = error;
  return `${printableJson({ schema: 1, error: { code, message, at, hint, ...stack } })}\n`;
}

function hints(error: TinymlError): readonly string[] {
  if (error.hint !== undefined) return [error.hint];
  if (error.code !== 'E_INTERNAL') return [];
  return ['This is a fault of tinyml. Please report it with the command and what it prints with --verbose.'];
}

function stackOf(error: TinymlError): string {
  const cause =
    error.cause instanceof Error ? `\ncaused by: ${error.cause.stack ?? error.cause.message}` : '';
  return `${error.stack ?? ''}${cause}`;
}
