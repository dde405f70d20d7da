import { Command, CommanderError, Option } from 'commander';
import { TinymlError } from '../diagnostics/errors.ts';
import { firstOf } from '../diagnostics/lists.ts';
import { toolVersion } from '../package-root.ts';
import {
  COMMANDS,
  type CommandSpec,
  GLOBAL_OPTIONS,
  type OptionSpec,
  optionFlags,
  optionText,
} from './commands.ts';
import { hereFor, optionFor } from './other-verbs.ts';

/** A call as parsed: the command, its arguments, and the flags that were given. */
export type Call = {
  readonly command: CommandSpec;
  readonly args: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
  /** All words of the line, as they were given. */
  readonly words: readonly string[];
};

/**
 * Parses a command line against the table of commands; values are checked later, by `settings.ts`.
 * @param print takes help and version, for stdout
 * @returns null where help or the version was asked for and has been printed.
 * @throws TinymlError E_USAGE, with a suggestion where a command or an option was mistyped.
 */
export function parseCall(
  argv: readonly string[],
  print: (text: string) => void = (text) => void process.stdout.write(text),
): Call | null {
  checkArguments(argv);
  let call: Call | null = null;
  const program = new Command('tinyml')
    .description('From an ONNX model to verified INT8 firmware.')
    .version(toolVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: () => {} });
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
      const empty = command.args.indexOf('');
      if (empty >= 0) throw emptyArgument(spec, empty);
      call = { command: spec, args: command.args, flags: dashedKeys(command.optsWithGlobals()), words: argv };
    });
  }
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    throw usageError(error, argv);
  }
  return call;
}

/** What no argument can be meant to be. @throws TinymlError E_USAGE */
function checkArguments(argv: readonly string[]): void {
  // Node puts U+FFFD for bytes that are no UTF-8: another file would be read or written.
  const damaged = argv.find((argument) => argument.includes('\ufffd'));
  if (damaged !== undefined) {
    throw new TinymlError('E_USAGE', 'an argument is not UTF-8', {
      at: damaged,
      hint: 'Rename the file: names of files are UTF-8 here.',
    });
  }
  // Where a variable is empty, the next option is taken for the value.
  const all = [...GLOBAL_OPTIONS, ...(commandIn(argv)?.options ?? [])];
  const names = new Set(all.map(({ name }) => `--${name}`));
  const short = argv.find((argument) => /^-[a-z]{2}/.test(argument) && names.has(`-${argument}`));
  if (short !== undefined) {
    throw new TinymlError(
      'E_USAGE',
      `'${short}' is no option: a name has two dashes before it, a letter one`,
      {
        hint: `Did you mean -${short}?`,
      },
    );
  }
  const taking = new Set(all.filter(({ kind }) => kind !== 'flag').map(({ name }) => `--${name}`));
  const bare = argv.findIndex((argument, i) => taking.has(argument) && names.has(argv[i + 1] ?? ''));
  if (bare >= 0) {
    throw new TinymlError('E_USAGE', `${argv[bare]} has no value: ${argv[bare + 1]} follows`, {
      hint: 'Give it one; is a variable of the command line empty?',
    });
  }
}

/** Defaults and choices are only told: `settings.ts` applies them, whatever place a value comes from. */
function commanderOption(spec: OptionSpec): Option {
  const option = new Option(optionFlags(spec), optionText(spec));
  option.negate = false; // --no-state is a flag of its own, not the opposite of --state
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

function emptyArgument({ name, arguments: all }: CommandSpec, index: number): TinymlError {
  return new TinymlError('E_USAGE', `<${all[index]?.name ?? 'argument'}> is empty`, {
    hint: `tinyml ${name} --help shows its arguments and options.`,
  });
}

function usageError(error: CommanderError, argv: readonly string[]): TinymlError {
  if (error.code === 'commander.help') {
    return new TinymlError('E_USAGE', 'no command was given', { hint: 'tinyml --help lists the commands.' });
  }
  const verb = /^error: unknown command '(.*)'/.exec(error.message)?.[1];
  const here = verb === undefined ? undefined : hereFor(verb);
  if (here !== undefined) {
    return new TinymlError('E_USAGE', `there is no command '${verb}'`, { hint: `${here}.` });
  }
  const option = /^error: unknown option '(--?[^'=]+)/.exec(error.message)?.[1];
  const command = commandIn(argv);
  const names = [...GLOBAL_OPTIONS, ...(command?.options ?? [])].map(({ name }) => name);
  const meant = optionFor(option?.replace(/^--?/, '') ?? '', names);
  if (meant !== undefined) {
    return new TinymlError('E_USAGE', `unknown option '${option}'`, { hint: `Did you mean --${meant}?` });
  }
  const owners = option === undefined ? [] : commandsWith(option);
  if (command !== undefined && owners.length > 0) {
    return new TinymlError('E_USAGE', `'${command.name}' has no option '${option}'`, {
      hint: `It is an option of ${firstOf(owners, 4)}. ${helpOf(argv)}`,
    });
  }
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  return new TinymlError('E_USAGE', message, {
    hint: suggestion === undefined ? helpOf(argv) : suggestion.replace(/^\(|\)$/g, ''),
  });
}

/** The commands that have an option. @param given with its dashes */
function commandsWith(given: string): readonly string[] {
  return COMMANDS.filter(({ options }) =>
    options.some(({ name, short }) => given === `--${name}` || given === `-${short}`),
  ).map(({ name }) => name);
}

/** The command that a line names, as far as that can be told before it is parsed. */
function commandIn(argv: readonly string[]): CommandSpec | undefined {
  return COMMANDS.find(({ name }) => argv.includes(name));
}

/** Where help is: with the command, if one was named. */
function helpOf(argv: readonly string[]): string {
  const command = commandIn(argv);
  return command === undefined
    ? 'tinyml --help lists commands and options.'
    : `For example: ${command.examples[0]}. tinyml ${command.name} --help shows its arguments and options.`;
}
