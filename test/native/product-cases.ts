/** Random products of convolutions whose weights are computed. */
import type { Parts } from './cases.ts';
import { conv2dShape, denseShape, depthwiseShape, floats, int8s, quantiser, type Random } from './random.ts';

/** Often depthwise, and now and then a dense layer. */
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
  return conv2dShape(random);
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
