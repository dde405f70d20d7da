import { existsSync, lstatSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { readJsonFile } from '../diagnostics/json-file.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { COMMANDS, type CommandSpec, GLOBAL_OPTIONS, type OptionSpec, pathIn } from './commands.ts';
import { type Options, type OptionValue, parseOption } from './options.ts';

/** Values as they stand on the command line, by long name. */
type GivenFlags = Readonly<Record<string, unknown>>;

/**
 * Options of one call, each from the first place that states it: the command line, `TINYML_<NAME>`, the block of
 * the command in tinyml.json, the top level of tinyml.json, the default of the table.
 * @throws TinymlError E_USAGE for a value that does not fit, an unknown key in tinyml.json, or a missing option.
 */
export function resolveOptions(
  command: CommandSpec,
  given: GivenFlags,
  env: NodeJS.ProcessEnv,
  folder: string,
): Options {
  const file = readSettings(folder);
  const specs = [...GLOBAL_OPTIONS, ...command.options];
  const options = specs.flatMap((spec): readonly (readonly [string, OptionValue])[] => {
    const value = stated(spec, command, given, env, file);
    return value === undefined ? [] : [[spec.name, value]];
  });
  return Object.fromEntries(options);
}

/** Variables that are no options (docs/commands/doctor.md), without the prefix. */
const OWN_VARIABLES = ['CC', 'ARM_CC', 'QEMU', 'FFMPEG', 'ENGINE', 'ISA', 'TFJS'];

/** Variables of the environment that look like ours and state nothing, each with those that may have been meant. */
export function unknownVariables(
  env: NodeJS.ProcessEnv,
): readonly { readonly name: string; readonly meant: readonly string[] }[] {
  const options = [...GLOBAL_OPTIONS, ...COMMANDS.flatMap((command) => command.options)];
  const known = [
    ...new Set([
      ...options.map(({ name }) => variableOf(name)),
      ...OWN_VARIABLES.map((name) => PREFIX + name),
    ]),
  ];
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .map((name) => {
      const meant = nearest(
        name.slice(PREFIX.length),
        known.map((one) => one.slice(PREFIX.length)),
      );
      return { name, meant: meant.map((one) => PREFIX + one) };
    });
}

const PREFIX = 'TINYML_';

function variableOf(option: string): string {
  return `${PREFIX}${option.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * Where an option was stated, if not on the command line: `TINYML_MAX_RAM`, `tinyml.json: plan.max-ram`; null for one that was typed or
 * was stated nowhere.
 */
export function placeOfOption(
  command: CommandSpec,
  name: string,
  given: GivenFlags,
  env: NodeJS.ProcessEnv,
  folder: string,
): string | null {
  if (given[name] !== undefined) return null;
  const variable = variableOf(name);
  if (env[variable]) return variable;
  const file = readSettings(folder);
  if (file === null) return null;
  const block = file.values[command.name];
  if (isObject(block) && block[name] !== undefined) return `${file.path}: ${command.name}.${name}`;
  return file.values[name] === undefined ? null : `${file.path}: ${name}`;
}

function stated(
  spec: OptionSpec,
  { name: command, examples }: CommandSpec,
  given: GivenFlags,
  env: NodeJS.ProcessEnv,
  file: SettingsFile | null,
): OptionValue | undefined {
  const { name } = spec;
  const flag = given[name];
  if (flag !== undefined) return parseOption(spec, flag, `--${name}`);

  const variable = variableOf(name);
  const text = env[variable];
  if (text !== undefined && (text !== '' || spec.kind === 'flag')) return parseOption(spec, text, variable);

  if (file !== null) {
    const block = file.values[command];
    const own = isObject(block) ? block[name] : undefined;
    const value = own ?? file.values[name];
    if (value !== undefined) {
      const at = `${file.path}: ${own === undefined ? '' : `${command}.`}${name}`;
      return fromFileFolder(spec, parseOption(spec, value, at), dirname(file.path));
    }
  }
  if (spec.default !== undefined) return parseOption(spec, spec.default, 'default');
  if (spec.required !== true) return undefined;
  throw new TinymlError('E_USAGE', `--${name} <${spec.value}> is missing`, {
    hint: `For example: ${examples[0]}. It can also be set in ${variable} or in tinyml.json.`,
  });
}

/** A path in tinyml.json is relative to the file, so that a command means the same from every folder. */
function fromFileFolder(spec: OptionSpec, value: OptionValue, folder: string): OptionValue {
  const path = pathIn(spec, value);
  if (path === null) return value;
  const absolute = resolve(folder, path);
  const fromHere = relative(process.cwd(), absolute);
  return fromHere.startsWith('..') ? absolute : fromHere;
}

type SettingsFile = { readonly path: string; readonly values: Readonly<Record<string, unknown>> };

/**
 * The nearest tinyml.json from `folder` upward to the root of the repository (the folder that holds `.git`).
 * Outside a repository only `folder` itself is looked at.
 */
export function settingsPath(folder: string): string | null {
  return (
    foldersToRoot(folder)
      .map((one) => join(one, 'tinyml.json'))
      // Also a link to nowhere: settings that cannot be read are not as good as none.
      .find((one) => lstatSync(one, { throwIfNoEntry: false }) !== undefined) ?? null
  );
}

function readSettings(folder: string): SettingsFile | null {
  const path = settingsPath(folder);
  if (path === null) return null;
  const values = readJsonFile(path, 'E_USAGE');
  if (!isObject(values)) {
    throw new TinymlError('E_USAGE', 'settings must be a JSON object', { at: path });
  }
  checkKeys(path, values);
  return { path, values };
}

function foldersToRoot(folder: string): readonly string[] {
  const all: string[] = [];
  for (let one = resolve(folder); ; one = dirname(one)) {
    all.push(one);
    if (existsSync(join(one, '.git'))) return all;
    if (dirname(one) === one) return all.slice(0, 1);
  }
}

function checkKeys(path: string, values: Readonly<Record<string, unknown>>): void {
  const global = GLOBAL_OPTIONS.map((option) => option.name);
  const anyOption = COMMANDS.flatMap((command) => command.options.map((option) => option.name));
  const commands = COMMANDS.map((command) => command.name);
  checkObject(path, '', values, ['$schema', ...global, ...anyOption, ...commands]);
  for (const { name, options } of COMMANDS) {
    const block = values[name];
    if (block === undefined) continue;
    if (!isObject(block)) throw new TinymlError('E_USAGE', `"${name}" must be an object`, { at: path });
    checkObject(path, `${name}.`, block, [...global, ...options.map((option) => option.name)]);
  }
}

function checkObject(path: string, prefix: string, values: object, known: readonly string[]): void {
  const unknown = Object.keys(values).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const [meant] = nearest(unknown, known);
  throw new TinymlError('E_USAGE', `there is no setting called "${prefix}${unknown}"`, {
    at: path,
    hint:
      meant === undefined
        ? 'Settings are called as the long flags of the commands.'
        : `Did you mean "${prefix}${meant}"?`,
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
