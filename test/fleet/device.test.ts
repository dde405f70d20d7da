/** Firmware on its serial line, compiled for this machine, against the gateway's side of it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openDataset } from '../../src/data/open.ts';
import { newKey, type Task } from '../../src/fleet/gateway/client.ts';
import { readJournal, writeJournal } from '../../src/fleet/gateway/journal.ts';
import { arrayOf } from '../../src/fleet/gateway/npy.ts';
import { perform } from '../../src/fleet/gateway/perform.ts';
import { parametersOf, sharedTensors, withParameters } from '../../src/fleet/gateway/record.ts';
import { type Device, type Line, openDevice } from '../../src/fleet/serial/device.ts';
import { startEmulated } from '../../src/fleet/serial/emulated.ts';
import { encodeFrame, takeFrames } from '../../src/fleet/serial/frame.ts';
import { packageRoot } from '../../src/package-root.ts';
import { loadFleetFirmware } from '../../src/targets/index.ts';
import type { FleetFirmware } from '../../src/targets/target.ts';

const root = packageRoot();
const folder = mkdtempSync(join(tmpdir(), 'tinyml-test-device-'));
const DATA = join(root, 'fixtures/fashion-mnist/calibration-images-idx3-ubyte');
let firmware: FleetFirmware;

before(async () => {
  const deployed = spawnSync(process.execPath, [
    ...[join(root, 'bin/tinyml.js'), 'deploy', join(root, 'fixtures/fashion-mnist/model.onnx')],
    ...['--training', '--scheme', 'last:1', '--data', DATA, '--calibration-size', '20'],
    ...['--target', 'stm32h743', '--name', 'wear', '-o', join(folder, 'wear')],
  ]);
  assert.equal(deployed.status, 0, String(deployed.stderr));
  firmware = await loadFleetFirmware(join(folder, 'wear'));
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** Two equal devices with ten samples and six tests, each behind a line as `through` makes it. */
async function withDevices(
  through: (line: Line) => Line,
  body: (devices: readonly Device[]) => Promise<void>,
  timeoutMs = 10_000,
): Promise<void> {
  const { shape, name } = firmware.input;
  const set = await openDataset(DATA, {
    ...{ inputShapes: [shape], inputNames: [name], labels: [], draw: true, seed: 1 },
    preprocess: firmware.input.preprocess!,
  });
  await firmware.emulate(async (device) => {
    const devices = await Promise.all(
      [0, 1].map((index) => {
        const indices = Array.from({ length: 16 }, (_, at) => 2 * at + index);
        const parts = [indices.slice(0, 10), indices.slice(10)].map((own) => ({ set, indices: own }));
        const { program, args } = device(parts[0]!, parts[1]!);
        return openDevice(through(startEmulated(program, args, `device ${index}`)), timeoutMs);
      }),
    );
    try {
      await body(devices);
    } finally {
      for (const one of devices) one.close();
    }
  });
}

test('frames are found between damaged ones, and none is longer than it may be', () => {
  const frame = { type: 4, sequence: 7, payload: Uint8Array.of(1, 2, 3) };
  const bytes = encodeFrame(frame);
  for (let at = 0; at < bytes.length; at++) {
    const damaged = bytes.with(at, bytes[at]! ^ 0x10);
    const { frames } = takeFrames(Buffer.concat([damaged, new Uint8Array(1100), bytes]));
    assert.deepEqual(frames.at(-1), frame, `byte ${at}`);
    assert.equal(frames.length, 1);
  }
  const { frames, rest } = takeFrames(bytes.subarray(0, -1));
  assert.deepEqual([frames.length, rest.length], [0, bytes.length - 1]);
});

test('a device learns what it is told, gives its parameters, and takes those of another', () =>
  withDevices(
    (line) => line,
    async ([first, second]) => {
      assert.deepEqual([first!.facts.samples, first!.facts.tests, first!.facts.steps], [10, 6, 0]);
      const fresh = await first!.save();
      assert.deepEqual(await second!.save(), fresh);
      const { made, refused } = await first!.train(0, 70, 0.01);
      assert.deepEqual([made, refused], [70, 0]);
      const learned = await first!.save();
      const shared = sharedTensors(firmware.state);
      assert.notDeepEqual(parametersOf(learned, shared), parametersOf(fresh, shared));
      await second!.load(withParameters(fresh, shared, parametersOf(learned, shared)));
      assert.deepEqual(parametersOf(await second!.save(), shared), parametersOf(learned, shared));
      assert.equal((await second!.evaluate(6)).made, 6);
      const damaged = learned.with(40, learned[40]! ^ 1);
      await assert.rejects(second!.load(damaged), { code: 'E_FLEET' });
      assert.deepEqual(parametersOf(await second!.save(), shared), parametersOf(learned, shared));
    },
  ));

test('a line that loses and changes bytes costs time, not steps', () => {
  let sent = 0;
  const noisy = (line: Line): Line => ({
    ...line,
    listen: (onBytes, onEnd) =>
      line.listen((bytes) => {
        sent++;
        onBytes(sent % 7 === 0 ? bytes.map((byte, at) => (at === 9 ? byte ^ 1 : byte)) : bytes);
      }, onEnd),
  });
  let clean: Uint8Array;
  return withDevices(
    (line) => line,
    async ([device]) => {
      await device!.train(0, 30, 0.01);
      clean = await device!.save();
    },
  ).then(() =>
    withDevices(
      noisy,
      async ([device]) => {
        await device!.train(0, 30, 0.01);
        assert.deepEqual(await device!.save(), clean);
      },
      500,
    ),
  );
});

test('a gateway answers with the mean of its devices, and with an error to what is no task of the model', () =>
  withDevices(
    (line) => line,
    async (devices) => {
      const shared = sharedTensors(firmware.state);
      const members = await Promise.all(
        devices.map(async (device) => ({ device, record: await device.save() })),
      );
      const parameters = parametersOf(members[0]!.record, shared);
      const task = taskOf(
        'train',
        new Map([...parameters].map(([name, values]) => [name, arrayOf(values)] as const)),
      );
      const { reply, members: after } = await perform(task, members, shared, 1);
      assert.ok(reply.kind === 'content');
      const metrics = reply.content.get('metrics');
      assert.ok(metrics?.kind === 'metrics');
      assert.deepEqual(metrics.metrics.get('num-examples'), { sint64: 24 });
      const arrays = reply.content.get('arrays');
      assert.ok(arrays?.kind === 'arrays');
      const [name, mean] = [...arrays.arrays][0]!;
      const each = after.map(({ record }) => parametersOf(record, shared).get(name)!);
      const codes = new Int8Array(mean.data.slice(-mean.shape[0]!));
      codes.forEach((code, at) => {
        const exact = (each[0]![at]! + each[1]![at]!) / 2;
        assert.ok(Math.abs(code - exact) < 1, `code ${at}: ${code} of ${exact}`);
      });
      // The journal gives back what was asked and what was answered.
      const path = join(folder, 'journal.json');
      const key = newKey();
      writeJournal(path, { key, work: { kind: 'task', task } });
      assert.deepEqual(
        JSON.stringify(readJournal(path)),
        JSON.stringify({ key, work: { kind: 'task', task } }),
      );
      for (const wrong of [taskOf('train', new Map()), taskOf('attack', new Map())]) {
        const refused = await perform(wrong, members, shared, 1);
        assert.ok(refused.reply.kind === 'error');
        assert.match(refused.reply.reason, /^E_FLEET/);
      }
    },
  ));

function taskOf(message_type: string, arrays: ReadonlyMap<string, ReturnType<typeof arrayOf>>): Task {
  const config = new Map([
    ['server-round', { sint64: '1' }],
    ['steps', { sint64: '12' }],
    ['lr', { double: 0.01 }],
  ]);
  return {
    metadata: {
      ...{ run_id: '1', message_id: 'a', src_node_id: '1', dst_node_id: '2', reply_to_message_id: '' },
      ...{ group_id: '1', ttl: 60, message_type, created_at: 1 },
    },
    content: new Map([
      ['arrays', { kind: 'arrays', arrays }],
      ['config', { kind: 'config', config }],
    ]),
  };
}
