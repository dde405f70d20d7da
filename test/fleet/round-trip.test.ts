/**
 * Flower itself: a server and two gateways as processes on loopback, four emulated devices, beside a simulation of the same fleet. Its
 * SuperLink is killed on the way, then a gateway. Needs the Python of `scripts/python-packages.sh`; `npm test` says loudly where that is missing.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type FleetStatus, readStatus } from '../../src/fleet/flower/status.ts';
import { packageRoot } from '../../src/package-root.ts';

const root = packageRoot();
const python = join(process.env.TINYML_TEST_FLOWER ?? join(root, '.flower'), 'bin', 'python');
const skip = existsSync(join(python, '..', 'flower-superlink'))
  ? false
  : 'no Flower: sh scripts/python-packages.sh says why';
const folder = mkdtempSync(join(tmpdir(), 'tinyml-test-fleet-'));
const place = (name: string): string => join(folder, name);
const running = new Set<ChildProcess>();

before(() => {
  if (skip !== false) return;
  const write = join(root, 'fixtures/fashion-mnist/write-classes.ts');
  const made = spawnSync(process.execPath, ['--import', 'tsx', write, place('data'), '4,6'], { cwd: root });
  assert.equal(made.status, 0, String(made.stderr));
  const deployed = spawnSync(process.execPath, [
    ...[join(root, 'bin/tinyml.js'), 'deploy', join(root, 'fixtures/fashion-mnist/eight-classes.onnx')],
    ...[
      '--training',
      '--classes',
      '2',
      '--scheme',
      'last:1',
      '--data',
      place('data/train-images-idx3-ubyte'),
    ],
    ...['--calibration-size', '100', '--target', 'stm32h743', '--name', 'wear', '-o', place('wear')],
  ]);
  assert.equal(deployed.status, 0, String(deployed.stderr));
});

after(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

test('four devices behind two gateways learn, a killed SuperLink costs at most a round, a killed gateway none', {
  skip,
}, async () => {
  const port = await freePort();
  const served = tinyml('serve', [
    ...['serve', place('server'), '--python', python, '--port', `${port}`, '--nodes', '2'],
    ...['--rounds', '6', '--steps', '25', '--lr', '0.003', '--round-timeout', '5'],
  ]);
  const gateways = [1, 2].map((k) =>
    tinyml(`gateway ${k}`, [
      ...['join', place('wear'), '-d', place('data/train-images-idx3-ubyte')],
      ...['-e', place('data/test-images-idx3-ubyte'), '--devices', '2', '--share', `${k}/2`],
      ...['--server', `127.0.0.1:${port}`, '--journal', place(`gateway-${k}.json`)],
    ]),
  );
  const simulated = simulatedFleet();
  const before = await untilRounds(2, served);
  kill(superlinkOf(port));
  const restarted = await until(served, (status) => status.generation === 2);
  assert.ok(restarted.rounds.length >= before.rounds.length - 1, 'more than one round was lost');
  await untilRounds(restarted.rounds.length + 1, served);
  gateways[1]!.child.kill('SIGKILL');
  assert.equal(await served.ended, 0, served.said());
  assert.equal(await gateways[0]!.ended, 0, gateways[0]!.said());
  const { rounds, final } = readStatus(place('server'))!;
  assert.deepEqual(
    rounds.map(({ round }) => round),
    [1, 2, 3, 4, 5, 6],
  );
  assert.deepEqual(
    rounds.slice(0, 2).map(({ devices, tested }) => [devices, tested]),
    [
      [4, 200],
      [4, 200],
    ],
  );
  assert.equal(rounds.at(-1)!.devices, 2, 'the last round is carried on without the gateway');
  // 56.5 % of the tests are right at the start (docs/tutorial-learning.md).
  assert.equal(rounds[0]!.correct, 113);
  assert.ok(final!.tested === 100 && final!.accuracy! > 0.68, `it learned: ${final!.accuracy}`);
  const { messageBytes, points } = await simulated;
  for (const { sent, received, devices } of rounds) {
    assert.ok(isNear(sent / devices, messageBytes.down), `${sent / devices} bytes to a device`);
    assert.ok(isNear(received / devices, messageBytes.up), `${received / devices} bytes of a device`);
  }
  // What all devices tested, before any of them was away.
  const real = rounds.slice(0, 2).map(({ accuracy }) => accuracy!);
  assert.ok(real[1]! > real[0]! && points[1]! > points[0]!);
  for (const [at, accuracy] of real.entries()) assert.ok(isNear(accuracy, points[at]!), `${real}, ${points}`);
});

/** Within a tenth. */
const isNear = (real: number, simulated: number): boolean => Math.abs(real / simulated - 1) <= 0.1;

/** The same model, data, devices and steps on a virtual clock: two rounds. @returns accuracies of the models before, between and behind */
async function simulatedFleet(): Promise<{
  readonly messageBytes: { readonly up: number; readonly down: number };
  readonly points: readonly number[];
}> {
  const fleet = {
    model: join(root, 'fixtures/fashion-mnist/eight-classes.onnx'),
    ...{ data: 'data/train-images-idx3-ubyte', eval: 'data/test-images-idx3-ubyte' },
    training: { scheme: 'last:1', classes: 2, batchSize: 1, rate: 0.003 },
    wire: { up: 'int8', down: 'int8' },
    devices: [{ count: 4, stepSeconds: 0.1, up: 8000, down: 8000 }],
    strategies: [{ kind: 'bsp', steps: 25 }],
    limits: { seconds: 1000, updates: 8 },
    seed: 1,
  };
  writeFileSync(place('fleet.json'), JSON.stringify(fleet));
  const run = tinyml('simulation', ['simulate', place('fleet.json'), '--json', '--jobs', '1', '--quiet']);
  assert.equal(await run.ended, 0, run.said());
  const said = run.said();
  const { messageBytes, strategies } = JSON.parse(said.slice(said.indexOf('{'), said.lastIndexOf('}') + 1));
  const accuracies = strategies[0].points.map(({ accuracy }: { readonly accuracy: number }) => accuracy);
  return { messageBytes, points: accuracies };
}

type Run = {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly said: () => string;
};

function tinyml(name: string, args: readonly string[]): Run {
  const child = spawn(process.execPath, [join(root, 'bin/tinyml.js'), 'fleet', ...args], { cwd: folder });
  running.add(child);
  let text = `${name}:\n`;
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part) => {
      text += String(part);
    });
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (status) => {
      running.delete(child);
      resolve(status);
    });
  });
  return { child, ended, said: () => text };
}

const untilRounds = (count: number, run: Run): Promise<FleetStatus> =>
  until(run, ({ rounds }) => rounds.length >= count);

async function until(run: Run, holds: (status: FleetStatus) => boolean): Promise<FleetStatus> {
  for (;;) {
    const status = readStatus(place('server'));
    if (status !== null && holds(status)) return status;
    assert.equal(run.child.exitCode, null, run.said());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The process that listens for gateways, by its command line. */
function superlinkOf(port: number): number {
  const found = readdirSync('/proc').find((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return line.some((part) => part.endsWith('flower-superlink')) && line.includes(`${port}`);
    } catch {
      return false; // it has ended
    }
  });
  assert.ok(found !== undefined, 'no SuperLink runs');
  return Number(found);
}

function kill(pid: number): void {
  process.kill(pid, 'SIGKILL');
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => resolve(port));
    });
  });
}
