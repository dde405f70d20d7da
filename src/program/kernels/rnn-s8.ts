import { requantize } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import {
  cellConstants,
  cellMacs,
  hyperbolicTangent,
  int8,
  int16,
  productOf,
  productRow,
  RECURRENT,
  type Recurrence,
  recurrence,
  walk,
} from './recurrent.ts';

/**
 * A recurrent layer with tanh in one direction over whole sequences. inputs [x [steps][batch][inputSize], h before the first
 * step], constants [`cellConstants`], outputs [y [steps][directions][batch][hidden]].
 */
export type RnnS8 = StepOf<'rnn_s8', Recurrence>;

export const rnnS8: Kernel<RnnS8> = {
  signature: {
    about: `Recurrent layer with tanh over a sequence. Sums become 2^-11, tanh 2^-15 by a table and straight lines. output: [steps][directions][batch][hidden], of which one direction is written.`,
    params: recurrence,
    operands: [
      input('input', 'int8', RECURRENT.input),
      input('initial_h', 'int8', RECURRENT.state),
      ...cellConstants(1, 'shifts'),
      output('output', 'int8', RECURRENT.output),
    ],
    rule: 'recurrent',
    macs: cellMacs(1),
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x, initial] = inputs as [Int8Array, Int8Array];
    const [ofInput, ofState] = [productOf(constants, 0), productOf(constants, 4)];
    const table = constants[8] as Int16Array;
    const [y] = outputs as [Int8Array];
    for (const { image, input: from, output: to, before } of walk(p)) {
      const [h, at] = before === null ? [initial, image * p.hidden] : [y, before];
      for (let j = 0; j < p.hidden; j++) {
        const sum = productRow(ofInput, j, x, from, p.inputSize) + productRow(ofState, j, h, at, p.hidden);
        const value = requantize(hyperbolicTangent(table, sum), p.hiddenMultiplier, p.hiddenShift);
        y[to + j] = int8(int16(value) + p.outputOffset);
      }
    }
  },
};
