/** Random products of convolutions whose weights are computed. */
import type { Parts } from './cases.ts';
import {
  type Axis,
  axes,
  channelCount,
  conv2dShape,
  floats,
  int8s,
  integer,
  pick,
  quantizer,
  type Random,
  windowParams,
} from './random.ts';

type Shape = ReturnType<typeof conv2dShape>;

/** Shape and element counts of a random product: of any groups, depthwise, or of rows, as dense layers are. */
function productShape(random: Random): Shape {
  return pick(random, [conv2dShape, conv2dShape, depthwiseShape, rowsShape])(random);
}

function shapeOf(
  [h, w]: readonly [Axis, Axis],
  batch: number,
  inChannels: number,
  outChannels: number,
  groups: number,
): Shape {
  return {
    params: { batch, inChannels, outChannels, groups, ...windowParams(h, w, true) },
    inputs: batch * h.size * w.size * inChannels,
    filter: (h.kernel * w.kernel * inChannels) / groups,
    outputs: batch * h.out * w.out * outChannels,
  };
}

function depthwiseShape(random: Random): Shape {
  const channels = pick(random, [64, 128, channelCount(random), channelCount(random)]);
  return shapeOf(axes(random, 3), integer(random, 1, 3), channels, channels, channels);
}

/** An axis that a window of one position walks along, or one of three with a zero at either end. */
function plainAxis(size: number, kernel: 1 | 3, stride: number): Axis {
  return { size, out: Math.ceil(size / stride), kernel, stride, dilation: 1, pad: (kernel - 1) / 2 };
}

/** Windows of one position on images of one row: pixels of many images are alike, unless there is a stride. */
function rowsShape(random: Random): Shape {
  const [batch, width] =
    random() < 0.5 ? [integer(random, 1, 70), 1] : [integer(random, 1, 5), integer(random, 1, 9)];
  const w = plainAxis(width, 1, pick(random, [1, 1, 2]));
  return shapeOf([plainAxis(1, 1, 1), w], batch, channelCount(random), channelCount(random), 1);
}

/** The same, now and then of images that take several turns, by their bytes or their pixels. */
function longOrShort(random: Random): Shape {
  return random() < 0.03 ? longShape(random) : productShape(random);
}

function longShape(random: Random): Shape {
  const stride = pick(random, [1, 1, 2]);
  const few = (): number => integer(random, 1, 3);
  const wide = [plainAxis(6, 3, stride), plainAxis(integer(random, 420, 480), 3, stride)] as const;
  const large = [plainAxis(integer(random, 12, 20), 3, stride), plainAxis(60, 3, stride)] as const;
  const row = [plainAxis(1, 1, 1), plainAxis(integer(random, 300, 600), 1, stride)] as const;
  const channels = integer(random, 60, 67);
  return pick(random, [
    () => shapeOf(wide, 1, channels, 1, 1),
    () => shapeOf(wide, 1, channels, channels, channels),
    () => shapeOf(large, few() + 1, few(), few(), 1),
    () => shapeOf(row, few() + 2, few(), few(), 1),
  ])();
}

export const PRODUCT_CASES = {
  conv2d_sums_s8(random: Random): Parts {
    const { params, inputs, filter, outputs } = longOrShort(random);
    return {
      params,
      inputs: [int8s(random, inputs), quantizer(random), int8s(random, params.outChannels * filter)],
      outputs: [new Int32Array(outputs)],
    };
  },

  conv2d_input_gradient_s8(random: Random): Parts {
    const { params, inputs, filter, outputs } = longOrShort(random);
    return {
      params,
      inputs: [int8s(random, outputs), int8s(random, params.outChannels * filter)],
      outputs: [new Int32Array(inputs)],
    };
  },

  conv2d_weight_gradient_s8(random: Random): Parts {
    const { params, inputs, filter, outputs } = longOrShort(random);
    return {
      params,
      inputs: [int8s(random, inputs), quantizer(random), int8s(random, outputs)],
      outputs: [new Int32Array(params.outChannels * filter), new Int32Array(params.outChannels)],
    };
  },

  conv2d_sums_f32(random: Random): Parts {
    const { params, inputs, filter, outputs } = productShape(random);
    return {
      params,
      inputs: [floats(random, inputs), floats(random, params.outChannels * filter)],
      outputs: [new Float32Array(outputs)],
    };
  },

  conv2d_input_gradient_f32(random: Random): Parts {
    const { params, inputs, filter, outputs } = productShape(random);
    return {
      params,
      inputs: [floats(random, outputs), floats(random, params.outChannels * filter)],
      outputs: [new Float32Array(inputs)],
    };
  },

  conv2d_weight_gradient_f32(random: Random): Parts {
    const { params, inputs, filter, outputs } = productShape(random);
    return {
      params,
      inputs: [floats(random, inputs), floats(random, outputs)],
      outputs: [new Float32Array(params.outChannels * filter), new Float32Array(params.outChannels)],
    };
  },
};
