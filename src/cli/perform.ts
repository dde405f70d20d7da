/** One command from its parsed call to its exit status: options, files, work, outputs, result, errors. */
import { relative } from 'node:path';
import { EXIT, TinymlError } from '../diagnostics/errors.ts';
import { oneLine, printableJson, printableStyled } from '../diagnostics/printable.ts';
import { noProgress } from '../diagnostics/progress.ts';
import type { Warning } from '../diagnostics/warnings.ts';
import { asTinymlError, errorJson, errorText } from '../report/print.ts';
import type { CommandModule, CommandResult, Context } from './context.ts';
import { createContext } from './context.ts';
import { createFileUses, declareFiles } from './file-uses.ts';
import type { Host, Style } from './host.ts';
import { requireMeasurable } from './limits.ts';
import type { Options } from './options.ts';
import { createOrigins, type Origins } from './origins.ts';
import { createOutputFiles, type OutputFiles } from './output-files.ts';
import type { Call } from './parse.ts';
import { placeOfOption, resolveOptions, settingsPath, unknownVariables } from './settings.ts';

/** @returns the exit status (docs/cli.md); everything there is to say has been said. */
export async function perform(call: Call, host: Host): Promise<number> {
  let style = host.style;
  let outputs: OutputFiles | null = null;
  try {
    const folder = process.cwd();
    const options = resolveOptions(call.command, call.flags, process.env, folder);
    style = styleOf(options);
    host.styled(style);
    requireMeasurable(call.command.name, options);
    outputs = createOutputFiles(options['dry-run'] === true, host);
    const origins = createOrigins(call.words);
    const context = contextOf(call, options, outputs, origins, folder, host, style);
    warnOfVariables(context);
    const { run }: CommandModule = await import(`./${call.command.name}.ts`);
    const result = await run(call.args, options, context);
    const warnings = context.warnings();
    const text = style.json
      ? await resultJson(call.command.name, result, warnings, origins)
      : resultText(result, context.quiet);
    outputs.commit();
    host.print(`${text}\n`);
    if (options['dry-run'] === true && options.quiet !== true) host.say(dryRunText(outputs.written()));
    if (result.failure) throw result.failure;
    if (options.strict === true) requireNone(warnings);
    return EXIT.ok;
  } catch (thrown) {
    const error = withPlacesOfOptions(asTinymlError(thrown), call);
    host.say(errorMessage(error, style, host));
    return error.exitStatus;
  } finally {
    outputs?.cleanUp();
  }
}

/** An error that names options, with where those were stated that nobody typed: `--max-ram 16 KiB (tinyml.json: plan.max-ram)`. */
function withPlacesOfOptions(error: TinymlError, { command, flags }: Call): TinymlError {
  const at = error.at.map((place) => {
    const [, name] = /^--([a-z0-9-]+)(?: |$)/.exec(place) ?? [];
    const stated =
      name === undefined ? null : placeOfOption(command, name, flags, process.env, process.cwd());
    return stated === null ? place : `${place} (${stated})`;
  });
  if (at.every((place, i) => place === error.at[i])) return error;
  const { code, message, hint, cause } = error;
  return new TinymlError(code, message, { at, ...(hint === undefined ? {} : { hint }), cause });
}

function contextOf(
  { command, args }: Call,
  options: Options,
  outputs: OutputFiles,
  origins: Origins,
  folder: string,
  host: Host,
  { color }: Style,
): Context {
  const uses = createFileUses();
  declareFiles(command, args, options, outputs, uses);
  const settings = settingsPath(folder);
  if (settings !== null) uses.reads('tinyml.json', [relative(folder, settings)]);
  return createContext({
    options,
    env: process.env,
    print: host.print,
    writeError: host.say,
    progress: options.quiet === true ? noProgress : host.progress,
    paintOut: host.paintFor('stdout', color),
    paintError: host.paintFor('stderr', color),
    outputs,
    reads: uses.reads,
    filesRead: uses.filesRead,
    origins,
    deferInterrupt: host.deferInterrupt,
  });
}

function warnOfVariables({ warn }: Context): void {
  for (const { name, meant } of unknownVariables(process.env)) {
    warn('W_SETTING', `${name} states nothing: there is no option and no tool of that name`, {
      at: 'the environment',
      hint:
        meant.length === 0 ? 'docs/cli.md says how settings are called' : `Did you mean ${meant.join(', ')}?`,
    });
  }
}

/** @throws TinymlError E_WARNING */
function requireNone(warnings: readonly Warning[]): void {
  if (warnings.length === 0) return;
  throw new TinymlError('E_WARNING', `${warnings.length} warning(s), and --strict allows none`, {
    at: warnings.map(({ code, message }) => `${code}: ${message}`),
    hint: 'mend what they name, or leave out --strict',
  });
}

/** An error as the style wants it, ending in a newline. */
export function errorMessage(
  error: TinymlError,
  { json, verbose, color }: Style,
  { paintFor }: Pick<Host, 'paintFor'>,
): string {
  return json ? errorJson(error, verbose) : errorText(error, paintFor('stderr', color), verbose);
}

function styleOf(options: Options): Style {
  return {
    json: options.json === true,
    verbose: options.verbose === true,
    color: options.color as Style['color'],
  };
}

async function resultJson(
  command: string,
  { json }: CommandResult,
  warnings: readonly Warning[],
  origins: Origins,
): Promise<string> {
  return printableJson({
    schema: 1,
    command,
    ...json,
    warnings,
    provenance: await origins.provenance(),
  });
}

function resultText({ text, brief }: CommandResult, quiet: boolean): string {
  const shown = quiet ? (brief ?? text) : text;
  return printableStyled(typeof shown === 'function' ? shown() : shown);
}

function dryRunText(paths: readonly string[]): string {
  if (paths.length === 0) return '';
  const [first] = paths;
  const others = paths.length === 1 ? '' : ` and ${paths.length - 1} more`;
  return `dry run: nothing was written (without it: ${oneLine(first!)}${others})\n`;
}
