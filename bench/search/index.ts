/**
 * What `tinyml search` is worth on Fashion-MNIST within 64 KiB of RAM, 128 KiB of tables and 40 ms of a Cortex-M4 at 100 MHz:
 *
 * - plan: how long 2,000 candidates take;
 * - proxies: rank correlation of each proxy, and of its controls, with the accuracy of random candidates trained;
 * - accuracy: the pick and three hand-made networks, trained alike with three seeds, on the test images;
 * - instructions: those that the search predicts beside those that QEMU counts of the firmware, of random candidates.
 *
 *   npm run bench:search -- --data <folder of the IDX files> [--only plan,proxies,accuracy,instructions]
 *
 * A line of JSON for each thing that was measured.
 */
import { parseArgs } from 'node:util';
import { accuracy } from './accuracy.ts';
import { instructions } from './instructions.ts';
import { planning } from './planning.ts';
import { proxies } from './proxies.ts';

const PARTS = { plan: planning, proxies, accuracy, instructions } as const;

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string' },
    only: { type: 'string', default: Object.keys(PARTS).join(',') },
  },
});

for (const name of flags.only.split(',')) await PARTS[name as keyof typeof PARTS](flags.data ?? '.');
