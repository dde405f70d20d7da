/** Firmware that learns in a fleet, as devices that are emulated: compiled for this machine, each a process with samples of its own. */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { TinymlError } from '../../../diagnostics/errors.ts';
import type { FleetFirmware, SensorPart } from '../../target.ts';
import { buildProgram, hostTarget, writeFiles } from '../build.ts';
import type { ManifestPort } from '../manifest.ts';
import { type Bundle, readBundle } from '../read-bundle.ts';
import { withTemporaryFolder } from '../temporary-folder.ts';
import { requireTool } from '../toolchain.ts';
import { sampleBytes, writeSamples } from './learn-stream.ts';

const TIMEOUT_MS = 600_000;

/** @throws TinymlError E_FILE, E_BUNDLE for what is no bundle, or for firmware that speaks over no line */
export function fleetFirmware(folder: string): FleetFirmware {
  const bundle = readBundle(folder);
  const { name, library, training, inputs, input } = bundle.manifest;
  if (training === null || !bundle.files.has(mainOf(name)) || library !== 'builtin') {
    throw new TinymlError('E_BUNDLE', 'the bundle cannot learn in a fleet', {
      at: folder,
      hint: 'deploy it with --training and the builtin kernels, by this version',
    });
  }
  const [port] = inputs;
  return {
    name,
    input: {
      ...{ preprocess: input?.preprocess ?? null, labels: input?.labels ?? [], classes: training.classes },
      ...{ name: port!.name, shape: port!.onnxShape },
    },
    state: training.state,
    emulate: (body) =>
      withTemporaryFolder('fleet', async (work) => {
        const program = await build(bundle, work);
        let devices = 0;
        return body((samples, tests) => {
          const sensor = join(work, `sensor-${devices++}.bin`);
          writeFileSync(sensor, sensorBytes([samples, tests], port!));
          return { program, args: [sensor] };
        });
      }),
  };
}

function mainOf(name: string): string {
  return `${name}_serial.c`;
}

function build({ manifest, files }: Bundle, folder: string): Promise<string> {
  const { name, sources: library } = manifest;
  writeFiles(
    folder,
    Array.from(files, ([path, contents]) => ({ path, contents })),
  );
  const path = requireTool('cc');
  const compiler = { path, cwd: folder, timeoutMs: TIMEOUT_MS, jobs: availableParallelism() };
  const macro = name.toUpperCase();
  return buildProgram(
    hostTarget(compiler),
    { name, library, board: [], cmsisNn: null },
    {
      ...{ label: 'device', main: mainOf(name), support: [] },
      defines: [`-D${macro}_SERIAL`, `-D${macro}_SERIAL_HOST`],
    },
  );
}

/** Two words, samples and tests; then of each its class and what the model takes. */
function sensorBytes(parts: readonly SensorPart[], port: ManifestPort): Uint8Array {
  const count = parts.reduce((sum, { indices }) => sum + indices.length, 0);
  const bytes = new Uint8Array(8 + count * sampleBytes(port));
  const view = new DataView(bytes.buffer);
  parts.forEach(({ indices }, word) => {
    view.setUint32(4 * word, indices.length, true);
  });
  let at = 8;
  for (const { set, indices } of parts) if (set !== null) at = writeSamples(set, indices, port, bytes, at);
  return bytes;
}
