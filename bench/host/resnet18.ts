/** ResNet-18 for 224x224 images (He et al., "Deep Residual Learning", 2016), batch norms folded, random weights. */
import { graphBuilder, int, ints } from '../../src/graph/build.ts';
import { elementCount, floatTensor } from '../../src/graph/tensor.ts';
import type { ImportedModel } from '../../src/graph/types.ts';
import { normals } from './random.ts';

/** Weights as He et al. initialise them ("Delving Deep into Rectifiers", 2015): variance 2 / inputs of a sum. */
export function resnet18(seed: number): ImportedModel {
  const builder = graphBuilder('resnet18');
  const next = normals(seed);
  let layer = 0;

  const weights = (name: string, shape: readonly number[], fanIn: number): string => {
    const deviation = Math.sqrt(2 / fanIn);
    const data = Float32Array.from({ length: elementCount(shape) }, () => deviation * next());
    return builder.constant(name, floatTensor(shape, data));
  };
  const conv = (x: string, from: number, to: number, size: number, stride: number): string => {
    const name = `conv${++layer}`;
    const pad = (size - 1) / 2;
    const attributes = {
      kernel_shape: ints([size, size]),
      strides: ints([stride, stride]),
      pads: ints([pad, pad, pad, pad]),
    };
    const w = weights(`${name}_weights`, [to, from, size, size], from * size * size);
    const bias = builder.constant(
      `${name}_bias`,
      floatTensor(
        [to],
        Float32Array.from({ length: to }, () => 0.1 * next()),
      ),
    );
    return builder.node('Conv', [x, w, bias], { name, attributes });
  };
  const relu = (x: string): string => builder.node('Relu', [x], { name: `${x}_relu` });
  const block = (x: string, from: number, to: number, stride: number): string => {
    const inner = conv(relu(conv(x, from, to, 3, stride)), to, to, 3, 1);
    const shortcut = stride === 1 && from === to ? x : conv(x, from, to, 1, stride);
    return relu(builder.node('Add', [inner, shortcut], { name: `add${layer}` }));
  };

  const stem = relu(conv(builder.input('input', [1, 3, 224, 224]), 3, 64, 7, 2));
  const pool = { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) };
  let x = builder.node('MaxPool', [stem], { name: 'pool', attributes: pool });
  let channels = 64;
  for (const width of [64, 128, 256, 512]) {
    x = block(x, channels, width, width === 64 ? 1 : 2);
    x = block(x, width, width, 1);
    channels = width;
  }
  const mean = builder.node('GlobalAveragePool', [x], { name: 'mean' });
  const flat = builder.node('Flatten', [mean], { name: 'flat' });
  const dense = weights('dense_weights', [1000, 512], 512);
  const bias = builder.constant('dense_bias', floatTensor([1000], new Float32Array(1000)));
  builder.output(
    builder.node('Gemm', [flat, dense, bias], { name: 'output', attributes: { transB: int(1) } }),
  );
  return builder.model();
}
