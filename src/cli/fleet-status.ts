import { TinymlError } from '../diagnostics/errors.ts';
import { readStatus } from '../fleet/flower/status.ts';
import { fleetText } from '../report/fleet.ts';
import type { CommandResult } from './context.ts';

/** `tinyml fleet status folder/`: rounds, nodes and accuracy so far. */
export async function run(args: readonly string[]): Promise<CommandResult> {
  const [folder] = args as readonly [string];
  const status = readStatus(folder);
  if (status !== null) return { json: { folder, ...status }, text: () => fleetText(status) };
  throw new TinymlError('E_FLEET', 'no server has said anything here', {
    at: folder,
    hint: 'give the folder of "tinyml fleet serve"',
  });
}
