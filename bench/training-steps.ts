/**
 * Instructions of one training step on a device beside those of an inference of the same firmware: the network in the shape of the one that MCUNetV3
 * trains and its sparse scheme (sparse-scheme.ts), on emulated cores, every byte of the state held against the reference. Rows of Markdown
 * (docs/training-memory.md); other bytes end it.
 *
 *   npm run bench:training-steps -- [--cores m4,m7,m55] [--keep FOLDER]
 */
import { cpSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { formatCount } from '../src/diagnostics/units.ts';
import { seededRandom } from '../src/numbers/random.ts';
import { BOARDS, type BoardId } from '../src/targets/cortex-m/boards.ts';
import { trainingFirmware } from '../src/targets/cortex-m/training/firmware.ts';
import { verifyBundle } from '../src/targets/cortex-m/verify.ts';
import { deviceTraining } from '../src/train/run/device.ts';
import { loadCortexM } from '../test/cortex-m.ts';
import { withBundles } from '../test/targets/folder.ts';
import { INVERTED, invertedNetwork } from './inverted.ts';
import { firmwareOptions, sparseScheme } from './sparse-scheme.ts';

const { values: flags } = parseArgs({
  options: { cores: { type: 'string', default: 'm7' }, keep: { type: 'string' } },
});

const shape = INVERTED['mcunet-128'];
const graph = invertedNetwork(shape);
const options = firmwareOptions(sparseScheme(graph, shape.head), 'fixed');

/** Uniform in -1 .. 1. */
async function* images(count: number) {
  const random = seededRandom(5);
  for (let n = 0; n < count; n++) {
    const input = Float32Array.from({ length: 3 * shape.size ** 2 }, () => 2 * random() - 1);
    yield { inputs: [input], label: null };
  }
}
const programs = await deviceTraining(graph, options, images(4));
const contract = { preprocess: null, labels: [] };
for (const core of flags.cores.split(',') as BoardId[]) {
  const profile = loadCortexM(`qemu-${BOARDS[core].machine}`);
  const training = { programs, optimizer: options.optimizer, seed: 1, learningRate: 0.003 };
  const { files } = trainingFirmware(training, contract, profile, { library: 'builtin', seed: 1 }).bundle({
    ...{ name: 'net', source: { sha256: '0'.repeat(64), bound: new Map(), toolVersion: '0.0.0' } },
    ...{ samples: [], frames: 1, input: contract },
  });
  const bundle = [...files].map(([path, contents]) => ({ path, contents }));
  await withBundles([bundle], async (folder) => {
    if (flags.keep !== undefined) cpSync(folder!, `${flags.keep}-${core}`, { recursive: true });
    const { runs } = await verifyBundle(folder!, { on: ['host', 'qemu'], cores: [core], steps: 2 });
    for (const run of runs) {
      if (!run.bitExact) throw new Error(`${run.core} computes other bytes`);
      if (run.instructions === null) continue;
      const step = run.training!.instructions!;
      const costs = [run.instructions, step].map(formatCount);
      const ratio = (step / run.instructions).toFixed(2);
      process.stdout.write(
        `| ${[core, ...costs, ratio, formatCount(run.ramBytes!), formatCount(run.flashBytes!)].join(' | ')} |\n`,
      );
    }
  });
}
