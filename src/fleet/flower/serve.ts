/** Runs a server of Flower: its SuperLink and the app of a fleet, started again where one of them dies. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endWithUs } from '../../diagnostics/child-processes.ts';
import { TinymlError } from '../../diagnostics/errors.ts';
import type { StrategySettings } from '../strategies/table.ts';
import { FLOWER_APP, type FlowerPython } from './python.ts';
import { type FleetStatus, readStatus } from './status.ts';

type ServeOptions = {
  readonly python: FlowerPython;
  /** Where the server keeps what outlives it; made where it is not there. */
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  readonly app: AppSettings;
  readonly signal: AbortSignal;
  /** How often it may be started again. */
  readonly restarts: number;
  readonly onStatus: (status: FleetStatus) => void;
  readonly onRestart: (why: string) => void;
};

/** As `pyproject.toml` of the app names them. */
type AppSettings = {
  readonly strategy: 'fedavg' | StrategySettings;
  readonly rounds: number;
  readonly steps: number;
  readonly lr: number;
  /** Nodes that must be there before the first round. */
  readonly nodes: number;
  /** Seconds that a round waits for. */
  readonly timeout: number;
  readonly seed: number;
  /** Length that an update of a node is clipped to; 0: as it is. */
  readonly clip: number;
  /** Standard deviation of the noise on the sum of updates, in clips; 0: none. */
  readonly noise: number;
  /** Of the epsilon that is told. */
  readonly delta: number;
};

/** The process in which a strategy decides. */
const COURSE = [process.execPath, fileURLToPath(new URL('./course-process.js', import.meta.url))];

const POLL_MS = 200;
const START_MS = 120_000;

/**
 * @returns what the app said last: all rounds, unless the signal came before
 * @throws TinymlError E_TOOLCHAIN where the server does not start or dies too often, E_FLEET
 */
export async function serveFleet(options: ServeOptions): Promise<FleetStatus | null> {
  const { folder, signal, restarts, onRestart } = options;
  mkdirSync(join(folder, 'flower'), { recursive: true });
  writeFileSync(
    join(folder, 'flower', 'config.toml'),
    `[superlink]\ndefault = "own"\n[superlink.own]\naddress = "${options.host}:${options.port}"\ninsecure = true\n`,
  );
  for (let attempt = 0; ; attempt++) {
    const generation = nextGeneration(folder);
    const superlink = startSuperlink(options);
    try {
      const why = await oneLife(options, superlink, generation);
      if (why === null || signal.aborted) return readStatus(folder);
      if (attempt >= restarts) throw diedTooOften(folder, why);
      onRestart(why);
    } finally {
      await endSuperlink(superlink.child);
    }
  }
}

type Superlink = { readonly child: ChildProcess; readonly isOver: () => boolean };

/** From the start of a SuperLink on. @returns null where all rounds are over, else why they are not */
async function oneLife(
  options: ServeOptions,
  { isOver }: Superlink,
  generation: number,
): Promise<string | null> {
  const { folder, host, port, signal, onStatus } = options;
  const start = performance.now();
  while (!(await isListening(host, port))) {
    if (isOver()) return 'the SuperLink ended as it began';
    if (performance.now() - start > START_MS) return 'the SuperLink does not listen';
    await sleep(POLL_MS);
    if (signal.aborted) return null;
  }
  if (isOver()) return 'the SuperLink ended as it began';
  submit(options, generation);
  const submitted = performance.now();
  let last = '';
  while (!signal.aborted) {
    if (isOver()) return 'the SuperLink died';
    const status = readStatus(folder);
    if (status?.generation === generation) {
      const text = JSON.stringify(status);
      if (text !== last) onStatus(status);
      last = text;
      if (status.state === 'finished') return null;
      if (!isAlive(status.pid)) return 'the server app died';
    } else if (performance.now() - submitted > START_MS) {
      return 'the server app did not start';
    }
    await sleep(POLL_MS);
  }
  return null;
}

/** A number of each start, by which an app finds out that it was replaced. */
function nextGeneration(folder: string): number {
  const path = join(folder, 'generation');
  let last = 0;
  try {
    last = Number.parseInt(readFileSync(path, 'utf8'), 10) || 0;
  } catch {
    // There was none before.
  }
  writeFileSync(path, `${last + 1}\n`);
  return last + 1;
}

function environment({ python, folder }: ServeOptions): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${python.scripts}${delimiter}${process.env.PATH ?? ''}`,
    FLWR_HOME: join(folder, 'flower'),
    FLWR_TELEMETRY_ENABLED: '0',
    FLWR_DISABLE_UPDATE_CHECK: '1',
    NO_COLOR: '1',
  };
}

function startSuperlink(options: ServeOptions): Superlink {
  const { python, folder, host, port } = options;
  const log = openSync(join(folder, 'superlink.log'), 'a');
  const child = spawn(
    join(python.scripts, 'flower-superlink'),
    ['--insecure', '--host', host, '--port', `${port}`, '--disable-runtime-dependency-installation'],
    { env: environment(options), stdio: ['ignore', log, log] },
  );
  const ended = endWithUs(child);
  let isOver = false;
  const end = (): void => {
    isOver = true;
    ended();
  };
  child.on('error', end);
  child.on('exit', end);
  return { child, isOver: () => isOver };
}

/** @throws TinymlError E_TOOLCHAIN with what Flower said */
function submit(options: ServeOptions, generation: number): void {
  const { python, folder, app } = options;
  const { strategy } = app;
  const kind = strategy === 'fedavg' ? strategy : strategy.kind;
  // Its values have quotes, which settings of an app have not.
  if (strategy !== 'fedavg')
    writeFileSync(join(folder, 'strategy.json'), JSON.stringify({ command: COURSE, strategy }));
  const settings = { ...app, strategy: kind, folder, generation };
  const config = Object.entries(settings).map(([key, value]) => `${key}=${tomlOf(key, value)}`);
  const { stdout, stderr, status } = spawnSync(
    join(python.scripts, 'flwr'),
    ['run', FLOWER_APP, 'own', '--format', 'json', '--run-config', config.join(' ')],
    { env: environment(options), encoding: 'utf8', timeout: START_MS },
  );
  if (status === 0 && /"success": true/.test(stdout)) return;
  throw new TinymlError('E_TOOLCHAIN', 'Flower does not take the app of the server', {
    at: `${stdout}${stderr}`
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(0, 12),
    hint: `see ${join(folder, 'superlink.log')}`,
  });
}

const FLOATS: readonly string[] = ['lr', 'timeout', 'clip', 'noise', 'delta'];

/** Numbers that the app takes as floats need a point. */
function tomlOf(key: string, value: string | number): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return FLOATS.includes(key) && Number.isInteger(value) ? `${value}.0` : `${value}`;
}

async function endSuperlink(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(timer);
}

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (is: boolean) => () => {
      socket.destroy();
      resolve(is);
    };
    socket.on('connect', end(true));
    socket.on('error', end(false));
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function diedTooOften(folder: string, why: string): TinymlError {
  return new TinymlError('E_TOOLCHAIN', `the server cannot be kept running: ${why}`, {
    at: folder,
    hint: `see ${join(folder, 'superlink.log')}`,
  });
}
