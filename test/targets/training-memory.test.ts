/** RAM of a training step of a network of inverted bottlenecks: what the frozen prefix takes, in what form, to the byte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INVERTED, invertedNetwork } from '../../bench/inverted.ts';
import { firmwareOptions, sparseScheme } from '../../bench/sparse-scheme.ts';
import { stepPacker } from '../../src/targets/cortex-m/training/prefix.ts';
import type { DeviceStep } from '../../src/train/compile/device.ts';
import type { Scheme } from '../../src/train/options.ts';
import { PLAIN_CORE, planStep } from '../../src/train/run/plan.ts';
import { settings } from '../train/networks.ts';

/** 80x80, three channels. */
const graph = invertedNetwork(INVERTED.mcunet);
const IMAGE = 80 * 80 * 3;
const LAST: Scheme = { kind: 'last', layers: 1 };

function planned(ranges: 'learned' | 'fixed', scheme: Scheme) {
  const seen: { whole?: DeviceStep; packed?: DeviceStep } = {};
  const pack = stepPacker(null, 1);
  const octo = { weights: 'int8', activations: 'affine', ranges } as const;
  const { memory, peak } = planStep(
    graph,
    settings({ method: 'octo', batchSize: 1, scheme, octo }),
    PLAIN_CORE,
    (whole) => {
      const packed = pack(whole);
      Object.assign(seen, { whole, packed });
      return packed;
    },
  );
  return { memory, peak, ...(seen as Required<typeof seen>) };
}

test('ranges that are fixed leave an image in codes and a few rows of what is made of it', () => {
  const learned = planned('learned', LAST);
  const fixed = planned('fixed', LAST);
  assert.equal(learned.peak.kernel, 'conv2d_sums_s8');
  assert.ok(fixed.packed.step.loops!.length > 0 && learned.packed.step.loops === undefined);
  // The input is what lies at the start, and is gone behind the prefix.
  const input = fixed.packed.step.inputs[0]!.tensor;
  const { dtype, shape } = fixed.packed.step.tensors[input]!;
  assert.deepEqual([dtype, shape], ['int8', [1, 80, 80, 3]]);
  assert.equal(fixed.memory.arenaBytes, IMAGE + 5812);
  assert.ok(learned.memory.arenaBytes > 10 * fixed.memory.arenaBytes);
});

test('sums of gradients that are computed twice stay where memory is free', () => {
  const shape = INVERTED['mcunet-128'];
  const network = invertedNetwork(shape);
  const seen: DeviceStep[] = [];
  const pack = stepPacker(null, 1);
  const { memory } = planStep(
    network,
    firmwareOptions(sparseScheme(network, shape.head), 'fixed'),
    PLAIN_CORE,
    (whole) => {
      seen.push(pack(whole));
      return seen[0]!;
    },
  );
  assert.equal(memory.arenaBytes, 127296);
  const kept = seen[0]!.step.steps.flatMap((step) =>
    step.kernel === 'conv2d_input_gradient_extent_s8' ? [step.params.kept] : [],
  );
  assert.deepEqual(kept, [132, 72, 139, 97, 158, 116, 121, 84, 0, 184, 130, 302]);
});

test('where everything is trained there is no prefix', () => {
  const { packed, whole } = planned('fixed', { kind: 'full' });
  assert.equal(packed, whole);
  assert.equal(packed.prefixSteps, 0);
});
