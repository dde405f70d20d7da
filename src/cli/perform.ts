/** One command from its parsed call to its exit status: options, files, work, outputs, result, errors. */
import { EXIT, TinymlError } from '../diagnostics/errors.ts';
import { noProgress } from '../diagnostics/progress.ts';
import { asTinymlError, errorJson, errorText } from '../report/print.ts';
import type { CommandModule, CommandResult } from './context.ts';
import { createContext } from './context.ts';
import { createFileUses, declareFiles } from './file-uses.ts';
import type { Host, Style } from './host.ts';
import type { Options } from './options.ts';
import { createOutputFiles, type OutputFiles } from './output-files.ts';
import type { Call } from './parse.ts';
import { resolveOptions, settingsPath } from './settings.ts';

/** @returns the exit status (docs/cli.md); everything there is to say has been said. */
export async function perform(call: Call, host: Host): Promise<number> {
  let style = host.style;
  let outputs: OutputFiles | null = null;
  try {
    const folder = currentFolder();
    const options = resolveOptions(call.command, call.flags, process.env, folder);
    style = styleOf(options);
    host.styled(style);
    outputs = createOutputFiles(options['dry-run'] === true, host);
    const result = await execute(call, options, outputs, folder, host, style);
    const text = resultText(call.command.name, result, style);
    outputs.commit();
    host.print(`${text}\n`);
    if (options['dry-run'] === true && options.quiet !== true) host.say(dryRunText(outputs.written()));
    if (result.failure) throw result.failure;
    return EXIT.ok;
  } catch (thrown) {
    const error = asTinymlError(thrown);
    host.say(errorMessage(error, style, host));
    return error.exitStatus;
  } finally {
    outputs?.cleanUp();
  }
}

async function execute(
  { command, args }: Call,
  options: Options,
  outputs: OutputFiles,
  folder: string,
  host: Host,
  { color }: Style,
): Promise<CommandResult> {
  const uses = createFileUses();
  const settings = settingsPath(folder);
  if (settings !== null) uses.reads('tinyml.json', [settings]);
  declareFiles(command, args, options, outputs, uses);
  const { run }: CommandModule = await import(`./${command.name}.ts`);
  const context = createContext({
    options,
    env: process.env,
    print: host.print,
    writeError: host.say,
    progress: options.quiet === true ? noProgress : host.progress,
    paintOut: host.paintFor('stdout', color),
    paintError: host.paintFor('stderr', color),
    outputs,
    reads: uses.reads,
    deferInterrupt: host.deferInterrupt,
  });
  return run(args, options, context);
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

function resultText(command: string, { json, text }: CommandResult, style: Style): string {
  if (style.json) return JSON.stringify({ schema: 1, command, ...json });
  return typeof text === 'function' ? text() : text;
}

function dryRunText(paths: readonly string[]): string {
  if (paths.length === 0) return '';
  const [first] = paths;
  const others = paths.length === 1 ? '' : ` and ${paths.length - 1} more`;
  return `dry run: nothing was written (without it: ${first}${others})\n`;
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new TinymlError('E_FILE', 'the current folder does not exist any more', {
      hint: 'Change to another folder.',
      cause,
    });
  }
}
