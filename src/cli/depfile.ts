/** --depfile: the files and folders that a command reads, as a rule for make. */
import { TinymlError } from '../diagnostics/errors.ts';
import type { Context } from './context.ts';
import { type Options, textOption } from './options.ts';

/** Writes the rule of what the command made, where it is asked for. @throws TinymlError E_WRITE as `dependencyRule` */
export function writeDepfile(target: string, options: Options, { outputs, filesRead }: Context): void {
  const depfile = textOption(options, 'depfile');
  if (depfile !== undefined) outputs.file(depfile, dependencyRule(target, filesRead()));
}

/**
 * For runs that make no file.
 * @param hint what gives one
 * @throws TinymlError E_USAGE where --depfile is given
 */
export function refuseDepfile(options: Options, hint: string): void {
  if (textOption(options, 'depfile') === undefined) return;
  throw new TinymlError('E_USAGE', 'nothing is made that a rule could be of', { at: '--depfile', hint });
}

/**
 * Text of a dependency file as `gcc -MD -MP` writes it: one rule for `target`, and an empty rule for each
 * prerequisite but the first, so that make does not stop when one is deleted.
 * @throws TinymlError E_WRITE for a path that make cannot name: a line break or `;` in it, or `=` in a target.
 */
export function dependencyRule(target: string, prerequisites: readonly string[]): string {
  const [first, ...rest] = [...new Set(prerequisites)];
  const all = first === undefined ? [] : [first, ...rest];
  const rule = [`${asTarget(target)}:`, ...all.map(asPrerequisite)].join(' \\\n  ');
  // A rule for a name with `=` would be an assignment.
  const empty = rest.filter((path) => !path.includes('=')).map((path) => `${asTarget(path)}:\n`);
  return [`${rule}\n`, ...empty].join('\n');
}

/** A name on the left of a rule, where `%` would make a pattern of it. */
function asTarget(path: string): string {
  if (path.includes('=')) throw unnameable(path, 'an equals sign');
  return escapeForMake(path).replaceAll('%', '\\%');
}

/** A name on the right, where `|` and `=` have meanings of their own. */
function asPrerequisite(path: string): string {
  return escapeForMake(path).replace(/[|=]/g, '\\$&');
}

/** `\`, space, tab, `#`, `:` and `$` as GNU make reads them in a rule. */
function escapeForMake(path: string): string {
  if (/[\n\r]/.test(path)) throw unnameable(path, 'a line break');
  if (path.includes(';')) throw unnameable(path, 'a semicolon');
  return path
    .replace(/\\*[ \t]/g, (match) => `${'\\'.repeat(2 * match.length - 1)}${match.at(-1)}`)
    .replace(/[#:]/g, '\\$&')
    .replace(/\$/g, '$$$$');
}

function unnameable(path: string, what: string): TinymlError {
  return new TinymlError('E_WRITE', `a dependency file cannot name a path with ${what}`, {
    at: path,
    hint: 'Rename the file.',
  });
}
