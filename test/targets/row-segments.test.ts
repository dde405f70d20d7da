/** Random networks that run row by row, as bundles: on this machine and on emulated cores. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import type { Program } from '../../src/program/program.ts';
import { segmentOf } from '../../src/program/row-segments.ts';
import { rowwise } from '../../src/program/rowwise.ts';
import { verifyBundle } from '../../src/targets/cortex-m/verify.ts';
import { randomSegmentedNetwork, withSegment } from '../program/row-cuts.ts';
import { chainOfConvolutions } from '../program/row-networks.ts';
import { forge, withBundles } from './folder.ts';
import { smallBundle } from './small-model.ts';

/** All networks as one, one after the other. */
function together(programs: readonly Program[]): Program {
  const parts = programs.map((program, network) => {
    const before = programs.slice(0, network);
    const tensorsBefore = before.reduce((sum, { tensors }) => sum + tensors.length, 0);
    const stepsBefore = before.reduce((sum, { steps }) => sum + steps.length, 0);
    const moved = (ids: readonly number[]): readonly number[] => ids.map((id) => id + tensorsBefore);
    const ports = (own: Program['inputs']): Program['inputs'] =>
      own.map((port) => ({
        ...port,
        name: `n${network}_${port.name}`,
        tensor: port.tensor + tensorsBefore,
      }));
    return {
      tensors: program.tensors,
      inputs: ports(program.inputs),
      outputs: ports(program.outputs),
      steps: program.steps.map((step) => ({
        ...step,
        inputs: moved(step.inputs),
        constants: moved(step.constants),
        outputs: moved(step.outputs),
      })),
      loops: (program.loops ?? []).map(({ first, end, calls }) => ({
        first: first + stepsBefore,
        end: end + stepsBefore,
        calls: calls.map((call) => ({ ...call, step: call.step + stepsBefore })),
      })),
    };
  });
  return {
    name: 'rows',
    inputs: parts.flatMap(({ inputs }) => inputs),
    outputs: parts.flatMap(({ outputs }) => outputs),
    tensors: parts.flatMap(({ tensors }) => tensors),
    steps: parts.flatMap(({ steps }) => steps),
    loops: parts.flatMap(({ loops }) => loops),
  };
}

const NETWORKS = 24;

test(`${NETWORKS} random networks by rows give the bytes of the reference here and on five cores`, async () => {
  const random = seededRandom(21);
  const program = together(Array.from({ length: NETWORKS }, () => randomSegmentedNetwork(random)));
  assert.equal(program.loops!.length, NETWORKS);
  await withBundles([smallBundle({ program })], async (folder) => {
    const cores = ['m3', 'm4', 'm7', 'm33', 'm55'] as const;
    const result = await verifyBundle(folder!, { on: ['host', 'qemu'], cores, layers: true });
    assert.equal(result.bitExact, true, JSON.stringify(result.runs));
    assert.equal(result.runs.length, 6);
  });
});

test('of a loop whose rows are wrong the first layer is named', async () => {
  const whole = rowwise(chainOfConvolutions(seededRandom(26), 4));
  const segment = segmentOf(whole, 0, 4, 0)!;
  const program = withSegment(whole.program, { first: 0, end: 4, segment });
  const { name } = whole.program.steps[1]!;
  await withBundles([smallBundle({ program })], async (folder) => {
    // All forms of the second layer give codes that are one off.
    forge(folder!, 'small.c', (text) =>
      text.replace(
        new RegExp(
          `(: "${name}" \\*/\\nstatic const small_conv2d_s8_params [^}]*\\.output_offset = )(-?\\d+)`,
          'g',
        ),
        (_, head: string, offset: string) => `${head}${Number(offset) ^ 1}`,
      ),
    );
    const { bitExact, runs } = await verifyBundle(folder!, { on: ['host'], layers: true });
    assert.equal(bitExact, false);
    const { layer } = runs[0]!.vectors.find((vector) => vector.name === 'noise')!;
    const last = program.steps.findLastIndex((step) => step.name === name && step.kernel === 'conv2d_s8');
    assert.deepEqual(layer, { index: last, name, kernel: 'conv2d_s8' });
  });
});
