import { requantize } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp } from './common.ts';
import { type LstmCell, lstmCell } from './lstm-s8.ts';
import {
  cellConstants,
  cellMacs,
  hyperbolicTangent,
  int16,
  logistic,
  productOf,
  productRow,
  RECURRENT,
  type WideRecurrence,
  walk,
  wideRecurrence,
} from './recurrent.ts';

/**
 * `lstm_s8` with inputs and hidden states of int16 at zero point 0. From the first step to the last, cell states have 16 bits more,
 * behind those of their codes: `cell` and `tangent` are to these and from these.
 */
export type LstmS16 = StepOf<'lstm_s16', WideRecurrence & LstmCell>;

export const lstmS16: Kernel<LstmS16> = {
  signature: {
    about: `lstm_s8 of int16 inputs and hidden states: products with int8 weights in 64-bit sums; cell states are int32 within a run, their codes shifted left by 16.`,
    params: { ...wideRecurrence, ...lstmCell },
    operands: [
      input('input', 'int16', RECURRENT.input),
      input('initial_h', 'int16', RECURRENT.state),
      input('initial_c', 'int16', RECURRENT.state),
      ...cellConstants(4, 'wide_shifts'),
      output('output', 'int16', RECURRENT.output),
      output('last_c', 'int16', RECURRENT.state),
    ],
    scratch: [4, 'batch', 'hidden'],
    rule: 'recurrent',
    macs: cellMacs(4),
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x, initialH, initialC] = inputs as [Int16Array, Int16Array, Int16Array];
    const [ofInput, ofState] = [productOf(constants, 0), productOf(constants, 4)];
    const table = constants[8] as Int16Array;
    const [y, lastC] = outputs as [Int16Array, Int16Array];
    const cells = Int32Array.from(initialC, (code) => code * 2 ** 16);
    for (const { image, input: from, output: to, before } of walk(p)) {
      const [h, at] = before === null ? [initialH, image * p.hidden] : [y, before];
      for (let j = 0; j < p.hidden; j++) {
        const gate = (k: number): number =>
          productRow(ofInput, k * p.hidden + j, x, from, p.inputSize) +
          productRow(ofState, k * p.hidden + j, h, at, p.hidden);
        // 47 bits.
        const kept = Math.floor(
          (logistic(table, gate(2)) * cells[image * p.hidden + j]! + 2 ** 14) / 2 ** 15,
        );
        const fresh = logistic(table, gate(0)) * hyperbolicTangent(table, gate(3));
        const cell = kept + requantize(fresh, p.cellMultiplier, p.cellShift);
        cells[image * p.hidden + j] = clamp(cell, -(2 ** 31), 2 ** 31 - 1);
        const input = requantize(cells[image * p.hidden + j]!, p.tangentMultiplier, p.tangentShift);
        const hidden = logistic(table, gate(1)) * hyperbolicTangent(table, input);
        y[to + j] = int16(requantize(hidden, p.hiddenMultiplier, p.hiddenShift));
      }
    }
    cells.forEach((cell, i) => {
      lastC[i] = int16(Math.floor((cell + 2 ** 15) / 2 ** 16));
    });
  },
};
