import { constant, input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { PAIR_EXTRAS } from './channel-pairs.ts';
import { CONV_TRANSPOSE2D } from './common.ts';
import { convolvePairs, pairsSizes } from './conv2d-pairs-s8.ts';
import {
  ofPhases,
  type PhasesParams,
  phasesParams,
  phasesSizes,
  runPhases,
  TRANSPOSED_MACS,
} from './transposed-phases.ts';

/** Of phases with three positions and more in a row. inputs [x NHWC], constants [table: that of conv2d_pairs_s8 for each phase], outputs [y NHWC]. */
export type ConvTranspose2dPairsS8 = StepOf<'conv_transpose2d_pairs_s8', PhasesParams>;

export const transposedPairsSizes = (p: Parameters<typeof phasesSizes>[0]): ReturnType<typeof phasesSizes> =>
  phasesSizes(p, pairsSizes);

export const convTranspose2dPairsS8: Kernel<ConvTranspose2dPairsS8> = {
  signature: {
    about: `Transposed convolution, for cores with DSP instructions: the bytes of conv_transpose2d_s8. For each of stride_h row phases and of the column phases (stride_w, or one of all columns together) the outputs a stride apart are a convolution. table: those of conv2d_pairs_s8 for all phases.`,
    params: phasesParams,
    operands: [
      input('input', 'int8', CONV_TRANSPOSE2D.input),
      constant(
        'table',
        'int32',
        ofPhases(2, { sum: ['words', ...new Array<string>(PAIR_EXTRAS).fill('phases')] }),
      ),
      output('output', 'int8', CONV_TRANSPOSE2D.output),
    ],
    rule: 'conv_transpose2d_pairs',
    overlap: 'conv_transpose2d_phases',
    scratch: ['room'],
    macs: TRANSPOSED_MACS,
    calls: 'conv2d_pairs_s8',
  },

  run({ params: p }, { inputs, constants: [table], outputs: [y] }) {
    let from = 0;
    runPhases(
      p,
      y as Int8Array,
      (params, _, phase) => {
        const size = Math.ceil(p.phaseChannels / 2) * (params.words + PAIR_EXTRAS);
        const constants = [(table as Int32Array).subarray(from, from + size)];
        from += size;
        convolvePairs(params, { inputs, constants, outputs: [phase] });
      },
      pairsSizes,
    );
  },
};
