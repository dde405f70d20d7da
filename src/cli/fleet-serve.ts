import { resolve } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { flowerPython, requireAccountant } from '../fleet/flower/python.ts';
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
  if (requiredNumber(options, 'noise') > 0) requireAccountant(python);
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
      ...privacyOf(options),
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

/** @throws TinymlError E_USAGE for noise on updates of any length, and for strategies whose noise nobody has accounted for */
function privacyOf(options: Options): {
  readonly clip: number;
  readonly noise: number;
  readonly delta: number;
} {
  const [clip, noise, delta] = ['clip', 'noise', 'delta'].map((name) => requiredNumber(options, name));
  const wrong = (message: string, at: string, hint: string): never => {
    throw new TinymlError('E_USAGE', message, { at, hint });
  };
  if (noise! > 0 && clip === 0)
    wrong('noise hides nothing where updates have any length', '--noise', 'give --clip, too');
  if (clip! > 0 && requiredText(options, 'strategy') !== 'fedavg')
    wrong('only updates of whole rounds are clipped', '--clip', 'give --strategy fedavg');
  return { clip: clip!, noise: noise!, delta: delta! };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
