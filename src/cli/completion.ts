import { TinymlError } from '../diagnostics/errors.ts';
import { profileIds } from '../profiles/load.ts';
import {
  type ArgumentSpec,
  COMMANDS,
  type CommandSpec,
  type Completion,
  GLOBAL_OPTIONS,
  type OptionSpec,
} from './commands.ts';
import type { CommandResult } from './context.ts';

export async function run(args: readonly string[]): Promise<CommandResult> {
  const [shell = ''] = args;
  const script = SCRIPTS[shell];
  if (script === undefined) {
    throw new TinymlError('E_USAGE', `there is no completion for "${shell}"`, {
      hint: `Shells: ${Object.keys(SCRIPTS).join(', ')}.`,
    });
  }
  const text = script(profileIds());
  return { json: { shell, script: text }, text };
}

type Script = (profiles: readonly string[]) => string;

/** Each makes a script from the table of commands and the ids of the device profiles. */
const SCRIPTS: Readonly<Record<string, Script>> = { bash: bashScript, zsh: zshScript, fish: fishScript };

function optionsOf(command: CommandSpec): readonly OptionSpec[] {
  return [...command.options, ...GLOBAL_OPTIONS, HELP];
}

const HELP: OptionSpec = { name: 'help', short: 'h', kind: 'flag', description: 'show help' };

/** What can follow an option or stand for an argument: words, names of files, or nothing known. */
type Offer = { readonly words: readonly string[]; readonly files: Completion | undefined };

function offer(spec: OptionSpec | ArgumentSpec, profiles: readonly string[]): Offer {
  const words = spec.choices ?? (spec.completes === 'profile' ? profiles : []);
  return { words, files: spec.completes };
}

/** Spellings of an option: `--target`, `-t`. */
function spellings(option: OptionSpec): readonly string[] {
  return [`--${option.name}`, ...(option.short === undefined ? [] : [`-${option.short}`])];
}

function bashScript(profiles: readonly string[]): string {
  // Names are split at line breaks only, so that file names with spaces stay whole.
  const words = (list: readonly string[]): string => `compgen -W $'${list.join('\\n')}' -- "$current"`;
  const reply = (spec: OptionSpec | ArgumentSpec): string => {
    const { words: list, files } = offer(spec, profiles);
    const names = files === undefined ? [] : [`compgen ${files === 'folder' ? '-d' : '-f'} -- "$current"`];
    const all = [...(list.length === 0 ? [] : [words(list)]), ...names];
    return all.length === 0 ? ':' : `COMPREPLY=($(${all.join('; ')}))`;
  };
  const valued = (options: readonly OptionSpec[]): readonly OptionSpec[] =>
    options.filter((option) => option.kind !== 'flag');
  const skipped = new Set(valued(COMMANDS.flatMap(optionsOf)).flatMap(spellings));
  return [
    '# bash completion for tinyml',
    '_tinyml() {',
    `  local IFS=$'\\n' current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}`,
    "  local command='' position=0 i",
    '  COMPREPLY=()',
    '  for ((i = 1; i < COMP_CWORD; i++)); do',
    `    case "\${COMP_WORDS[i]}" in`,
    `      ${[...skipped].join(' | ')}) i=$((i + 1)) ;;`,
    '      -*) ;;',
    `      *) if [[ -z $command ]]; then command=\${COMP_WORDS[i]}; else position=$((position + 1)); fi ;;`,
    '    esac',
    '  done',
    '  case "$command $previous" in',
    ...COMMANDS.flatMap((command) =>
      valued(optionsOf(command)).map((option) => {
        const patterns = spellings(option).map((name) => `'${command.name} ${name}'`);
        return `    ${patterns.join(' | ')}) ${reply(option)}; return ;;`;
      }),
    ),
    '  esac',
    '  if [[ $current == -* ]]; then',
    '    case "$command" in',
    ...COMMANDS.map((command) => {
      const names = optionsOf(command).map((option) => `--${option.name}`);
      return `      ${command.name}) COMPREPLY=($(${words(names)})) ;;`;
    }),
    `      *) COMPREPLY=($(${words(['--version', ...[...GLOBAL_OPTIONS, HELP].map(({ name }) => `--${name}`)])})) ;;`,
    '    esac',
    '    return',
    '  fi',
    '  case "$command $position" in',
    `    ' 0') COMPREPLY=($(${words(COMMANDS.map((command) => command.name))})) ;;`,
    ...COMMANDS.flatMap((command) =>
      command.arguments.map((argument, i) => `    '${command.name} ${i}') ${reply(argument)} ;;`),
    ),
    '  esac',
    '}',
    'complete -o filenames -F _tinyml tinyml',
  ].join('\n');
}

function zshScript(profiles: readonly string[]): string {
  const plain = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&').replaceAll("'", "'\\''");
  const action = (spec: OptionSpec | ArgumentSpec): string => {
    const { words, files } = offer(spec, profiles);
    if (words.length > 0) return `(${words.join(' ')})`;
    return files === undefined ? ' ' : files === 'folder' ? '_files -/' : '_files';
  };
  const option = (spec: OptionSpec): string => {
    const names = spellings(spec);
    const value = spec.value === undefined ? '' : `:${spec.value}:${action(spec)}`;
    const repeat = spec.kind === 'list' ? '*' : names.length > 1 ? `(${names.join(' ')})` : '';
    const name = names.length > 1 ? `'{${names.join(',')}}'` : names[0]!;
    return `'${repeat}${name}[${plain(spec.description)}]${value}'`;
  };
  return [
    '#compdef tinyml',
    '_tinyml() {',
    '  local state line',
    '  local -a commands=(',
    ...COMMANDS.map((command) => `    '${command.name}:${plain(command.summary)}'`),
    '  )',
    `  _arguments -C ${[...GLOBAL_OPTIONS, HELP].map(option).join(' ')} '1:command:->command' '*::argument:->argument'`,
    '  case $state in',
    '    command) _describe command commands ;;',
    '    argument)',
    '      case $line[1] in',
    ...COMMANDS.map((command) => {
      const positional = command.arguments.map(
        (argument, i) => `'${i + 1}:${plain(argument.description)}:${action(argument)}'`,
      );
      return `        ${command.name}) _arguments ${[...optionsOf(command).map(option), ...positional].join(' ')} ;;`;
    }),
    '      esac ;;',
    '  esac',
    '}',
    'if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _tinyml "$@"; else compdef _tinyml tinyml; fi',
  ].join('\n');
}

function fishScript(profiles: readonly string[]): string {
  const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const values = (spec: OptionSpec | ArgumentSpec): string => {
    const { words, files } = offer(spec, profiles);
    const list = words.length === 0 ? '' : ` -a ${quoted(words.join(' '))}`;
    return `${files === undefined ? ' -f' : ' -F'}${list}`;
  };
  const line = (condition: string, rest: string): string =>
    `complete -c tinyml -n ${quoted(condition)} ${rest}`;
  const optionLine = (condition: string, option: OptionSpec): string => {
    const short = option.short === undefined ? '' : ` -s ${option.short}`;
    const value = option.kind === 'flag' ? '' : ` -r${values(option)}`;
    return line(condition, `-l ${option.name}${short}${value} -d ${quoted(option.description)}`);
  };
  return [
    '# fish completion for tinyml',
    'complete -c tinyml -f',
    ...COMMANDS.map((command) =>
      line('__fish_use_subcommand', `-a ${command.name} -d ${quoted(command.summary)}`),
    ),
    ...[...GLOBAL_OPTIONS, HELP].map((option) => optionLine('true', option)),
    ...COMMANDS.flatMap((command) => {
      const condition = `__fish_seen_subcommand_from ${command.name}`;
      return [
        ...command.options.map((option) => optionLine(condition, option)),
        ...command.arguments.map((argument) =>
          line(condition, `${values(argument).trim()} -d ${quoted(argument.description)}`),
        ),
      ];
    }),
  ].join('\n');
}
