/**
 * Firmware in training, on emulated cores: every case of the tests (test/targets/trained-firmware.ts), 100 steps, parameters saved, reset
 * and loaded, and 100 more, every byte of the state held against the reference after each (docs/training-on-device.md). Rows of Markdown; other bytes end it.
 *
 *   npm run bench:training -- [--cores m4,m7,m55] [part of the name of a case ...]
 */
import { parseArgs } from 'node:util';
import { formatCount } from '../src/diagnostics/units.ts';
import type { BoardId } from '../src/targets/cortex-m/boards.ts';
import { verifyBundle } from '../src/targets/cortex-m/verify.ts';
import { withBundles } from '../test/targets/folder.ts';
import { CASES, classifier, RECONSTRUCTIONS, trainedBundle } from '../test/targets/trained-firmware.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { cores: { type: 'string', default: 'm4,m7,m55' } },
});
const cases = [
  ...[...CASES].map(([title, changes]) => [title, classifier, changes] as const),
  ...[...RECONSTRUCTIONS].map(
    ([title, [graph, changes]]) => [`auto-encoder: ${title}`, graph, changes] as const,
  ),
];
for (const [title, graph, changes] of cases) {
  if (positionals.length > 0 && !positionals.some((part) => title.includes(part))) continue;
  await withBundles([await trainedBundle(changes, 'stm32h743', graph())], async (folder) => {
    const { runs } = await verifyBundle(folder!, {
      on: ['host', 'qemu'],
      cores: flags.cores.split(',') as BoardId[],
      steps: 100,
    });
    for (const { core, bitExact, training, ramBytes, flashBytes } of runs) {
      if (!bitExact) throw new Error(`${title}: ${core} computes other bytes`);
      const costs = [training!.instructions, ramBytes, flashBytes].map((one) =>
        one === null ? '' : formatCount(one),
      );
      process.stdout.write(`| ${[title, core, `${training!.steps} steps`, ...costs].join(' | ')} |\n`);
    }
  });
}
