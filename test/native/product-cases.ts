/** Random products of convolutions whose weights are computed. */
import type { Parts } from './cases.ts';
import {
  conv2dShape,
  denseShape,
  depthwiseShape,
  floats,
  int8s,
  integer,
  quantiser,
  type Random,
} from './random.ts';

/** An image of several bands, depthwise or not. */
function largeShape(random: Random) {
  const stride = integer(random, 1, 2);
  const size = integer(random, 19, 24) * stride;
  const out = Math.ceil(size / stride);
  const depthwise = random() < 0.5;
  const inChannels = depthwise ? integer(random, 23, 25) : integer(random, 1, 5);
  const outChannels = depthwise ? inChannels : integer(random, 1, 9);
  const groups = depthwise ? inChannels : 1;
  const sizes = { inH: size, inW: size, outH: out, outW: out, kernelH: 3, kernelW: 3, padTop: 1, padLeft: 1 };
  const steps = { strideH: stride, strideW: stride, dilationH: 1, dilationW: 1 };
  return {
    params: { batch: 1, inChannels, outChannels, groups, ...sizes, ...steps },
    inputs: size * size * inChannels,
    filter: (9 * inChannels) / groups,
    outputs: out * out * outChannels,
  };
}

/** Often depthwise, and now and then a dense layer or a large image. */
function floatShape(random: Random) {
  const kind = random();
  if (kind < 0.3) {
    const { params, inputs, window, outputs } = depthwiseShape(random, 1);
    const { depthMultiplier: _, ...shape } = params;
    const channels = { outChannels: params.inChannels, groups: params.inChannels };
    return { params: { ...shape, ...channels }, inputs, filter: window, outputs };
  }
  if (kind < 0.4) {
    const { rows, inFeatures, outFeatures } = denseShape(random);
    const sizes = {
      inH: 1,
      inW: 1,
      outH: 1,
      outW: 1,
      kernelH: 1,
      kernelW: 1,
      padTop: 0,
      padLeft: 0,
      groups: 1,
    };
    const steps = { strideH: 1, strideW: 1, dilationH: 1, dilationW: 1 };
    const channels = { inChannels: inFeatures, outChannels: outFeatures };
    const params = { batch: rows, ...channels, ...sizes, ...steps };
    return { params, inputs: rows * inFeatures, filter: inFeatures, outputs: rows * outFeatures };
  }
  return kind < 0.43 ? largeShape(random) : conv2dShape(random);
}

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
    const { params, inputs, filter, outputs } = floatShape(random);
    return {
      params,
      inputs: [floats(random, inputs), floats(random, params.outChannels * filter)],
      outputs: [new Float32Array(outputs)],
    };
  },

  conv2d_input_gradient_f32(random: Random): Parts {
    const { params, inputs, filter, outputs } = floatShape(random);
    return {
      params,
      inputs: [floats(random, outputs), floats(random, params.outChannels * filter)],
      outputs: [new Float32Array(inputs)],
    };
  },

  conv2d_weight_gradient_f32(random: Random): Parts {
    const { params, inputs, filter, outputs } = floatShape(random);
    return {
      params,
      inputs: [floats(random, inputs), floats(random, outputs)],
      outputs: [new Float32Array(params.outChannels * filter), new Float32Array(params.outChannels)],
    };
  },
};
