/** Random products of convolutions whose weights are computed. */
import type { Parts } from './cases.ts';
import {
  axes,
  channelCount,
  conv2dShape,
  floats,
  int8s,
  integer,
  pick,
  quantiser,
  type Random,
  windowParams,
} from './random.ts';

/** Shape and element counts of a random product: of any groups, depthwise, or of rows, as dense layers are. */
function productShape(random: Random): ReturnType<typeof conv2dShape> {
  return pick(random, [conv2dShape, conv2dShape, depthwiseShape, rowsShape])(random);
}

function depthwiseShape(random: Random): ReturnType<typeof conv2dShape> {
  const [h, w] = axes(random, 3);
  const channels = pick(random, [64, 128, channelCount(random), channelCount(random)]);
  const batch = integer(random, 1, 3);
  return {
    params: {
      batch,
      inChannels: channels,
      outChannels: channels,
      groups: channels,
      ...windowParams(h, w, true),
    },
    inputs: batch * h.size * w.size * channels,
    filter: h.kernel * w.kernel,
    outputs: batch * h.out * w.out * channels,
  };
}

/** Windows of one position on images of one row: pixels of many images are alike, unless there is a stride. */
function rowsShape(random: Random): ReturnType<typeof conv2dShape> {
  const [batch, width] = pick(random, [
    [integer(random, 1, 70), 1],
    [integer(random, 1, 5), integer(random, 1, 9)],
  ]) as [number, number];
  const [inChannels, outChannels] = [channelCount(random), channelCount(random)];
  const stride = pick(random, [1, 1, 2]);
  const out = Math.ceil(width / stride);
  const one = { size: 1, out: 1, kernel: 1, stride: 1, dilation: 1, pad: 0 };
  return {
    params: {
      batch,
      inChannels,
      outChannels,
      groups: 1,
      ...windowParams(one, { ...one, size: width, out, stride }, true),
    },
    inputs: batch * width * inChannels,
    filter: inChannels,
    outputs: batch * out * outChannels,
  };
}

export const PRODUCT_CASES = {
  conv2d_sums_s8(random: Random): Parts {
    const { params, inputs, filter, outputs } = productShape(random);
    return {
      params,
      inputs: [int8s(random, inputs), quantiser(random), int8s(random, params.outChannels * filter)],
      outputs: [new Int32Array(outputs)],
    };
  },

  conv2d_input_gradient_s8(random: Random): Parts {
    const { params, inputs, filter, outputs } = productShape(random);
    return {
      params,
      inputs: [int8s(random, outputs), int8s(random, params.outChannels * filter)],
      outputs: [new Int32Array(inputs)],
    };
  },

  conv2d_weight_gradient_s8(random: Random): Parts {
    const { params, inputs, filter, outputs } = productShape(random);
    return {
      params,
      inputs: [int8s(random, inputs), quantiser(random), int8s(random, outputs)],
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
