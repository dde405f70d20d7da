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
 * CRC-32 of the outputs for zeros, ramp and noise; most RAM, flash and instructions of the smallest firmware on a Cortex-M4, on a
 * Cortex-M55 and on a Cortex-M3, packed for each.
 */
const GOLDEN = {
  ad: {
    crcs: [186786834, 4259026607, 1025140118],
    m4: { ram: 1_024, flash: 275_000, instructions: 285_000 },
    m55: { ram: 1_024, flash: 275_000, instructions: 46_000 },
    m3: { ram: 1_024, flash: 275_000, instructions: 615_000 },
  },
  kws: {
    crcs: [2037802557, 320016016, 306865166],
    m4: { ram: 11_000, flash: 38_500, instructions: 2_850_000 },
    m55: { ram: 11_200, flash: 37_000, instructions: 745_000 },
    m3: { ram: 11_000, flash: 39_000, instructions: 5_700_000 },
  },
  ic: {
    crcs: [2953493496, 1606440634, 2467236902],
    m4: { ram: 36_000, flash: 92_000, instructions: 11_000_000 },
    m55: { ram: 36_000, flash: 92_000, instructions: 2_400_000 },
    m3: { ram: 36_000, flash: 92_000, instructions: 22_100_000 },
  },
  vww: {
    crcs: [4001652998, 2429724054, 3438855875],
    m4: { ram: 40_000, flash: 256_000, instructions: 8_600_000 },
    m55: { ram: 40_000, flash: 256_000, instructions: 2_400_000 },
    m3: { ram: 40_000, flash: 256_000, instructions: 16_400_000 },
  },
} as const;

const CORES = [
  { features: { dsp: true, mve: false }, on: ['host', 'qemu'], cores: ['m4', 'm7'] },
  { features: { dsp: true, mve: true }, on: ['qemu'], cores: ['m55'] },
  { features: { dsp: false, mve: false }, on: ['qemu'], cores: ['m3'] },
] as const;

for (const [name, most] of Object.entries(GOLDEN)) {
  test(`${name}-int8 as C gives the golden bytes on every core`, { skip }, async () => {
    const model = await loadModel(join(models, `${name}-int8.onnx`));
    const program = lower(prepareGraph(model, { deadChannels: false }));
    const packed = CORES.map(({ features }) => packFor(program, 'builtin', features));
    const [forDsp, forMve, forScalar] = packed;
    const inputs = packed.map((one) => bundleInput({ program: one, name, target: 'qemu-mps2-an386' }));
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
        ['host', 'cortex-m4', 'cortex-m7', 'cortex-m55', 'cortex-m3'].map((core) => [core, true]),
      );
      for (const { core, machine, instructions, stackBytes } of runs.slice(1)) {
        const run = core === 'cortex-m55' ? forMve! : core === 'cortex-m3' ? forScalar! : forDsp!;
        assert.ok(run !== forDsp || stackBytes! <= 512, `${core}: ${stackBytes} bytes of stack`);
        const predicted = estimateOf(run, loadCortexM(`qemu-${machine}`), 'builtin')!.instructions;
        const error = Math.abs(predicted / instructions! - 1);
        assert.ok(error < 0.06, `${core}: ${instructions} instructions, predicted ${predicted}`);
      }
      const [, m4, , m55, m3] = runs;
      for (const [run, limits] of [
        [m4!, most.m4],
        [m55!, most.m55],
        [m3!, most.m3],
      ] as const) {
        const { core, ramBytes, flashBytes, instructions } = run;
        const isWithin =
          ramBytes! <= limits.ram && flashBytes! <= limits.flash && instructions! <= limits.instructions;
        const taken = `${ramBytes} bytes of RAM, ${flashBytes} of flash, ${instructions} instructions`;
        assert.ok(isWithin, `${core}: ${taken}, at most ${JSON.stringify(limits)}`);
      }
    });
  });
}
