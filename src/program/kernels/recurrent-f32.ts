import { sigmoidF32, tanhF32 } from '../../numbers/elementary.ts';
import { fusedMultiplyAdd as fma } from '../../numbers/fused-multiply-add.ts';
import { constant, input, type Kernel, output, RANGE, times } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { RECURRENT } from './recurrent.ts';

type RecurrentF32Params = {
  readonly steps: number;
  readonly batch: number;
  readonly inputSize: number;
  readonly hidden: number;
  /** Of the output, and which of them this step computes. */
  readonly directions: number;
  readonly direction: number;
  /** 1: from the last time to the first. */
  readonly reverse: number;
  /** 4: LSTM; 3: GRU; else a layer with tanh. */
  readonly gates: number;
  /** 1: a GRU resets what comes of its state, 0: the state itself. */
  readonly resetAfter: number;
};

/**
 * RNN, GRU or LSTM in one direction over whole sequences. inputs [x [steps][batch][inputSize], h and c before the first step,
 * both [batch][hidden]], constants [w [gates][hidden][inputSize], r [gates][hidden][hidden], biases [2][gates][hidden],
 * peepholes [3][hidden]], gates in the order of ONNX, outputs [y [steps][directions][batch][hidden], what a cell keeps
 * behind the last step: c of an LSTM, else h].
 */
export type RecurrentF32 = StepOf<'recurrent_f32', RecurrentF32Params>;

const f32 = Math.fround;
const SIZE = [1, 2 ** 20] as const;

export const recurrentF32: Kernel<RecurrentF32> = {
  signature: {
    about: `RNN (gates 1), GRU (gates 3) or LSTM (gates 4) of float32 over a sequence, gates in the order of ONNX. output: [steps][directions][batch][hidden], of which one direction is written; state: c of an LSTM, else h, behind the last step. Sums are chains from the bias.`,
    params: {
      steps: RANGE.count,
      batch: RANGE.count,
      inputSize: SIZE,
      hidden: SIZE,
      directions: [1, 2],
      direction: [0, 1],
      reverse: RANGE.flag,
      gates: [1, 4],
      resetAfter: RANGE.flag,
    },
    operands: [
      input('input', 'float32', RECURRENT.input),
      input('initial_h', 'float32', RECURRENT.state),
      input('initial_c', 'float32', RECURRENT.state),
      constant('weights', 'float32', ['gates', 'hidden', 'inputSize']),
      constant('recurrent_weights', 'float32', ['gates', 'hidden', 'hidden']),
      constant('bias', 'float32', [2, 'gates', 'hidden']),
      constant('peepholes', 'float32', [3, 'hidden']),
      output('output', 'float32', RECURRENT.output),
      output('state', 'float32', RECURRENT.state),
    ],
    rule: 'recurrent',
    // The sums of all gates, and a state that was reset.
    scratch: [times('gates', 1, 1), 'hidden', 4],
    macs: ['steps', 'batch', 'gates', 'hidden', { sum: ['inputSize', 'hidden'] }],
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x, initialH, initialC] = inputs as [Float32Array, Float32Array, Float32Array];
    const [w, r, bias, peepholes] = constants as [Float32Array, Float32Array, Float32Array, Float32Array];
    const [y, state] = outputs as [Float32Array, Float32Array];
    const { hidden, gates } = p;
    /** bias[j] + the sum of matrix[j][k] * vector[k], for a row j of all gates. */
    const row = (matrix: Float32Array, first: number, j: number, vector: Float32Array): number =>
      vector.reduce((sum, value, k) => fma(value, matrix[j * vector.length + k]!, sum), bias[first + j]!);
    for (let image = 0; image < p.batch; image++) {
      const own = image * hidden;
      let h: Float32Array = initialH.slice(own, own + hidden);
      const c = initialC.slice(own, own + hidden);
      for (let step = 0; step < p.steps; step++) {
        const time = p.reverse === 1 ? p.steps - 1 - step : step;
        const from = (time * p.batch + image) * p.inputSize;
        const now = x.subarray(from, from + p.inputSize);
        const ofInput = (j: number): number => row(w, 0, j, now);
        const ofState = (j: number, vector = h): number => row(r, gates * hidden, j, vector);
        const gate = (number: number, i: number): number =>
          f32(ofInput(number * hidden + i) + ofState(number * hidden + i));
        let next: Float32Array;
        if (gates === 4) {
          next = h.map((_, i) => {
            const forget = sigmoidF32(fma(peepholes[2 * hidden + i]!, c[i]!, gate(2, i)));
            const enter = sigmoidF32(fma(peepholes[i]!, c[i]!, gate(0, i)));
            c[i] = fma(forget, c[i]!, f32(enter * tanhF32(gate(3, i))));
            const open = sigmoidF32(fma(peepholes[hidden + i]!, c[i]!, gate(1, i)));
            return open * tanhF32(c[i]!);
          });
        } else if (gates === 3) {
          const reset = h.map((_, i) => sigmoidF32(gate(1, i)));
          const kept = h.map((value, i) => value * reset[i]!);
          next = h.map((value, i) => {
            const candidate =
              p.resetAfter === 1 ? f32(reset[i]! * ofState(2 * hidden + i)) : ofState(2 * hidden + i, kept);
            const fresh = tanhF32(f32(ofInput(2 * hidden + i) + candidate));
            return fma(sigmoidF32(gate(0, i)), f32(value - fresh), fresh);
          });
        } else {
          next = h.map((_, i) => tanhF32(gate(0, i)));
        }
        h = next;
        y.set(h, ((time * p.directions + p.direction) * p.batch + image) * hidden);
      }
      state.set(gates === 4 ? c : h, own);
    }
  },
};
