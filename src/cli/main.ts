/**
 * The command line: parses, loads the one command that was asked for, prints its result, and turns every failure
 * into one message and one exit status. Nothing but commander is loaded for --help.
 */
import { type ColorChoice, paintFor } from '../diagnostics/color.ts';
import { EXIT, TinymlError } from '../diagnostics/errors.ts';
import type { CommandModule, CommandResult } from './context.ts';
import type { DeferInterrupt } from './interrupts.ts';
import type { Options } from './options.ts';
import type { OutputFiles } from './output-files.ts';
import { type Call, parseCall } from './parse.ts';

/** How messages look; known from a first glance at the arguments, so that usage errors obey it too. */
type Style = { readonly json: boolean; readonly verbose: boolean; readonly color: ColorChoice };

/** @returns the exit status (docs/cli.md). */
export async function main(argv: readonly string[]): Promise<number> {
  ignoreClosedPipes();
  const style = glance(argv, process.env);
  try {
    const call = parseCall(argv);
    return call === null ? EXIT.ok : await runCommand(call);
  } catch (error) {
    return await reportError(error, style);
  }
}

async function runCommand(call: Call): Promise<number> {
  const { resolveOptions } = await import('./settings.ts');
  const options = resolveOptions(call.command, call.flags, process.env, process.cwd());
  const style: Style = {
    json: options.json === true,
    verbose: options.verbose === true,
    color: options.color as ColorChoice,
  };
  const { createOutputFiles } = await import('./output-files.ts');
  const outputs = createOutputFiles(options['dry-run'] === true);
  const { listenForInterrupts } = await import('./interrupts.ts');
  const interrupts = listenForInterrupts(() => stopNow(outputs, style));
  try {
    const result = await execute(call, options, outputs, style, interrupts.defer);
    outputs.commit();
    printResult(call.command.name, result, style);
    if (options['dry-run'] === true && options.quiet !== true) noteDryRun(outputs.written());
    if (result.failure) throw result.failure;
    return EXIT.ok;
  } catch (error) {
    return await reportError(error, style);
  } finally {
    outputs.cleanUp();
    interrupts.stopListening();
  }
}

async function execute(
  call: Call,
  options: Options,
  outputs: OutputFiles,
  style: Style,
  deferInterrupt: DeferInterrupt,
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
    deferInterrupt,
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

function noteDryRun(paths: readonly string[]): void {
  if (paths.length === 0) return;
  const [first] = paths;
  const others = paths.length === 1 ? '' : ` and ${paths.length - 1} more`;
  process.stderr.write(`dry run: nothing was written (without it: ${first}${others})\n`);
}

async function reportError(thrown: unknown, style: Style): Promise<number> {
  const { asTinymlError, errorJson, errorText } = await import('../report/print.ts');
  const error = asTinymlError(thrown);
  const paint = paintFor(process.stderr, style.color, process.env);
  process.stderr.write(style.json ? errorJson(error, style.verbose) : errorText(error, paint, style.verbose));
  return error.exitStatus;
}

/** Ends at once, leaving nothing half-written. */
function stopNow(outputs: OutputFiles, style: Style): void {
  outputs.cleanUp();
  void reportError(new TinymlError('E_INTERRUPTED', 'stopped; nothing was left half-written'), style).finally(
    () => process.exit(EXIT.interrupted),
  );
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
