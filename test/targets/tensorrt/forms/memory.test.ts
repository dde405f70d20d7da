import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TinymlError } from '../../../../src/diagnostics/errors.ts';
import { float, graphBuilder } from '../../../../src/graph/build.ts';
import { loadProfile } from '../../../../src/profiles/load.ts';
import type { JetsonProfile } from '../../../../src/profiles/types.ts';
import { requireMemory } from '../../../../src/targets/tensorrt/forms/memory.ts';
import { resolvePlatform } from '../../../../src/targets/tensorrt/release/platform.ts';
import { floatGraph, randomTensor } from '../../../passes/helpers.ts';

const platform = (id: string, precision: 'int8' | 'fp16' | 'fp32', workspace = 16 * 2 ** 20) =>
  resolvePlatform(loadProfile(id) as JetsonProfile, { precision, workspace });

/** A chain with a branch: x, a and b are alive at the sum, a and x before. */
const small = floatGraph((build) => {
  build.input('x', [1, 10, 10, 10]);
  build.constant('w', randomTensor([10, 10, 1, 1], 1));
  const a = build.node('Conv', ['x', 'w'], { name: 'a' });
  const b = build.node('LeakyRelu', [a], { name: 'b', attributes: { alpha: float(0.1) } });
  build.output(build.node('Add', [b, a], { name: 'c' }));
});

test('weights and values that are alive at once are counted in the precision of the platform', () => {
  const need = requireMemory(small, platform('jetson-orin-nano', 'fp16'));
  assert.deepEqual(
    { ...need, available: 0 },
    { weights: 200, activations: 3 * 1000 * 2, workspace: 16 * 2 ** 20, build: 400, available: 0 },
  );
  const wide = requireMemory(small, platform('jetson-orin-nano', 'fp32'));
  assert.deepEqual([wide.weights, wide.activations], [400, 3 * 1000 * 4]);
  const narrow = requireMemory(small, platform('jetson-orin-nano', 'int8'));
  assert.deepEqual([narrow.weights, narrow.activations], [100, 3 * 1000]);
});

test('a model that needs more than the module has is refused with the numbers', () => {
  const build = graphBuilder('large');
  build.input('x', [1, 8, 2 ** 12, 2 ** 12]);
  for (let i = 0, from = 'x'; i < 3; i++) {
    from = build.node('Relu', [from], { name: `relu${i}`, shape: [1, 8, 2 ** 12, 2 ** 12] });
    build.output(from);
  }
  const graph = build.build();
  assert.throws(
    () => requireMemory(graph, platform('jetson-nano-2gb', 'fp32')),
    (error: TinymlError) => {
      assert.equal(error.code, 'E_MEMORY');
      assert.match(error.message, /takes at least 1.52 GiB, .*2GB.* has 1.5 GiB for it/);
      assert.deepEqual(error.at.slice(1), ['values that are alive at once: 1.5 GiB', 'workspace: 16 MiB']);
      return true;
    },
  );
  requireMemory(graph, platform('jetson-agx-orin', 'fp32'));
});
