/** Firmware of a model that is quantised in part: every byte of every layer, and the instructions that were predicted. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { lower } from '../../src/lower/lower.ts';
import { importModel } from '../../src/onnx/import.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { emitBundle } from '../../src/targets/cortex-m/bundle.ts';
import { estimateOf } from '../../src/targets/cortex-m/estimate/index.ts';
import { fpuFailure, trainingFpuFailure } from '../../src/targets/cortex-m/float-layers.ts';
import { verifyBundle } from '../../src/targets/cortex-m/verify.ts';
import { loadCortexM } from '../cortex-m.ts';
import { withBundles } from './folder.ts';
import { bundleInput } from './small-model.ts';

const path = join(packageRoot(), 'fixtures', 'mixed', 'excluded.onnx');
const program = lower(prepareGraph(importModel(readFileSync(path), { path })));

test('a model that is quantised in part is bit-exact on host and boards, at the predicted cost', () =>
  withBundles(
    [emitBundle(bundleInput({ program, name: 'mixed', target: 'qemu-mps2-an386' }))],
    async (folder) => {
      const options = { on: ['host', 'qemu'], cores: ['m4', 'm7', 'm33', 'm55'], layers: true } as const;
      const { bitExact, runs, floatLayers } = await verifyBundle(folder!, options);
      assert.ok(bitExact);
      assert.deepEqual(floatLayers, ['conv2', 'y']);
      const counted = runs.filter(({ instructions }) => instructions !== null);
      assert.equal(counted.length, 4);
      for (const { machine, instructions } of counted) {
        const { instructions: predicted } = estimateOf(program, loadCortexM(`qemu-${machine}`), 'builtin')!;
        assert.ok(
          Math.abs(predicted / instructions! - 1) < 0.05,
          `${predicted} for ${instructions} on ${machine}`,
        );
      }
    },
  ));

test('cores without an FPU refuse it, and name the layers', () => {
  const profile = loadCortexM('rp2040');
  const failure = fpuFailure(program, profile);
  assert.equal(failure?.code, 'E_OP');
  assert.deepEqual(failure.at, ['layer "conv2" (conv2d_f32)', 'layer "y" (fully_connected_f32)']);
  assert.equal(estimateOf(program, profile, 'builtin'), null);
  assert.equal(fpuFailure(program, loadCortexM('stm32f411')), null);
  assert.match(
    trainingFpuFailure(profile)!.message,
    /a step of training .* in float32, for which rp2040 .* has no FPU/,
  );
  assert.equal(trainingFpuFailure(loadCortexM('stm32f411')), null);
  // Float32 at the border alone, and its copies, need no FPU.
  const border = { ...program, steps: program.steps.filter(({ kernel }) => !kernel.endsWith('_f32')) };
  assert.equal(fpuFailure(border, profile), null);
});
