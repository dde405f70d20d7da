import { constant, input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { EIGHT } from './channel-vectors.ts';
import { CONV_TRANSPOSE2D } from './common.ts';
import { convolveVectors, SCALES, vectorsOf } from './conv2d-vectors-s8.ts';
import {
  ofPhases,
  type PhasesParams,
  phasesParams,
  phasesSizes,
  runPhases,
  TRANSPOSED_MACS,
} from './transposed-phases.ts';

/** inputs [x NHWC], constants [weights, scales: those of conv2d_vectors_s8 for each phase], outputs [y NHWC]. */
export type ConvTranspose2dVectorsS8 = StepOf<'conv_transpose2d_vectors_s8', PhasesParams>;

export const transposedVectorsSizes = (
  p: Parameters<typeof phasesSizes>[0],
): ReturnType<typeof phasesSizes> => phasesSizes(p, vectorsOf);

export const convTranspose2dVectorsS8: Kernel<ConvTranspose2dVectorsS8> = {
  signature: {
    about: `Transposed convolution, for cores with vector instructions: as conv_transpose2d_pairs_s8, with the constants of conv2d_vectors_s8 for all phases.`,
    params: phasesParams,
    operands: [
      input('input', 'int8', CONV_TRANSPOSE2D.input),
      constant('weights', 'int8', ofPhases(2, 4, 'words')),
      constant('scales', 'int32', ofPhases(EIGHT, SCALES, 'phases')),
      output('output', 'int8', CONV_TRANSPOSE2D.output),
    ],
    rule: 'conv_transpose2d_vectors',
    overlap: 'conv_transpose2d_phases',
    scratch: ['room'],
    macs: TRANSPOSED_MACS,
    calls: 'conv2d_vectors_s8',
  },

  run({ params: p }, { inputs, constants: [weights, scales], outputs: [y] }) {
    const perPhase = Math.ceil(p.phaseChannels / EIGHT) * SCALES;
    let from = 0;
    runPhases(
      p,
      y as Int8Array,
      (params, number, phase) => {
        const size = Math.ceil(p.phaseChannels / 2) * 4 * params.words;
        const constants = [
          (weights as Int8Array).subarray(from, from + size),
          (scales as Int32Array).subarray(number * perPhase, (number + 1) * perPhase),
        ];
        from += size;
        convolveVectors(params, { inputs, constants, outputs: [phase] });
      },
      vectorsOf,
    );
  },
};
