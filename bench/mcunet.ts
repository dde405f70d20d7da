/**
 * A network in the shape of mcunet-vww1 (inverted.ts) with seeded weights: instructions of one inference under QEMU, every output byte
 * compared.
 *
 *   npm run bench:mcunet [-- --core m7]
 */
import { parseArgs } from 'node:util';
import { coreFeatures } from '../src/profiles/cortex-m.ts';
import { stepMacs } from '../src/program/kernels/index.ts';
import { BOARDS, type BoardId } from '../src/targets/cortex-m/boards.ts';
import { packFor } from '../src/targets/cortex-m/pack/index.ts';
import { verifyBundle } from '../src/targets/cortex-m/verify.ts';
import { loadCortexM } from '../test/cortex-m.ts';
import { withBundles } from '../test/targets/folder.ts';
import { smallBundle } from '../test/targets/small-model.ts';
import { uniform, wholeWay } from '../test/whole-way/whole-way.ts';
import { INVERTED, invertedNetwork } from './inverted.ts';

const { values: flags } = parseArgs({ options: { core: { type: 'string', default: 'm7' } } });

const float = invertedNetwork(INVERTED.mcunet);
const { program } = await wholeWay(float, uniform(float, 4));
const core = flags.core as BoardId;
const target = `qemu-${BOARDS[core].machine}`;
const packed = packFor(program, 'builtin', coreFeatures(loadCortexM(target)));
const macs = packed.steps.reduce((sum, step) => sum + stepMacs(step), 0);
const kernels = [...new Set(packed.steps.map(({ kernel }) => kernel))].sort();
await withBundles([smallBundle({ program: packed, name: 'mcunet', target })], async (folder) => {
  const { runs } = await verifyBundle(folder!, { on: ['host', 'qemu'], cores: [core], layers: true });
  const { instructions, bitExact } = runs.at(-1)!;
  process.stdout.write(
    `${core}: ${macs} multiply-accumulates, ${instructions} instructions, ${bitExact ? 'every byte right' : 'WRONG'}; ${kernels.join(', ')}\n`,
  );
});
