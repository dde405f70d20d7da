/** The network whose features are coded where no bundled one is: three convolutions with batch normalisation. */

import { classifier, convolution, filled, type Maps } from '../../fixtures/layers.ts';
import { graphBuilder, ints } from '../../src/graph/build.ts';
import type { Graph } from '../../src/graph/types.ts';

const CLASSES = 10;

/** Where networks are cut: 32 channels at a quarter of the height and width of the image. */
export const CUT = 'pool2';

const [CHANNELS, SIDE] = [3, 32];

/** Untrained: raw pixels 0 .. 255 [1, 3, 32, 32] to probabilities [1, 10]. */
export function cifarNetwork(): Graph {
  const graph = graphBuilder('codec');
  const pool = (name: string, maps: Maps): Maps => {
    const [height, width] = [Math.floor(maps.height / 2), Math.floor(maps.width / 2)];
    const value = graph.node('MaxPool', [maps.value], {
      name,
      shape: [1, maps.channels, height, width],
      attributes: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) },
    });
    return { value, channels: maps.channels, height, width };
  };
  const image = graph.input('image', [1, CHANNELS, SIDE, SIDE]);
  const value = graph.node('Mul', [image, filled(graph, 'pixel', [], 1 / 255)], {
    name: 'pixels',
    shape: [1, CHANNELS, SIDE, SIDE],
  });
  const pixels = { value, channels: CHANNELS, height: SIDE, width: SIDE };
  const first = pool('pool1', convolution(graph, 'conv1', pixels, { to: 16, kernel: 3 }));
  const second = pool('pool2', convolution(graph, 'conv2', first, { to: 32, kernel: 3 }));
  classifier(graph, convolution(graph, 'conv3', second, { to: 48, kernel: 3 }), CLASSES);
  return graph.build();
}
