/** Networks as PyTorch exports them, with random weights and few channels: the placement of pairs does not see either. */
import { type GraphBuilder, int, ints, string } from '../../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../../src/graph/tensor.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { seededRandom } from '../../../src/numbers/random.ts';
import { floatGraph } from '../../passes/helpers.ts';

type Layers = {
  readonly b: GraphBuilder;
  readonly conv: (x: string, inputs: number, outputs: number, kernel?: number, stride?: number) => string;
  readonly gemm: (x: string, inputs: number, outputs: number) => string;
};

function layersOf(b: GraphBuilder): Layers {
  const random = seededRandom(5);
  let count = 0;
  const weights = (shape: readonly number[], fan: number): string => {
    const length = shape.reduce((product, dim) => product * dim, 1);
    const data = Array.from({ length }, () => (random() * 2 - 1) * Math.sqrt(6 / fan));
    return b.constant(`w${count++}`, floatTensor(shape, data));
  };
  return {
    b,
    conv: (x, inputs, outputs, kernel = 3, stride = 1) => {
      const operands = [
        weights([outputs, inputs, kernel, kernel], inputs * kernel ** 2),
        weights([outputs], 6),
      ];
      const pad = Math.floor(kernel / 2);
      const attributes = { pads: ints([pad, pad, pad, pad]), strides: ints([stride, stride]) };
      return b.node('Conv', [x, ...operands], { name: `conv${count}`, attributes });
    },
    gemm: (x, inputs, outputs) =>
      b.node('Gemm', [x, weights([outputs, inputs], inputs), weights([outputs], 6)], {
        name: `gemm${count}`,
        attributes: { transB: int(1) },
      }),
  };
}

const shaped = (b: GraphBuilder, x: string, shape: readonly number[]): string =>
  b.node('Reshape', [x, b.constant(`${x}_shape`, int64Tensor(shape))]);

/** ResNet-18 of a quarter of the channels, on 32 x 32 images. */
export function resnet18(): Graph {
  return floatGraph((b) => {
    const { conv, gemm } = layersOf(b);
    const relu = (x: string): string => b.node('Relu', [x]);
    const stem = relu(conv(b.input('x', [1, 3, 32, 32]), 3, 16, 7, 2));
    const pool = { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) };
    let x = b.node('MaxPool', [stem], { attributes: pool });
    let channels = 16;
    for (const outputs of [16, 32, 64, 128]) {
      for (const block of [0, 1]) {
        const stride = block === 0 && outputs > 16 ? 2 : 1;
        const branch = conv(relu(conv(x, channels, outputs, 3, stride)), outputs, outputs);
        const skip = stride === 2 ? conv(x, channels, outputs, 1, 2) : x;
        x = relu(b.node('Add', [branch, skip]));
        channels = outputs;
      }
    }
    const mean = b.node('GlobalAveragePool', [x]);
    b.output(gemm(b.node('Flatten', [mean]), channels, 10), { name: 'y' });
  });
}

/** A detector of the class of YOLOv8n, on 32 x 32 images: C2f blocks, SPPF, a path up and down, heads with DFL, boxes decoded. */
export function yolo(): Graph {
  return floatGraph((b) => {
    const { conv } = layersOf(b);
    const unit = (...args: Parameters<typeof conv>): string => {
      const x = conv(...args);
      return b.node('Mul', [x, b.node('Sigmoid', [x])]);
    };
    const concat = (parts: readonly string[], axis = 1): string =>
      b.node('Concat', parts, { attributes: { axis: int(axis) } });
    const split = (x: string, sizes: readonly number[], axis: number): readonly string[] => {
      let start = 0;
      return sizes.map((size, i) => {
        const bounds = [start, (start += size)].map((bound, end) =>
          b.constant(`${x}_${i}_${end}`, int64Tensor([bound])),
        );
        return b.node('Slice', [x, ...bounds, b.constant(`${x}_${i}_axis`, int64Tensor([axis]))]);
      });
    };
    /** Cross-stage block with one bottleneck. */
    const c2f = (x: string, inputs: number, outputs: number, shortcut: boolean): string => {
      const half = outputs / 2;
      const [left, right] = split(unit(x, inputs, outputs, 1), [half, half], 1);
      const inner = unit(unit(right!, half, half), half, half);
      const last = shortcut ? b.node('Add', [right!, inner]) : inner;
      return unit(concat([left!, right!, last]), 3 * half, outputs, 1);
    };
    const up = (x: string): string =>
      b.node('Resize', [x, '', b.constant(`${x}_scales`, floatTensor([4], [1, 1, 2, 2]))], {
        attributes: {
          mode: string('nearest'),
          coordinate_transformation_mode: string('asymmetric'),
          nearest_mode: string('floor'),
        },
      });

    const p2 = c2f(unit(unit(b.input('x', [1, 3, 32, 32]), 3, 16, 3, 2), 16, 32, 3, 2), 32, 32, true);
    const p3 = c2f(unit(p2, 32, 64, 3, 2), 64, 64, true);
    const p4 = c2f(unit(p3, 64, 128, 3, 2), 128, 128, true);
    const p5 = c2f(unit(p4, 128, 256, 3, 2), 256, 256, true);
    let pooled = unit(p5, 256, 128, 1);
    const pyramid = [pooled];
    const pool = { kernel_shape: ints([5, 5]), pads: ints([2, 2, 2, 2]), strides: ints([1, 1]) };
    for (let i = 0; i < 3; i++) pyramid.push((pooled = b.node('MaxPool', [pooled], { attributes: pool })));
    const sppf = unit(concat(pyramid), 512, 256, 1);
    const n4 = c2f(concat([up(sppf), p4]), 384, 128, false);
    const n3 = c2f(concat([up(n4), p3]), 192, 64, false);
    const d4 = c2f(concat([unit(n3, 64, 64, 3, 2), n4]), 192, 128, false);
    const d5 = c2f(concat([unit(d4, 128, 128, 3, 2), sppf]), 384, 256, false);

    const levels = [n3, d4, d5].map((x, i) => {
      const [inputs, cells] = [64 << i, (4 >> i) ** 2];
      const box = conv(unit(unit(x, inputs, 64), 64, 64), 64, 64, 1);
      const classes = conv(unit(unit(x, inputs, 64), 64, 64), 64, 80, 1);
      return shaped(b, concat([box, classes]), [1, 144, cells]);
    });
    const all = concat(levels, 2);
    const [boxes, classes] = split(all, [64, 80], 1);
    const bins = b.node('Transpose', [shaped(b, boxes!, [1, 4, 16, 21])], {
      attributes: { perm: ints([0, 2, 1, 3]) },
    });
    const soft = b.node('Softmax', [bins], { attributes: { axis: int(1) } });
    const project = b.constant(
      'dfl',
      floatTensor(
        [1, 16, 1, 1],
        Array.from({ length: 16 }, (_, i) => i),
      ),
    );
    const distances = shaped(b, b.node('Conv', [soft, project], { name: 'dfl_conv' }), [1, 4, 21]);
    const [near, far] = split(distances, [2, 2], 1);
    const anchors = b.constant(
      'anchors',
      floatTensor(
        [1, 2, 21],
        Array.from({ length: 42 }, (_, i) => i % 8),
      ),
    );
    const corners = [b.node('Sub', [anchors, near!]), b.node('Add', [anchors, far!])];
    b.output(concat([...corners, b.node('Sigmoid', [classes!])]), { name: 'y' });
  });
}

/** A U-Net of three levels, on 32 x 32 images. */
export function unet(): Graph {
  return floatGraph((b) => {
    const { conv } = layersOf(b);
    const unit = (...args: Parameters<typeof conv>): string => b.node('Relu', [conv(...args)]);
    const down = (x: string): string =>
      b.node('MaxPool', [x], { attributes: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) } });
    const up = (x: string, inputs: number, outputs: number): string => {
      const count = inputs * outputs * 4;
      const w = floatTensor(
        [inputs, outputs, 2, 2],
        Array.from({ length: count }, (_, i) => ((i % 7) - 3) / 20),
      );
      const attributes = { kernel_shape: ints([2, 2]), strides: ints([2, 2]) };
      return b.node('ConvTranspose', [x, b.constant(`${x}_up`, w)], { attributes });
    };
    const a = unit(unit(b.input('x', [1, 3, 32, 32]), 3, 16), 16, 16);
    const c = unit(unit(down(a), 16, 32), 32, 32);
    const d = unit(unit(down(c), 32, 64), 64, 64);
    const join = (x: string, y: string): string => b.node('Concat', [x, y], { attributes: { axis: int(1) } });
    const e = unit(unit(join(up(d, 64, 32), c), 64, 32), 32, 32);
    const f = unit(unit(join(up(e, 32, 16), a), 32, 16), 16, 16);
    b.output(b.node('Sigmoid', [conv(f, 16, 1, 1)]), { name: 'y' });
  });
}
