/** `tinyml inspect` says what of a file is computed elsewhere than where it stands. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { floats, modelBytes, node, valueInfo } from '../onnx/models.ts';
import { inProcess } from './in-process.ts';
import { inFolder } from './small.ts';

/** A normalisation behind a layer, a constant product behind a Relu that no layer takes, and one more of each. */
function normalised(): Uint8Array {
  const named = (name: string, op: string, inputs: readonly string[], outputs: readonly string[]) => ({
    ...node(op, inputs, outputs),
    name,
  });
  const norm = (name: string, x: string, y: string) =>
    named(name, 'BatchNormalization', [x, 'gamma', 'beta', 'mean', 'variance'], [y]);
  return modelBytes(13, {
    node: [
      named('conv1', 'Conv', ['x', 'w'], ['a']),
      norm('bn1', 'a', 'b'),
      named('scaled', 'Mul', ['b', 'factor'], ['c']),
      named('relu1', 'Relu', ['c'], ['d']),
      norm('bn2', 'd', 'e'),
      named('relu2', 'Relu', ['e'], ['y']),
    ],
    initializer: [
      floats('w', [2, 1, 1, 1], [1, -2]),
      floats('factor', [2, 1, 1], [3, 4]),
      floats('gamma', [2], [1, 2]),
      floats('beta', [2], [0.5, -1]),
      floats('mean', [2], [0, 1]),
      floats('variance', [2], [1, 4]),
    ],
    input: [valueInfo('x', [1, 1, 4, 4])],
    output: [valueInfo('y', null)],
  });
}

test('nodes that went into the weights of a layer are named beside it, and counted', () =>
  inFolder(async (folder) => {
    const model = join(folder, 'model.onnx');
    writeFileSync(model, normalised());
    const { status, stdout, stderr } = await inProcess(['inspect', model]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^node +operator .* folded into it$/m);
    assert.match(stdout, /^conv1 +Conv .* bn1, scaled$/m);
    assert.match(stdout, /^bn2 +Conv +1x2x4x4 +32 +4$/m);
    assert.match(stdout, /^folded +BatchNormalization 1, Mul 1: part of the weights and biases of layers$/m);
    const { nodes } = JSON.parse((await inProcess(['inspect', model, '--json'])).stdout);
    assert.deepEqual(
      nodes.map(({ name, folded }: { name: string; folded: object[] }) => [name, folded]),
      [
        [
          'conv1',
          [
            { name: 'bn1', op: 'BatchNormalization' },
            { name: 'scaled', op: 'Mul' },
          ],
        ],
        ['relu1', []],
        ['bn2', []],
        ['relu2', []],
      ],
    );
  }));

test('a model of which nothing is folded has no column for it', () =>
  inFolder(async (folder) => {
    const model = join(folder, 'model.onnx');
    const relu = modelBytes(13, {
      node: [node('Relu', ['x'], ['y'])],
      input: [valueInfo('x', [1, 4])],
      output: [valueInfo('y', null)],
    });
    writeFileSync(model, relu);
    const { stdout } = await inProcess(['inspect', model]);
    assert.match(stdout, /^node +operator +output +MACs +parameters$/m);
    assert.doesNotMatch(stdout, /folded/);
  }));
