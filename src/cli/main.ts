/**
 * The command line: parses, loads the one command that was asked for, prints its result, and turns every failure
 * into one message and one exit status. Nothing but commander is loaded for --help.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { type ColorChoice, paintFor } from '../diagnostics/color.ts';
import { EXIT, TinymlError } from '../diagnostics/errors.ts';
import { packageRoot } from '../package-root.ts';
import { COMMANDS, type CommandSpec, GLOBAL_OPTIONS, type OptionSpec, optionFlags } from './commands.ts';
import type { CommandModule, CommandResult } from './context.ts';
import type { Options } from './options.ts';
import type { OutputFiles } from './output-files.ts';

/** How messages look; known from a first glance at the arguments, so that usage errors obey it too. */
type Style = { readonly json: boolean; readonly verbose: boolean; readonly color: ColorChoice };

/** A call as parsed: the command, its arguments, and the flags that were given. */
type Call = {
  readonly command: CommandSpec;
  readonly args: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
};

/** @returns the exit status (docs/cli.md). */
export async function main(argv: readonly string[]): Promise<number> {
  ignoreClosedPipes();
  const style = glance(argv, process.env);
  try {
    const call = parse(argv);
    return call === null ? EXIT.ok : await runCommand(call, style);
  } catch (error) {
    return await reportError(error, style);
  }
}

async function runCommand(call: Call, early: Style): Promise<number> {
  const { resolveOptions } = await import('./settings.ts');
  const options = resolveOptions(call.command, call.flags, process.env, process.cwd());
  const style: Style = {
    json: options.json === true,
    verbose: options.verbose === true,
    color: options.color as ColorChoice,
  };
  const { createOutputFiles } = await import('./output-files.ts');
  const outputs = createOutputFiles(options['dry-run'] === true);
  const stopListening = onInterrupt(outputs, style);
  try {
    const result = await execute(call, options, outputs, style);
    printResult(call.command.name, result, style);
    if (result.failure) throw result.failure;
    return EXIT.ok;
  } catch (error) {
    return await reportError(error, { ...early, ...style });
  } finally {
    outputs.cleanUp();
    stopListening();
  }
}

async function execute(
  call: Call,
  options: Options,
  outputs: OutputFiles,
  style: Style,
): Promise<CommandResult> {
  const { createContext } = await import('./context.ts');
  const { createProgress } = await import('../diagnostics/progress.ts');
  const { run }: CommandModule = await import(`./${call.command.name}.ts`);
  const { env, stdout, stderr } = process;
  const paintError = paintFor(stderr, style.color, env);
  const quiet = options.quiet === true;
  const context = createContext({
    options,
    env,
    writeError: (text) => void stderr.write(text),
    progress: createProgress({ stream: stderr, env, quiet, paint: paintError }),
    paintOut: paintFor(stdout, style.color, env),
    paintError,
    outputs,
  });
  return run(call.args, options, context);
}

function printResult(command: string, result: CommandResult, style: Style): void {
  const text = style.json
    ? JSON.stringify({ schema: 1, command, ...result.json })
    : typeof result.text === 'function'
      ? result.text()
      : result.text;
  process.stdout.write(`${text}\n`);
}

async function reportError(thrown: unknown, style: Style): Promise<number> {
  const { asTinymlError, errorJson, errorText } = await import('../report/print.ts');
  const error = asTinymlError(thrown);
  const paint = paintFor(process.stderr, style.color, process.env);
  process.stderr.write(style.json ? errorJson(error, style.verbose) : errorText(error, paint, style.verbose));
  return error.exitStatus;
}

/** Stops at once on Ctrl-C or a polite kill, leaving nothing half-written. @returns how to stop listening. */
function onInterrupt(outputs: OutputFiles, style: Style): () => void {
  const stop = (): void => {
    outputs.cleanUp();
    void reportError(
      new TinymlError('E_INTERRUPTED', 'stopped; nothing was left half-written'),
      style,
    ).finally(() => process.exit(EXIT.interrupted));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
}

/** `tinyml profiles | head -1` closes our output early; that is no error. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

function glance(argv: readonly string[], env: NodeJS.ProcessEnv): Style {
  const has = (...names: readonly string[]): boolean => names.some((name) => argv.includes(name));
  const color = /--color[= ](always|never)/.exec(argv.join(' '))?.[1];
  return {
    json: has('--json') || /^(1|true|yes)$/i.test(env.TINYML_JSON ?? ''),
    verbose: has('--verbose', '-v'),
    color: (color ?? 'auto') as ColorChoice,
  };
}

/** @returns null where help or the version was asked for and has been printed. @throws TinymlError E_USAGE. */
function parse(argv: readonly string[]): Call | null {
  let call: Call | null = null;
  const program = new Command('tinyml')
    .description('From an ONNX model to verified INT8 firmware.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  for (const option of GLOBAL_OPTIONS) program.addOption(commanderOption(option));
  for (const spec of COMMANDS) {
    const command = program
      .command(spec.name)
      .summary(spec.summary)
      .description(`${spec.summary[0]!.toUpperCase()}${spec.summary.slice(1)}.`)
      .configureHelp({ showGlobalOptions: true })
      .addHelpText('after', `\nExamples:\n${spec.examples.map((line) => `  $ ${line}`).join('\n')}`);
    for (const argument of spec.arguments) {
      command.argument(argument.optional ? `[${argument.name}]` : `<${argument.name}>`, argument.description);
    }
    for (const option of spec.options) command.addOption(commanderOption(option));
    command.action(() => {
      call = { command: spec, args: command.args, flags: dashedKeys(command.optsWithGlobals()) };
    });
  }
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    throw usageError(error);
  }
  return call;
}

/** Defaults and choices are only told: `settings.ts` applies them, whatever place a value comes from. */
function commanderOption(spec: OptionSpec): Option {
  const notes = [
    ...(spec.choices === undefined ? [] : [spec.choices.join(', ')]),
    ...(spec.default === undefined ? [] : [`default: ${spec.default}`]),
    ...(spec.required ? ['required'] : []),
  ];
  const description = notes.length === 0 ? spec.description : `${spec.description} (${notes.join('; ')})`;
  const option = new Option(optionFlags(spec), description);
  if (spec.kind === 'list') {
    option.argParser<readonly string[]>((value, earlier) => [...(earlier ?? []), value]);
  }
  return option;
}

/** commander names options in camelCase. */
function dashedKeys(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`),
      value,
    ]),
  );
}

function usageError(error: CommanderError): TinymlError {
  if (error.code === 'commander.help') {
    return new TinymlError('E_USAGE', 'no command was given', { hint: 'tinyml --help lists the commands.' });
  }
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  return new TinymlError('E_USAGE', message, {
    hint:
      suggestion === undefined
        ? 'tinyml --help lists commands and options.'
        : suggestion.replace(/^\(|\)$/g, ''),
  });
}

function version(): string {
  const { version: text }: { version: string } = JSON.parse(
    readFileSync(join(packageRoot(), 'package.json'), 'utf8'),
  );
  return text;
}
