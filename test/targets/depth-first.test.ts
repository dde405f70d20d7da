import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreFeatures } from '../../src/profiles/cortex-m.ts';
import { verifyBundle } from '../../src/targets/cortex-m/verify.ts';
import { loadCortexM } from '../cortex-m.ts';
import { plannedDepthFirst, smallTransformer } from '../program/looped.ts';
import { withBundles } from './folder.ts';
import { smallBundle } from './small-model.ts';

test('firmware whose rows run through several steps at a time computes every byte, here and on two cores', async () => {
  const core = coreFeatures(loadCortexM('stm32h743'));
  const { program } = plannedDepthFirst(await smallTransformer(12), { library: 'builtin', core });
  const files = smallBundle({ program });
  const source = files.find(({ path }) => path === 'small.c')!.contents as string;
  assert.equal(source.match(/for \(int32_t block = 0/g)?.length, program.loops!.length);
  await withBundles([files], async (folder) => {
    const result = await verifyBundle(folder!, { on: ['host', 'qemu'], cores: ['m4', 'm55'], layers: true });
    assert.equal(result.bitExact, true, JSON.stringify(result.runs));
    assert.equal(result.runs.length, 3);
  });
});
