import { sigmoidF32, tanhF32 } from '../../numbers/elementary.ts';
import { fusedMultiplyAdd as fma } from '../../numbers/fused-multiply-add.ts';
import { input, type Kernel, output, RANGE, type Range, update } from '../signature.ts';
import type { StepOf } from '../types.ts';

type RecurrentCellParams = {
  readonly batch: number;
  readonly hidden: number;
  /** 4: LSTM; 3: GRU that resets what comes of its state. */
  readonly gates: number;
};

/**
 * One time of an LSTM or a GRU in training, from the sums of its gates. inputs [sums of the input and of the state, both
 * [batch][gates][hidden], gates in the order of ONNX; what was kept: c of an LSTM, h of a GRU [batch][hidden]], outputs [h, c of an LSTM
 * (of a GRU h again), both [batch][hidden]].
 */
export type RecurrentCellF32 = StepOf<'recurrent_cell_f32', RecurrentCellParams>;

/**
 * Its gradient. inputs [both sums, what was kept, dL/dh [batch][hidden]], outputs [carried [batch][hidden]: dL/dc of an LSTM becomes that of c before, that
 * of a GRU becomes what reaches h before past all products; gradients of the sums of the input and of the state].
 */
export type RecurrentCellGradientF32 = StepOf<'recurrent_cell_gradient_f32', RecurrentCellParams>;

const f32 = Math.fround;

const params: { readonly [K in keyof RecurrentCellParams]: Range } = {
  batch: RANGE.count,
  hidden: RANGE.count,
  gates: [3, 4],
};
const SUMS = ['batch', 'gates', 'hidden'] as const;
const STATE = ['batch', 'hidden'] as const;

/** What the gates of one unit are: LSTM enter, open, forget, candidate; GRU keep, reset, candidate, sum of the candidate's state. */
function gatesAt(
  { hidden, gates }: RecurrentCellParams,
  index: number,
  ofInput: Float32Array,
  ofState: Float32Array,
): readonly [number, number, number, number] {
  const first = Math.floor(index / hidden) * gates * hidden + (index % hidden);
  const sum = (gate: number): number =>
    f32(ofInput[first + gate * hidden]! + ofState[first + gate * hidden]!);
  if (gates === 4) return [sigmoidF32(sum(0)), sigmoidF32(sum(1)), sigmoidF32(sum(2)), tanhF32(sum(3))];
  const reset = sigmoidF32(sum(1));
  const state = ofState[first + 2 * hidden]!;
  return [sigmoidF32(sum(0)), reset, tanhF32(fma(reset, state, ofInput[first + 2 * hidden]!)), state];
}

export const recurrentCellF32: Kernel<RecurrentCellF32> = {
  signature: {
    about: `One time of an LSTM (gates 4) or of a GRU that resets what comes of its state (gates 3), from the sums of its gates in the order of ONNX. kept: c of an LSTM, h of a GRU; state: c of an LSTM, else h.`,
    params,
    operands: [
      input('of_input', 'float32', SUMS),
      input('of_state', 'float32', SUMS),
      input('kept', 'float32', STATE),
      output('hidden', 'float32', STATE),
      output('state', 'float32', STATE),
    ],
  },
  run({ params: p }, { inputs, outputs }) {
    const [ofInput, ofState, kept] = inputs as [Float32Array, Float32Array, Float32Array];
    const [h, state] = outputs as [Float32Array, Float32Array];
    for (let i = 0; i < p.batch * p.hidden; i++) {
      const [first, second, third, fourth] = gatesAt(p, i, ofInput, ofState);
      if (p.gates === 4) {
        state[i] = fma(third, kept[i]!, f32(first * fourth));
        h[i] = second * tanhF32(state[i]!);
      } else {
        h[i] = fma(first, f32(kept[i]! - third), third);
        state[i] = h[i]!;
      }
    }
  },
};

/** s (1 - s) */
const slope = (s: number): number => f32(s * f32(1 - s));
/** 1 - t t */
const tanhSlope = (t: number): number => f32(1 - f32(t * t));

export const recurrentCellGradientF32: Kernel<RecurrentCellGradientF32> = {
  signature: {
    about: `Back through recurrent_cell_f32: carried (updated) is the gradient of c of an LSTM, behind it and then before it; of a GRU it becomes what reaches h before it past all products.`,
    params,
    operands: [
      input('of_input', 'float32', SUMS),
      input('of_state', 'float32', SUMS),
      input('kept', 'float32', STATE),
      input('gradient', 'float32', STATE),
      update('carried', 'float32', STATE),
      output('input_gradient', 'float32', SUMS),
      output('state_gradient', 'float32', SUMS),
    ],
  },
  run({ params: p }, { inputs, outputs }) {
    const [ofInput, ofState, kept, g] = inputs as [Float32Array, Float32Array, Float32Array, Float32Array];
    const [carried, ofInputs, ofStates] = outputs as [Float32Array, Float32Array, Float32Array];
    const { hidden, gates } = p;
    for (let i = 0; i < p.batch * hidden; i++) {
      const [first, second, third, fourth] = gatesAt(p, i, ofInput, ofState);
      const at = (gate: number): number =>
        Math.floor(i / hidden) * gates * hidden + gate * hidden + (i % hidden);
      if (gates === 4) {
        const t = tanhF32(fma(third, kept[i]!, f32(first * fourth)));
        const dc = fma(f32(g[i]! * second), tanhSlope(t), carried[i]!);
        ofInputs[at(0)] = f32(f32(dc * fourth) * slope(first));
        ofInputs[at(1)] = f32(f32(g[i]! * t) * slope(second));
        ofInputs[at(2)] = f32(f32(dc * kept[i]!) * slope(third));
        ofInputs[at(3)] = f32(f32(dc * first) * tanhSlope(fourth));
        for (let gate = 0; gate < 4; gate++) ofStates[at(gate)] = ofInputs[at(gate)]!;
        carried[i] = dc * third;
      } else {
        const candidate = f32(f32(g[i]! * f32(1 - first)) * tanhSlope(third));
        ofInputs[at(0)] = f32(f32(g[i]! * f32(kept[i]! - third)) * slope(first));
        ofInputs[at(1)] = f32(f32(candidate * fourth) * slope(second));
        ofInputs[at(2)] = candidate;
        for (let gate = 0; gate < 2; gate++) ofStates[at(gate)] = ofInputs[at(gate)]!;
        ofStates[at(2)] = candidate * second;
        carried[i] = g[i]! * first;
      }
    }
  },
};
