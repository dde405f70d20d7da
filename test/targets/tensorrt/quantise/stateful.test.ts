/** Models that carry something from frame to frame, quantised at the command line. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '../../../../src/numbers/random.ts';
import { tinyml } from '../../../cli/run.ts';
import { inFolder, smallData } from '../../../cli/small.ts';
import { floats, modelBytes, node, valueInfo } from '../../../onnx/models.ts';

/** Relu of "x" and what was, kept as "now" and read by the Conv "y". */
function stateful(): Uint8Array {
  const random = seededRandom(4);
  const weights = Array.from({ length: 144 }, () => random() - 0.5);
  const shape = [1, 1, 8, 8];
  return modelBytes(13, {
    node: [
      { ...node('Add', ['x', 'was'], ['sum']), name: 'sum' },
      { ...node('Relu', ['sum'], ['now']), name: 'now' },
      { ...node('Conv', ['now', 'w'], ['y'], { pads: [1, 1, 1, 1] }), name: 'y' },
    ],
    initializer: [floats('w', [16, 1, 3, 3], weights)],
    input: [valueInfo('x', shape), valueInfo('was', shape)],
    output: [valueInfo('y', null), valueInfo('now', shape)],
  });
}

test('errors of layers are measured where what a layer reads is state, too', () =>
  inFolder(async (folder) => {
    const path = (name: string): string => join(folder, name);
    writeFileSync(path('model.onnx'), stateful());
    writeFileSync(path('data.f32'), smallData(8));
    const args = ['quantize', path('model.onnx'), '-o', path('out.onnx'), '-d', path('data.f32'), '-n', '8'];
    const on = ['--target', 'jetson-orin-nano', '--jetpack', '6.2', '--per-layer-precision', 'int8'];
    const { status, stdout, stderr } = await tinyml([...args, ...on, '--state', 'was=now', '--json']);
    assert.equal(status, 0, stderr);
    const { layers } = JSON.parse(stdout) as { readonly layers: readonly { readonly name: string }[] };
    assert.ok(
      layers.some(({ name }) => name === 'sum' || name === 'now'),
      JSON.stringify(layers),
    );
  }));
