/**
 * The MLPerf Tiny reference models as C: the published output bytes here and on three emulated cores, and what the
 * firmware costs.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { lower } from '../../src/lower/lower.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { emitBundle } from '../../src/targets/cortex-m/bundle.ts';
import { estimateOf } from '../../src/targets/cortex-m/estimate/index.ts';
import { packFor } from '../../src/targets/cortex-m/pack/index.ts';
import { verifyBundle } from '../../src/targets/cortex-m/verify.ts';
import { loadCortexM } from '../cortex-m.ts';
import { withBundles } from './folder.ts';
import { bundleInput } from './small-model.ts';

const models = join(packageRoot(), '..', 'shared', 'models', 'mlperf-tiny');
const skip = existsSync(models) ? false : 'the MLPerf Tiny models are not on this machine';

/**
 * CRC-32 of the outputs for zeros, ramp and noise; most RAM, flash and instructions of the smallest firmware on a Cortex-M4, packed
 * for it, and most instructions on a Cortex-M55, packed for that.
 */
const GOLDEN = {
  ad: {
    crcs: [186786834, 4259026607, 1025140118],
    ...{ ram: 1_024, flash: 281_000, instructions: 290_000, vectors: 46_000 },
  },
  kws: {
    crcs: [2037802557, 320016016, 306865166],
    ...{ ram: 11_000, flash: 39_900, instructions: 3_300_000, vectors: 800_000 },
  },
  ic: {
    crcs: [2953493496, 1606440634, 2467236902],
    ...{ ram: 36_000, flash: 92_000, instructions: 12_000_000, vectors: 2_700_000 },
  },
  vww: {
    crcs: [4001652998, 2429724054, 3438855875],
    ...{ ram: 40_000, flash: 265_000, instructions: 9_500_000, vectors: 2_700_000 },
  },
} as const;

const CORES = [
  { features: { dsp: true, mve: false }, on: ['host', 'qemu'], cores: ['m4', 'm7'] },
  { features: { dsp: true, mve: true }, on: ['qemu'], cores: ['m55'] },
] as const;

for (const [name, most] of Object.entries(GOLDEN)) {
  test(`${name}-int8 as C gives the golden bytes on every core`, { skip }, async () => {
    const model = await loadModel(join(models, `${name}-int8.onnx`));
    const program = lower(prepareGraph(model, { deadChannels: false }));
    const [forDsp, forMve] = CORES.map(({ features }) => packFor(program, 'builtin', features));
    const inputs = [forDsp!, forMve!].map((one) =>
      bundleInput({ program: one, name, target: 'qemu-mps2-an386' }),
    );
    for (const { golden } of inputs) {
      const outputs = new Map(golden.map((vector) => [vector.name, vector.outputs[0]!]));
      assert.deepEqual(
        ['zeros', 'ramp', 'noise'].map((pattern) => crc32(outputs.get(pattern)!)),
        most.crcs,
      );
    }
    await withBundles(inputs.map(emitBundle), async (...bundles) => {
      const runs = [];
      for (const [i, { on, cores }] of CORES.entries()) {
        runs.push(...(await verifyBundle(bundles[i]!, { on, cores })).runs);
      }
      assert.deepEqual(
        runs.map(({ core, bitExact }) => [core, bitExact]),
        ['host', 'cortex-m4', 'cortex-m7', 'cortex-m55'].map((core) => [core, true]),
      );
      for (const { core, machine, instructions } of runs.slice(1)) {
        const run = core === 'cortex-m55' ? forMve! : forDsp!;
        const predicted = estimateOf(run, loadCortexM(`qemu-${machine}`), 'builtin')!.instructions;
        const error = Math.abs(predicted / instructions! - 1);
        assert.ok(error < 0.06, `${core}: ${instructions} instructions, predicted ${predicted}`);
      }
      const [, m4, , m55] = runs;
      assert.ok(m4!.ramBytes! <= most.ram, `${m4!.ramBytes} bytes of RAM, at most ${most.ram}`);
      assert.ok(m4!.flashBytes! <= most.flash, `${m4!.flashBytes} bytes of flash, at most ${most.flash}`);
      const counts = [m4!.instructions!, m55!.instructions!] as const;
      const isWithin = counts[0] <= most.instructions && counts[1] <= most.vectors;
      assert.ok(
        isWithin,
        `${counts.join(' and ')} instructions, at most ${most.instructions} and ${most.vectors}`,
      );
    });
  });
}
