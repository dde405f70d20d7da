import { availableParallelism } from 'node:os';
import { type Paint, plain } from '../diagnostics/color.ts';
import type { TinymlError } from '../diagnostics/errors.ts';
import { oneLine } from '../diagnostics/printable.ts';
import type { Progress } from '../diagnostics/progress.ts';
import { type Warning, type WarningCode, type WarningPlace, warning } from '../diagnostics/warnings.ts';
import { warningText } from '../report/print.ts';
import type { FileUses } from './file-uses.ts';
import type { DeferInterrupt } from './interrupts.ts';
import { flagOption, numberOption, type Options, requiredNumber } from './options.ts';
import type { Origins } from './origins.ts';
import type { OutputFiles } from './output-files.ts';

/** What a command gets besides its arguments and options. */
export type Context = {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly dryRun: boolean;
  /** Seed of everything random: same seed, same bytes. */
  readonly seed: number;
  readonly jobs: number;
  /** To stdout, while the command runs. */
  readonly print: (text: string) => void;
  /** Says something on stderr, unless --quiet. */
  readonly note: (line: string) => void;
  /** Says something on stderr with --verbose only. */
  readonly detail: (line: string) => void;
  /** Warns: on stderr unless --quiet, in the JSON document, and with --strict in the exit status. */
  readonly warn: (code: WarningCode, message: string, place?: WarningPlace) => void;
  /** All warnings so far. */
  readonly warnings: () => readonly Warning[];
  readonly progress: Progress;
  /** Style for the text of the result (stdout). */
  readonly paint: Paint;
  readonly outputs: OutputFiles;
  /** Tells of files that are read, beside those that an option names; before anything is written. @throws TinymlError E_USAGE */
  readonly reads: FileUses['reads'];
  /** All files and folders that the command reads, those that options name included: what decides its result. */
  readonly filesRead: FileUses['filesRead'];
  /** Is told of models and data as they are opened. */
  readonly origins: Pick<Origins, 'model' | 'data' | 'preprocess'>;
  readonly deferInterrupt: DeferInterrupt;
  readonly env: NodeJS.ProcessEnv;
};

/** What a command hands back. */
export type CommandResult = {
  /** Fields of the JSON document, beside `schema`, `command`, `warnings` and `provenance`. */
  readonly json: object;
  /** The same for people, without a newline at the end; a function where it is costly to make. */
  readonly text: string | (() => string);
  /** The figures that sum it up, which --quiet prints instead; absent where `text` is no more than that. */
  readonly brief?: string | (() => string);
  /** A check that said no (a gate, a mismatch): reported after the result has been printed. */
  readonly failure?: TinymlError | null;
};

/** What a file `src/cli/<name>.ts` exports. */
export type CommandModule = {
  readonly run: (args: readonly string[], options: Options, context: Context) => Promise<CommandResult>;
};

type ContextParts = {
  readonly options: Options;
  readonly env: NodeJS.ProcessEnv;
  /** To stdout. */
  readonly print: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly progress: Progress;
  readonly paintOut: Paint;
  readonly paintError: Paint;
  readonly outputs: OutputFiles;
  readonly reads: FileUses['reads'];
  readonly filesRead: FileUses['filesRead'];
  readonly origins: Context['origins'];
  readonly deferInterrupt: DeferInterrupt;
};

export function createContext(parts: ContextParts): Context {
  const {
    options,
    env,
    print,
    writeError,
    progress,
    paintOut,
    paintError,
    outputs,
    reads,
    filesRead,
    origins,
    deferInterrupt,
  } = parts;
  const json = flagOption(options, 'json');
  const quiet = flagOption(options, 'quiet');
  const verbose = flagOption(options, 'verbose');
  const say = (wanted: boolean, prefix: string) => (line: string) => {
    if (wanted) writeError(`${prefix}${oneLine(line)}\n`);
  };
  const warnings: Warning[] = [];
  return {
    json,
    quiet,
    verbose,
    dryRun: flagOption(options, 'dry-run'),
    seed: requiredNumber(options, 'seed'),
    jobs: numberOption(options, 'jobs') ?? availableParallelism(),
    print,
    note: say(!quiet, ''),
    detail: say(verbose && !quiet, ''),
    warn: (code, message, place) => {
      const one = warning(code, message, place);
      warnings.push(one);
      if (!quiet) writeError(warningText(one, paintError));
    },
    warnings: () => warnings,
    progress,
    paint: json ? plain : paintOut,
    outputs,
    reads,
    filesRead,
    origins,
    deferInterrupt,
    env,
  };
}
