import { TinymlError } from '../diagnostics/errors.ts';
import type { CommandModule, CommandResult, Context } from './context.ts';
import type { Options } from './options.ts';

/** What `tinyml fleet` does, each in a file of its own. */
const ACTIONS: Readonly<Record<string, () => Promise<CommandModule>>> = {
  simulate: () => import('./fleet-simulate.ts'),
  serve: () => import('./fleet-serve.ts'),
  join: () => import('./fleet-join.ts'),
  status: () => import('./fleet-status.ts'),
};

/** What an action takes, where none is given. */
const PLACES: Readonly<Record<string, string>> = {
  simulate: 'give the JSON file of a fleet',
  serve: 'give the folder of the server',
  join: 'give the folder of a bundle',
  status: 'give the folder of the server',
};

/** `tinyml fleet simulate|serve|join|status`: learning together. The action is checked already. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [action, place] = args as readonly [string, string | undefined];
  if (place === undefined) {
    throw new TinymlError('E_USAGE', `"fleet ${action}" needs a place`, {
      at: `fleet ${action}`,
      hint: PLACES[action]!,
    });
  }
  const { run: perform } = await ACTIONS[action]!();
  return perform([place], options, context);
}
