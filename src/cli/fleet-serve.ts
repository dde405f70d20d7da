import { resolve } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { flowerPython } from '../fleet/flower/python.ts';
import { serveFleet } from '../fleet/flower/serve.ts';
import type { FleetStatus } from '../fleet/flower/status.ts';
import { type StrategySettings, usualSettings } from '../fleet/strategies/table.ts';
import { fleetText, roundText } from '../report/fleet.ts';
import type { CommandResult, Context } from './context.ts';
import { type Options, requiredNumber, requiredText } from './options.ts';

/** How often a server that died is started again before it is given up. */
const RESTARTS = 20;

/** `tinyml fleet serve folder/`: a server of Flower and the app of a fleet, until all rounds are over. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [place] = args as readonly [string];
  const folder = resolve(place);
  const python = flowerPython(requiredText(options, 'python'));
  const host = requiredText(options, 'host');
  if (!isLoopback(host)) {
    context.warn(
      'W_LISTENS',
      `the server listens on ${host}: anybody there may join, and nothing is encrypted`,
      {
        at: '--host',
        hint: 'put it behind a tunnel or a proxy that knows who comes',
      },
    );
  }
  const { signal, end } = context.deferInterrupt();
  const said = { rounds: 0, state: '' };
  const onStatus = (status: FleetStatus): void => {
    if (status.state !== said.state) context.note(`${status.state}, ${status.nodes} nodes`);
    for (const one of status.rounds.slice(said.rounds)) context.note(roundText(one, status.of));
    said.rounds = status.rounds.length;
    said.state = status.state;
  };
  const status = await serveFleet({
    ...{ python, folder, host, signal, restarts: RESTARTS, onStatus },
    port: requiredNumber(options, 'port'),
    app: {
      strategy: strategyOf(options),
      rounds: requiredNumber(options, 'rounds'),
      steps: requiredNumber(options, 'steps'),
      lr: requiredNumber(options, 'lr'),
      nodes: requiredNumber(options, 'nodes'),
      timeout: requiredNumber(options, 'round-timeout'),
      seed: context.seed,
    },
    onRestart: (why) => context.note(`${why}: started again from the last round`),
  });
  end();
  if (status?.state === 'finished') return { json: { folder, ...status }, text: () => fleetText(status) };
  throw new TinymlError('E_INTERRUPTED', 'stopped; the same command goes on from the last round', {
    at: folder,
  });
}

/** Federated averaging waits for all, and is the one that goes on without those that are silent. */
function strategyOf(options: Options): 'fedavg' | StrategySettings {
  const kind = requiredText(options, 'strategy') as 'fedavg' | Parameters<typeof usualSettings>[0];
  if (kind === 'fedavg') return kind;
  return usualSettings(kind, requiredNumber(options, 'steps'), requiredNumber(options, 'nodes'));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
