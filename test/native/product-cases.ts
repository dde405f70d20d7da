/** Random products of convolutions whose weights are computed. */
import type { Parts } from './cases.ts';
import { conv2dShape, floats, int8s, quantiser, type Random } from './random.ts';

export const PRODUCT_CASES = {
  conv2d_sums_s8(random: Random): Parts {
    const { params, inputs, filter, outputs } = conv2dShape(random);
    return {
      params,
      inputs: [int8s(random, inputs), quantiser(random), int8s(random, params.outChannels * filter)],
      outputs: [new Int32Array(outputs)],
    };
  },

  conv2d_input_gradient_s8(random: Random): Parts {
    const { params, inputs, filter, outputs } = conv2dShape(random);
    return {
      params,
      inputs: [int8s(random, outputs), int8s(random, params.outChannels * filter)],
      outputs: [new Int32Array(inputs)],
    };
  },

  conv2d_weight_gradient_s8(random: Random): Parts {
    const { params, inputs, filter, outputs } = conv2dShape(random);
    return {
      params,
      inputs: [int8s(random, inputs), quantiser(random), int8s(random, outputs)],
      outputs: [new Int32Array(params.outChannels * filter), new Int32Array(params.outChannels)],
    };
  },

  conv2d_sums_f32(random: Random): Parts {
    const { params, inputs, filter, outputs } = conv2dShape(random);
    return {
      params,
      inputs: [floats(random, inputs), floats(random, params.outChannels * filter)],
      outputs: [new Float32Array(outputs)],
    };
  },

  conv2d_input_gradient_f32(random: Random): Parts {
    const { params, inputs, filter, outputs } = conv2dShape(random);
    return {
      params,
      inputs: [floats(random, outputs), floats(random, params.outChannels * filter)],
      outputs: [new Float32Array(inputs)],
    };
  },

  conv2d_weight_gradient_f32(random: Random): Parts {
    const { params, inputs, filter, outputs } = conv2dShape(random);
    return {
      params,
      inputs: [floats(random, inputs), floats(random, outputs)],
      outputs: [new Float32Array(params.outChannels * filter), new Float32Array(params.outChannels)],
    };
  },
};
