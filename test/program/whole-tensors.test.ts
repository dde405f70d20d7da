/** What is whole at the peak of a plan, and why. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeProto, TensorProto } from '../../src/onnx/proto.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { segmentOf, withSegments } from '../../src/program/row-segments.ts';
import { rowwise } from '../../src/program/rowwise.ts';
import { wholeAtPeak } from '../../src/program/whole-tensors.ts';
import { floats, node, valueInfo } from '../onnx/models.ts';
import { readModel, wholeWay } from '../whole-way/whole-way.ts';

const OPTIONS = { library: 'builtin', core: { dsp: true, mve: false }, overlap: true } as const;

const CHANNELS = 4;

/** Seeded weights of 1x1 windows for a convolution named after its output. */
function pointwise(input: string, output: string): readonly [NodeProto, TensorProto] {
  const values = Array.from({ length: CHANNELS ** 2 }, (_, i) => ((i * 7) % 11) / 11 - 0.5);
  return [
    node('Conv', [input, `${output}_w`], [output], { kernel_shape: [1, 1] }),
    floats(`${output}_w`, [CHANNELS, CHANNELS, 1, 1], values),
  ];
}

async function programOf(
  layers: readonly (readonly [NodeProto, TensorProto?])[],
  output: string,
): Promise<Program> {
  const graph = readModel({
    node: layers.map(([one]) => one),
    initializer: layers.flatMap(([, weights]) => (weights === undefined ? [] : [weights])),
    input: [valueInfo('x', [1, CHANNELS, 12, 12])],
    output: [valueInfo(output, null)],
  });
  return (await wholeWay(graph)).program;
}

function reasons(program: Program): ReadonlyMap<string, string> {
  const found = wholeAtPeak(program, { program, plan: planMemory(program, OPTIONS) });
  return new Map(found.map(({ tensor, why }) => [tensor, why]));
}

test('what a mean of all of it weighs is whole, and says so', async () => {
  const program = await programOf(
    [
      pointwise('x', 'a'),
      [node('GlobalAveragePool', ['a'], ['mean'])],
      pointwise('mean', 'gate'),
      [node('Mul', ['a', 'gate'], ['y'])],
    ],
    'y',
  );
  const why = [...reasons(program).values()].find((one) => one.includes('waits for'));
  assert.match(why ?? '', /^Mul\S* waits for GlobalAveragePool\S*, which pools all of it$/);
});

test('what is put into another order is whole; what is behind goes by rows', async () => {
  const program = await programOf(
    [pointwise('x', 'a'), [node('Transpose', ['a'], ['y'], { perm: [0, 1, 3, 2] })]],
    'y',
  );
  const why = [...reasons(program).values()].join('; ');
  assert.match(why, /^y puts elements into another order/);
});

test('buffers of loops are not whole', async () => {
  const whole = await programOf([pointwise('x', 'a'), pointwise('a', 'b'), pointwise('b', 'y')], 'y');
  const count = whole.steps.length;
  const segment = segmentOf(rowwise(whole), 0, count, 0);
  const program = withSegments(whole, [{ first: 0, end: count, segment }]);
  const found = wholeAtPeak(whole, { program, plan: planMemory(program, OPTIONS) });
  assert.deepEqual(
    new Set(found.map(({ why }) => why)),
    new Set(['an input of the model', 'an output of the model']),
  );
});
