import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphBuilder, perChannel, perTensor } from '../../src/graph/build.ts';
import type { Graph } from '../../src/graph/types.ts';
import { verifyGraph } from '../../src/graph/verify.ts';
import { lower } from '../../src/lower/lower.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { withActivationType } from '../../src/passes/activation-type.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';

/** Conv with a fused Relu, an Add of its input, and a mean: int8 at the border. */
function network(): Graph {
  const builder = graphBuilder('net');
  const x = builder.input('x', [1, 2, 4, 4], { quant: perTensor(0.02, -5), port: 'int8' });
  const weights = Int8Array.from({ length: 36 }, (_, i) => ((i * 37) % 255) - 127);
  const w = builder.constant(
    'w',
    { dtype: 'int8', shape: [2, 2, 3, 3], data: weights },
    perChannel([0.01, 0.03], 0),
  );
  const b = builder.constant(
    'b',
    { dtype: 'int32', shape: [2], data: Int32Array.of(70, -900) },
    perChannel([0.02 * 0.01, 0.02 * 0.03], 0, 'int32'),
  );
  const pads = { kind: 'ints', value: [1, 1, 1, 1] } as const;
  const conv = builder.node('Conv', [x, w, b], { shape: [1, 2, 4, 4], attributes: { pads } });
  const relu = builder.node('Relu', [conv], { shape: [1, 2, 4, 4], quant: perTensor(0.015, -128) });
  const sum = builder.node('Add', [relu, x], { shape: [1, 2, 4, 4], quant: perTensor(0.03, -9) });
  const mean = builder.node('GlobalAveragePool', [sum], { shape: [1, 2, 1, 1], quant: perTensor(0.01, 3) });
  builder.output(mean, { name: 'y', dtype: 'int8' });
  return verifyGraph(builder.build());
}

test('codes and zero points move by 128, scales and constants stay', () => {
  const before = network();
  const after = verifyGraph(withActivationType(before, 'uint8'));
  for (const [name, { quant }] of before.values) {
    const moved = after.values.get(name)!.quant;
    if (quant === null || before.constants.has(name)) assert.equal(moved, quant, name);
    else {
      assert.equal(moved!.dtype, 'uint8', name);
      assert.equal(moved!.zeroPoint[0], quant.zeroPoint[0]! + 128, name);
      assert.equal(moved!.scale, quant.scale, name);
    }
  }
  const types = [...after.inputs, ...after.outputs].map(({ dtype }) => dtype);
  assert.deepEqual(types, ['uint8', 'uint8'], 'ports take the codes as they are now');
  assert.deepEqual(withActivationType(after, 'int8'), before, 'and back');
});

test('a float border stays float', () => {
  const before = network();
  const float = { ...before, inputs: before.inputs.map((port) => ({ ...port, dtype: 'float32' as const })) };
  assert.equal(withActivationType(float, 'uint8').inputs[0]!.dtype, 'float32');
});

test('the uint8 file loads as the very Program of the int8 file', () => {
  const graph = network();
  const programOf = (variant: Graph) =>
    lower(prepareGraph(importModel(exportModel(variant), { path: 'model.onnx' }), { deadChannels: false }));
  assert.deepEqual(programOf(withActivationType(graph, 'uint8')), programOf(graph));
});
