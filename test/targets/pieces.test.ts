import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyBundle } from '../../src/targets/cortex-m/verify.ts';
import { chain } from '../program/programs.ts';
import { withBundles } from './folder.ts';
import { smallBundle } from './small-model.ts';

/** A bundle of so many steps, and the text of its model. */
function bundleOf(steps: number) {
  const files = smallBundle({ program: chain(Array.from({ length: steps + 1 }, () => 8)), name: 'lengthy' });
  return { files, text: String(files.find(({ path }) => path === 'lengthy.c')!.contents) };
}

test('few steps are one function, many are several, and every layer is run once and in order', async () => {
  assert.ok(!bundleOf(100).text.includes('run_piece'));
  const { files, text } = bundleOf(101);
  const invoke = text.slice(text.indexOf('void lengthy_invoke(void) {'));
  assert.match(invoke, /^void lengthy_invoke\(void\) \{\n {2}run_piece0\(\);\n {2}run_piece1\(\);\n\}/);
  assert.deepEqual(
    [...text.matchAll(/LAYER_DONE\((\d+),/g)].map(([, layer]) => Number(layer)),
    Array.from({ length: 101 }, (_, layer) => layer),
  );
  await withBundles([files], async (folder) => {
    const { bitExact } = await verifyBundle(folder!, { on: ['host'], layers: true });
    assert.equal(bitExact, true);
  });
});
