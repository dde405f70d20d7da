/** Losses: what the outputs of a batch cost, and the gradient of that. */
import { portableExp, portableLog } from '../../numbers/portable-math.ts';
import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

/**
 * Mean cross-entropy of softmax(x) with the labels, smoothed: target = (1 - smoothing) * onehot + smoothing / classes.
 * g = (softmax(x) - target) / count, where count is the rows whose label is not -1; other rows get 0. Computed in float64,
 * rounded to float32. inputs [x float32 [rows][classes], labels int32 [rows]], constants [smoothing float32 [1]],
 * outputs [g float32 [rows][classes], result float32 [2]: the mean loss, and the rows whose first largest x is the label].
 */
export type SoftmaxCrossEntropyF32 = StepOf<
  'softmax_cross_entropy_f32',
  { readonly rows: number; readonly classes: number }
>;

/**
 * Mean of (x - target)^2 over all elements, and its gradient 2 (x - target) / size in float32; the sum is a float64 chain.
 * inputs [x float32, target float32], outputs [g float32, result float32 [2]: the loss, 0].
 */
export type SquaredErrorF32 = StepOf<'squared_error_f32', { readonly size: number }>;

export const softmaxCrossEntropyF32: Kernel<SoftmaxCrossEntropyF32> = {
  signature: {
    about: `Mean cross-entropy of softmax with labels, smoothed, over the rows whose label is one of the classes; the gradient of other rows is 0. result: the mean loss, and the rows whose first largest input is the label. float64 inside.`,
    params: { rows: RANGE.count, classes: RANGE.count },
    operands: [
      input('input', 'float32', ['rows', 'classes']),
      input('labels', 'int32', ['rows']),
      constant('smoothing', 'float32', [1]),
      output('gradient', 'float32', ['rows', 'classes']),
      output('result', 'float32', [2]),
    ],
  },
  run({ params: { rows, classes } }, { inputs, constants, outputs }) {
    const [x, labels] = inputs as [Float32Array, Int32Array];
    const [smoothing] = constants[0] as unknown as [number];
    const [g, result] = outputs as [Float32Array, Float32Array];
    let count = 0;
    for (let row = 0; row < rows; row++) if (isLabel(labels[row]!, classes)) count++;
    const share = 1 / Math.max(count, 1);
    const others = smoothing / classes;
    let [loss, correct] = [0, 0];
    for (let row = 0; row < rows; row++) {
      const label = labels[row]!;
      const first = row * classes;
      if (!isLabel(label, classes)) {
        g.fill(0, first, first + classes);
        continue;
      }
      let best = 0;
      for (let c = 1; c < classes; c++) if (x[first + c]! > x[first + best]!) best = c;
      const most = x[first + best]!;
      let [sum, rest] = [0, 0];
      for (let c = 0; c < classes; c++) {
        const below = x[first + c]! - most;
        sum += portableExp(below);
        rest += others * below;
      }
      for (let c = 0; c < classes; c++) {
        const target = (c === label ? 1 - smoothing : 0) + others;
        g[first + c] = (portableExp(x[first + c]! - most) / sum - target) * share;
      }
      loss += portableLog(sum) - ((1 - smoothing) * (x[first + label]! - most) + rest);
      if (best === label) correct++;
    }
    result[0] = loss * share;
    result[1] = correct;
  },
};

function isLabel(label: number, classes: number): boolean {
  return label >= 0 && label < classes;
}

export const squaredErrorF32: Kernel<SquaredErrorF32> = {
  signature: {
    about: `Mean of (input - target)^2 from a float64 chain, and its gradient. result: the loss, 0.`,
    params: { size: RANGE.count },
    operands: [
      input('input', 'float32', ['size']),
      input('target', 'float32', ['size']),
      output('gradient', 'float32', ['size']),
      output('result', 'float32', [2]),
    ],
  },
  run({ params: { size } }, { inputs, outputs }) {
    const [x, target] = inputs as [Float32Array, Float32Array];
    const [g, result] = outputs as [Float32Array, Float32Array];
    const factor = Math.fround(2 / size);
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const difference = Math.fround(x[i]! - target[i]!);
      sum += difference * difference;
      g[i] = Math.fround(factor * difference);
    }
    result[0] = sum / size;
    result[1] = 0;
  },
};
