/** Updates of parameters by their gradients: the last use of a gradient. */
import type { TensorId } from '../../program/types.ts';
import type { Optimizer } from '../options.ts';
import type { Layer, WeightGradient, Weights } from './arithmetic.ts';
import { constant, type Emitter, lengthOf, nextStream, push, state } from './emit.ts';
import { codeLimit } from './octo/arithmetic.ts';

export type Updates = {
  /** Updates a float32 tensor of the state; its moments are kept under `name`. */
  readonly float: (e: Emitter, name: string, parameter: TensorId, gradient: TensorId) => void;
  /** Updates weights in codes. */
  readonly codes: (
    e: Emitter,
    weights: Extract<Weights, { kind: 'codes' }>,
    bits: number,
    gradient: WeightGradient,
  ) => void;
};

/** @param accumulate steps whose gradients are averaged for one update, which then comes behind all other steps */
export function updatesOf(
  optimizer: Optimizer,
  accumulate: number,
  control: TensorId,
  key: TensorId,
): Updates {
  const updates = immediate(optimizer, control, key);
  if (accumulate === 1) return updates;
  const share = Float32Array.of(1 / accumulate);
  const summed = (e: Emitter, name: string, gradient: TensorId): TensorId => {
    const size = lengthOf(e, gradient);
    const sum = state(e, sumName(name), new Float32Array(size));
    const constants = [constant(e, `${name}/share`, share)];
    push(e, 'accumulate_f32', name, { inputs: [gradient, control], constants, outputs: [sum] }, { size });
    return sum;
  };
  const late = (e: Emitter, update: () => void): void => {
    const first = e.steps.length;
    update();
    e.late.push(...e.steps.splice(first));
  };
  return {
    float: (e, name, parameter, gradient) => {
      const sum = summed(e, name, gradient);
      late(e, () => updates.float(e, name, parameter, sum));
    },
    codes: (e, weights, bits, { tensor, ofCodes }) => {
      const sum = summed(e, `${weights.name}/weights`, tensor);
      late(e, () => updates.codes(e, weights, bits, { tensor: sum, ofCodes }));
    },
  };
}

const SUM = '/gradient-sum';
const sumName = (parameter: string): string => `${parameter}${SUM}`;
/** Whether a name of the state is that of a sum of gradients. */
export const isSumName = (name: string): boolean => name.endsWith(SUM);

function immediate(optimizer: Optimizer, control: TensorId, key: TensorId): Updates {
  return {
    float: (e, name, parameter, gradient) => {
      const size = lengthOf(e, parameter);
      const inputs = [gradient, control];
      const moment = (which: string): TensorId => state(e, `${name}/${which}`, new Float32Array(size));
      switch (optimizer.kind) {
        case 'sgd': {
          const { momentum, weightDecay } = optimizer;
          if (momentum === 0) {
            const constants = [constant(e, `${name}/decay`, Float32Array.of(weightDecay))];
            push(e, 'sgd_f32', name, { inputs, constants, outputs: [parameter] }, { size });
            return;
          }
          const constants = [constant(e, `${name}/momentum`, Float32Array.of(momentum, weightDecay))];
          const outputs = [parameter, moment('velocity')];
          push(e, 'momentum_f32', name, { inputs, constants, outputs }, { size });
          return;
        }
        case 'adam': {
          const { beta1, beta2, epsilon, weightDecay } = optimizer;
          const constants = [
            constant(e, `${name}/adam`, Float32Array.of(beta1, beta2, epsilon, weightDecay)),
          ];
          const outputs = [parameter, moment('mean'), moment('variance')];
          push(e, 'adam_f32', name, { inputs, constants, outputs }, { size });
          return;
        }
      }
    },
    codes: (e, { name, rows, codes, scale }, bits, gradient) => {
      const columns = lengthOf(e, codes) / rows;
      const ofCodes = gradient.ofCodes ? 1 : 0;
      const params = { rows, columns, limit: codeLimit(bits), stream: nextStream(e), ofCodes };
      push(e, 'sgd_s8', name, { inputs: [gradient.tensor, scale, control, key], outputs: [codes] }, params);
    },
  };
}

/** Updates the weights of a layer that are trained, as they are kept. */
export function updateLayerWeights(
  e: Emitter,
  updates: Updates,
  { name, weights }: Layer,
  bits: number,
  gradient: WeightGradient,
): void {
  if (weights.kind === 'codes') updates.codes(e, weights, bits, gradient);
  else updates.float(e, `${name}/weights`, weights.data, gradient.tensor);
}
