/**
 * The command line: parses, runs the one command that was asked for, and turns every failure into one message and one
 * exit status. Nothing but commander is loaded for --help.
 */
import { type ColorChoice, paintFor } from '../diagnostics/color.ts';
import { EXIT } from '../diagnostics/errors.ts';
import type { Style } from './host.ts';
import { interrupted, onSignals } from './interrupts.ts';
import { parseCall } from './parse.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/** @returns the exit status (docs/cli.md). */
export async function main(argv: readonly string[]): Promise<number> {
  const terminal = createTerminal();
  const style = glance(argv, process.env);
  const stopListening = onSignals(() => {
    void report(interrupted(), style, terminal).then((status) => process.exit(status));
  });
  const status = await run(argv, style, terminal, stopListening);
  await terminal.drained();
  const failure = terminal.failure();
  if (failure === null) return status;
  const { writeError } = await import('./output-files.ts');
  return report(writeError('standard output', failure), style, terminal);
}

/** @param begun called when the command hears signals itself, or there is none */
async function run(
  argv: readonly string[],
  style: Style,
  terminal: Terminal,
  begun: () => void,
): Promise<number> {
  try {
    const call = parseCall(argv, terminal.print);
    if (call === null) return EXIT.ok;
    const { supervise } = await import('./supervise.ts');
    const status = supervise(call, style, terminal);
    begun();
    return await status;
  } catch (thrown) {
    return await report(thrown, style, terminal);
  } finally {
    begun();
  }
}

async function report(thrown: unknown, style: Style, terminal: Terminal): Promise<number> {
  const { asTinymlError, errorJson, errorText } = await import('../report/print.ts');
  const error = asTinymlError(thrown);
  const paint = paintFor(process.stderr, style.color, process.env);
  terminal.say(style.json ? errorJson(error, style.verbose) : errorText(error, paint, style.verbose));
  await terminal.drained();
  return error.exitStatus;
}

/** How messages look, from a first glance at the arguments, so that usage errors obey it too. */
function glance(argv: readonly string[], env: NodeJS.ProcessEnv): Style {
  const has = (...names: readonly string[]): boolean => names.some((name) => argv.includes(name));
  const color = /--color[= ](always|never)/.exec(argv.join(' '))?.[1];
  return {
    json: has('--json') || /^(1|true|yes)$/i.test(env.TINYML_JSON ?? ''),
    verbose: has('--verbose', '-v'),
    color: (color ?? 'auto') as ColorChoice,
  };
}
