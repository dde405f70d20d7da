import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { float, graphBuilder, int, ints, string } from '../../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../../src/graph/tensor.ts';
import { operators } from '../../../src/ops/index.ts';
import { packageRoot } from '../../../src/package-root.ts';
import { operatorRelease, unparsable } from '../../../src/targets/tensorrt/release/operators.ts';
import { isBefore, RELEASE_IDS } from '../../../src/targets/tensorrt/release/order.ts';
import type { Release, ReleaseId } from '../../../src/targets/tensorrt/release/release.ts';
import { RELEASES } from '../../../src/targets/tensorrt/release/release-table.ts';
import { floatGraph } from '../../passes/helpers.ts';

const release = (id: ReleaseId): Release => ({
  id,
  version: [8, 2, 1],
  opsetMax: 13,
  typing: 'weak',
  calibrator: true,
  integerWeights: false,
});

const NONE = [
  ...['ConvInteger', 'DynamicQuantizeLinear', 'MatMulInteger', 'QLinearConv', 'QLinearMatMul'],
  'tinyml::Requantise',
];

test('the table says of every operator that a graph can hold which release has it', () => {
  const without = [...operators.keys()].filter((op) => operatorRelease(op) === null);
  assert.deepEqual(without.sort(), NONE);
  const first = (id: ReleaseId) => [...operators.keys()].filter((op) => operatorRelease(op) === id);
  assert.equal(first('8.2').length, 119);
  assert.deepEqual(first('10.16'), ['RMSNormalization']);
});

test('releases are ordered, and nothing comes before what never came', () => {
  assert.deepEqual(
    RELEASE_IDS.map((id) => isBefore(id, '10.3')),
    [true, true, true, false, false, false, false],
  );
  assert.ok(RELEASE_IDS.every((id) => isBefore(id, null)));
});

test('everything that a release cannot parse is found at once, with the first release that can', () => {
  const graph = floatGraph((build) => {
    build.input('x', [1, 4, 8, 8]);
    build.node('HardSwish', ['x'], { name: 'a' });
    build.node('Gelu', ['a'], { name: 'b' });
    build.node('MaxPool', ['b'], {
      name: 'c',
      attributes: { kernel_shape: ints([2, 2]), dilations: ints([2, 2]) },
    });
    build.node('Relu', ['c'], { name: 'd' });
    build.output('d');
  });
  const found = (id: ReleaseId) =>
    unparsable(graph, release(id)).map(({ node, op, since }) => [node, op, since]);
  assert.deepEqual(found('8.2'), [
    ['a', 'HardSwish', '8.5'],
    ['b', 'Gelu', '10.3'],
    ['c', 'MaxPool', null],
  ]);
  assert.deepEqual(found('8.5'), [
    ['b', 'Gelu', '10.3'],
    ['c', 'MaxPool', null],
  ]);
  assert.deepEqual(found('11.4'), [['c', 'MaxPool', null]]);
  const [hardSwish] = unparsable(graph, release('8.2'));
  assert.equal(hardSwish!.reason, 'HardSwish came with 8.5');
  assert.equal(hardSwish!.instead, 'x * HardSigmoid(x)');
});

/** Reasons why the one node `y` of a graph is not parsed. */
const reasons = (id: ReleaseId, make: Parameters<typeof floatGraph>[0]): readonly string[] =>
  unparsable(floatGraph(make), release(id)).map(({ reason }) => reason);

test('forms of operators are told apart', () => {
  const resize = (mode: string, coordinates: string) => (id: ReleaseId) =>
    reasons(id, (build) => {
      build.input('x', [1, 2, 4, 4]);
      build.constant('scales', floatTensor([4], [1, 1, 2, 2]));
      build.node('Resize', ['x', '', 'scales'], {
        name: 'y',
        attributes: {
          mode: string(mode),
          coordinate_transformation_mode: string(coordinates),
          cubic_coeff_a: float(-0.75),
        },
      });
      build.output('y');
    });
  assert.deepEqual(resize('linear', 'half_pixel')('8.2'), []);
  assert.deepEqual(resize('cubic', 'half_pixel')('11.4'), ['mode "cubic"; nearest and linear are supported']);
  assert.deepEqual(resize('linear', 'half_pixel_symmetric')('11.4'), [
    'coordinate_transformation_mode "half_pixel_symmetric"',
  ]);

  const topK =
    (size: number, k: number, attributes: Record<string, ReturnType<typeof int>>) => (id: ReleaseId) =>
      reasons(id, (build) => {
        build.input('x', [1, size]);
        build.constant('k', int64Tensor([k]));
        build.node('TopK', ['x', 'k'], { name: 'y', attributes });
        build.output('y');
      });
  assert.deepEqual(topK(4000, 3839, {})('8.2'), []);
  assert.deepEqual(topK(4000, 3840, {})('11.4'), ['K is 3840; it must be less than 3840']);
  assert.deepEqual(topK(8, 2, { largest: int(0) })('8.2'), ['largest = 0 is read as largest = 1']);
  assert.deepEqual(topK(8, 2, { largest: int(0) })('8.5'), []);
  assert.deepEqual(topK(8, 2, { sorted: int(0) })('11.4'), ['sorted = 0']);
});

test('weights of one spatial axis behind Q and DQ need 8.5', () => {
  const conv = (quantized: boolean) => (id: ReleaseId) =>
    reasons(id, (build) => {
      build.input('x', [1, 2, 8]);
      build.constant('w', floatTensor([3, 2, 3], new Float32Array(18).fill(0.5)));
      build.input('v', [3, 2, 3]);
      build.node('Conv', ['x', quantized ? 'v' : 'w'], { name: 'y' });
      build.output('y');
    });
  assert.deepEqual(conv(false)('8.2'), []);
  assert.equal(conv(true)('8.2').length, 1);
  assert.deepEqual(conv(true)('8.5'), []);
});

test('element types that no tensor of TensorRT has are named', () => {
  const built = graphBuilder('types');
  built.input('x', [2], { dtype: 'int16' });
  built.node('Abs', ['x'], { name: 'y', shape: [2], dtype: 'int16' });
  built.output('y');
  assert.deepEqual(
    unparsable(built.build(), release('11.4')).map(({ node, reason }) => [node, reason]),
    [['y', 'a tensor of type int16']],
  );
});

test('docs/jetson-forms.md: the table of releases is that of the code', () => {
  const page = readFileSync(join(packageRoot(), 'docs', 'jetson-forms.md'), 'utf8');
  const [, section = ''] = page.split('## Operators and opsets\n');
  const rows = section.split('\n').filter((line) => /^\| (\d|none)/.test(line));
  const cells = rows.slice(0, RELEASES.length + 1).map((row) => row.split('|').map((cell) => cell.trim()));
  const ours = (op: string) => !op.startsWith('tinyml::');
  for (const [, id, , opset, names] of cells) {
    const since = id === 'none' ? null : id;
    const expected = [...operators.keys()].filter((op) => ours(op) && operatorRelease(op) === since).sort();
    if (id !== '8.2') assert.deepEqual(names!.split(', ').filter(Boolean).sort(), expected, `release ${id}`);
    assert.equal(Number(opset), RELEASES.find((one) => one.id === id)?.opsetMax ?? 0);
  }
  assert.equal(cells.length, RELEASES.length + 1);
});
