import { requantize } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { type GruCell, gruCell, runGru } from './gru-s8.ts';
import {
  cellConstants,
  cellMacs,
  int16,
  RECURRENT,
  type WideRecurrence,
  wideRecurrence,
} from './recurrent.ts';

/** `gru_s8` with inputs and outputs of int16 at zero point 0; matrices take the state with 16 bits, too. */
export type GruS16 = StepOf<'gru_s16', WideRecurrence & GruCell>;

export const gruS16: Kernel<GruS16> = {
  signature: {
    about: `gru_s8 of int16 inputs and outputs: products with int8 weights in 64-bit sums.`,
    params: { ...wideRecurrence, ...gruCell },
    operands: [
      input('input', 'int16', RECURRENT.input),
      input('initial_h', 'int16', RECURRENT.state),
      ...cellConstants(3, 'wide_shifts'),
      output('output', 'int16', RECURRENT.output),
      output('last_h', 'int16', RECURRENT.state),
    ],
    // The state as the matrices take it, and the same times the reset gate.
    scratch: [4, 'hidden'],
    rule: 'recurrent',
    macs: cellMacs(3),
  },

  run({ params: p }, { inputs, constants, outputs }) {
    runGru(p, inputs, constants, outputs, (state) =>
      int16(requantize(state, p.hiddenMultiplier, p.hiddenShift)),
    );
  },
};
