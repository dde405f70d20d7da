import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../src/numbers/random.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { draw, keyOf } from '../../src/search/candidate.ts';
import { networkOf } from '../../src/search/network.ts';
import { costOf } from '../../src/search/oracle.ts';
import { loadEmitter } from '../../src/targets/index.ts';
import { BUDGET, SPACE, say } from './setup.ts';

const NETWORKS = 20;
/** A Cortex-M4 that QEMU emulates. */
const BOARD = 'qemu-mps2-an386';

/** What the search predicts of random candidates, beside what their firmware takes under QEMU, deployed and verified as a user does. */
export async function instructions(folder: string): Promise<void> {
  const { assess } = await loadEmitter(BOARD);
  const random = seededRandom(21);
  const work = mkdtempSync(join(tmpdir(), 'tinyml-search-'));
  const errors: number[] = [];
  try {
    const pixels = join(work, 'pixels.json');
    writeFileSync(pixels, JSON.stringify({ scale: 1 / 255 }));
    for (let i = 0; i < NETWORKS; i++) {
      const width = SPACE.widths[i % SPACE.widths.length]!;
      const candidate = draw(SPACE, SPACE.sizes[0]!, width, random);
      const model = networkOf(SPACE, candidate);
      const asked = { library: 'builtin', seed: 1 } as const;
      const predicted = costOf(assess!, model, { ...BUDGET, latencyMs: null }, asked).instructions!;
      const [file, bundle] = [join(work, `${i}.onnx`), join(work, `${i}`)];
      writeFileSync(file, exportModel(prepareGraph(model, { deadChannels: false })));
      const data = join(folder, 't10k-images-idx3-ubyte');
      const reading = ['--data', data, '-n', '16', '--preprocess', pixels];
      run('deploy', file, '--target', BOARD, '-o', bundle, '--keep-dead-channels', ...reading);
      const { verify } = JSON.parse(run('verify', bundle, '--on', 'qemu', '--json'));
      const counted: number = verify.runs[0].instructions;
      const error = predicted / counted - 1;
      errors.push(Math.abs(error));
      say({ part: 'instructions', key: keyOf(candidate), predicted, counted, error });
    }
  } finally {
    rmSync(work, { recursive: true });
  }
  const sorted = errors.toSorted((a, b) => a - b);
  say({ part: 'instructions', networks: NETWORKS, median: sorted[NETWORKS / 2], worst: sorted.at(-1) });
}

function run(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(packageRoot(), 'bin', 'tinyml.js'), ...args],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  if (status !== 0) throw new Error(`tinyml ${args.join(' ')}: ${stderr}`);
  return stdout;
}
