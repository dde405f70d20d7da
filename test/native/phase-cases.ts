/** Random calls of transposed convolutions that are computed as convolutions of their phases. */
import { EIGHT } from '../../src/program/kernels/channel-vectors.ts';
import { transposedPairsSizes } from '../../src/program/kernels/conv-transpose2d-pairs-s8.ts';
import { transposedVectorsSizes } from '../../src/program/kernels/conv-transpose2d-vectors-s8.ts';
import { type PhasesParams, phasesOf } from '../../src/program/kernels/transposed-phases.ts';
import { RULES } from '../../src/program/rules.ts';
import type { Parts } from './cases.ts';
import { blocks, outputs } from './pairs-cases.ts';
import { type Axis, channelCount, int8s, integer, pick, type Random, zeroPoint } from './random.ts';
import { scales, weightsOf } from './vector-cases.ts';

/** Cut off at either end, or longer than what its inputs meet. */
function axis(random: Random): Axis {
  const [size, stride] = [integer(random, 1, 9), integer(random, 1, 3)];
  const kernel = stride * integer(random, 1, 2) + pick(random, [0, 0, 1, 2]);
  const full = (size - 1) * stride + kernel;
  const pad = pick(random, [0, 0, integer(random, 0, Math.min(kernel + 1, full - 1))]);
  const out = pick(random, [Math.min(size * stride, full - pad), integer(random, 1, full - pad + 2)]);
  return { size, kernel, stride, dilation: 1, pad, out };
}

function shape(
  random: Random,
  rule: 'conv_transpose2d_pairs' | 'conv_transpose2d_vectors',
  sizesOf: (p: Parameters<typeof phasesOf>[0]) => Pick<PhasesParams, 'phases' | 'words' | 'room'>,
): PhasesParams {
  const [h, w] = [axis(random), axis(random)];
  const geometry = {
    ...{ batch: integer(random, 1, 2), inH: h.size, inW: w.size, inChannels: channelCount(random) },
    ...{ outH: h.out, outW: w.out, outChannels: channelCount(random) },
    ...{ kernelH: h.kernel, kernelW: w.kernel, strideH: h.stride, strideW: w.stride },
    ...{ padTop: h.pad, padLeft: w.pad },
  };
  const together = w.out % w.stride === 0 && random() < 0.6 ? w.stride : 1;
  const sized = { ...geometry, phaseChannels: together * geometry.outChannels };
  const zeroPoints = { inputZeroPoint: zeroPoint(random), ...outputs(random) };
  const params = { ...sized, ...sizesOf(sized), ...zeroPoints };
  return RULES[rule](params) ? params : shape(random, rule, sizesOf);
}

function operands(random: Random, p: PhasesParams): Pick<Parts, 'inputs' | 'outputs'> {
  return {
    inputs: [int8s(random, p.batch * p.inH * p.inW * p.inChannels)],
    outputs: [new Int8Array(p.batch * p.outH * p.outW * p.outChannels)],
  };
}

const terms = ({ conv }: ReturnType<typeof phasesOf>[number]): number =>
  conv.kernelH * conv.kernelW * conv.inChannels;

export const PHASE_CASES = {
  conv_transpose2d_pairs_s8(random: Random): Parts {
    const params = shape(random, 'conv_transpose2d_pairs', transposedPairsSizes);
    const table = phasesOf(params).flatMap((phase) => {
      const words = phase.conv.kernelH * Math.ceil((phase.conv.kernelW * params.inChannels) / 2);
      return blocks(random, params.phaseChannels, words, terms(phase));
    });
    return { params, ...operands(random, params), constants: [Int32Array.from(table)] };
  },

  conv_transpose2d_vectors_s8(random: Random): Parts {
    const params = shape(random, 'conv_transpose2d_vectors', transposedVectorsSizes);
    const phases = phasesOf(params);
    const weights = phases.map((phase) => {
      const words = 8 * Math.ceil(terms(phase) / 16);
      return weightsOf(random, Math.ceil(params.phaseChannels / 2), words, terms(phase));
    });
    const eights = Math.ceil(params.phaseChannels / EIGHT);
    const factors = phases.map((phase) => scales(random, eights, terms(phase), true));
    return {
      params,
      ...operands(random, params),
      constants: [
        Int8Array.from(weights.flatMap((of) => [...of])),
        Int32Array.from(factors.flatMap((of) => [...of])),
      ],
    };
  },
};
