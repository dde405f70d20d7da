/**
 * The MLPerf Tiny reference models on the TypeScript reference executor: output CRCs under TFLite's integer
 * semantics, arenas at the live peak, and exact dead-channel removal.
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
import { planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { type ProgramSummary, summariseProgram } from '../../src/program/summary.ts';
import { goldenVectors } from '../../src/targets/cortex-m/golden.ts';

const models = join(packageRoot(), '..', 'shared', 'models', 'mlperf-tiny');
const skip = existsSync(models) ? false : 'the MLPerf Tiny models are not on this machine';
const OPTIONS = { library: 'builtin', core: { dsp: true, mve: false } } as const;

/** CRC-32 of the int8 outputs for the zeros, ramp and noise inputs, and the arena in bytes. */
const GOLDEN = {
  ad: { crcs: [186786834, 4259026607, 1025140118], arena: 768 },
  kws: { crcs: [2037802557, 320016016, 306865166], arena: 16000 },
  ic: { crcs: [2953493496, 1606440634, 2467236902], arena: 49152 },
  vww: { crcs: [4001652998, 2429724054, 3438855875], arena: 55296 },
} as const;

for (const [name, { crcs, arena }] of Object.entries(GOLDEN)) {
  test(`${name}-int8 gives the golden bytes in an arena of ${arena} bytes`, { skip }, async () => {
    const model = await loadModel(join(models, `${name}-int8.onnx`));
    const program = lower(prepareGraph(model, { deadChannels: false }));
    const plan = planMemory(program, OPTIONS);
    assert.equal(plan.tensorLivePeakBytes, arena);
    assert.equal(plan.arenaBytes, arena + plan.scratchBytes);
    assert.deepEqual(
      goldenVectors(program, plan).map(({ outputs }) => crc32(outputs[0]!)),
      crcs,
    );
  });
}

test('dead-channel removal halves the work of vww and keeps every output byte', { skip }, async () => {
  const model = await loadModel(join(models, 'vww-int8.onnx'));
  const whole = lower(prepareGraph(model, { deadChannels: false }));
  const reduced = lower(prepareGraph(model, { deadChannels: true }));
  const cost = (program: Program): ProgramSummary => summariseProgram(program, planMemory(program, OPTIONS));
  assert.equal(cost(whole).macs, 7489664);
  assert.equal(cost(reduced).macs, 3733073);
  assert.equal(cost(whole).weightsBytes, 240960);
  assert.equal(cost(reduced).weightsBytes, 41542);
  const plan = planMemory(reduced, OPTIONS);
  assert.equal(plan.arenaBytes, GOLDEN.vww.arena, 'the peak lies before the first dead channel');
  assert.deepEqual(
    goldenVectors(reduced, plan).map(({ outputs }) => crc32(outputs[0]!)),
    GOLDEN.vww.crcs,
  );
});
