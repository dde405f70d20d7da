import { input, type Kernel, output, RANGE, when } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { requantization } from './common.ts';
import { type FourBitRows, fourBitParams, fourBitWeights, unpackRows } from './four-bits.ts';
import { type FullyConnectedS8, fullyConnectedS8 } from './fully-connected-s8.ts';

type FullyConnectedS4Params = FullyConnectedS8['params'] &
  FourBitRows & {
    /** Bytes of scratch: `fullyConnectedRoom`. */
    readonly room: number;
  };

/**
 * fully_connected_s8 with weights of 4 bits (four-bits.ts), each output feature a row: inputs [x [rows][in]], constants [weights,
 * factors, bias, multiplier, shift], outputs [y [rows][out]].
 */
export type FullyConnectedS4 = StepOf<'fully_connected_s4', FullyConnectedS4Params>;

export const fullyConnectedS4: Kernel<FullyConnectedS4> = {
  signature: {
    about: `As tinyml_fully_connected_s8 with weights of 4 bits, each row_size codes an output feature: [in_features], padded.`,
    params: { ...fullyConnectedS8.signature.params, ...fourBitParams, room: RANGE.count },
    operands: [
      input('input', 'int8', ['rows', 'inFeatures']),
      ...fourBitWeights('outFeatures'),
      ...requantization(['outFeatures'], [when('perChannel', 1, 'outFeatures', 1)]),
      output('output', 'int8', ['rows', 'outFeatures']),
    ],
    rule: 'fully_connected_s4',
    scratch: ['room'],
    macs: ['rows', 'inFeatures', 'outFeatures'],
  },

  run(step, operands) {
    const [weights, factors, ...others] = operands.constants as [Int8Array, Int8Array, ...Int32Array[]];
    const unpacked = unpackRows({ weights, factors }, step.params.inFeatures, step.params);
    fullyConnectedS8.run(fullyConnectedS8Of(step), { ...operands, constants: [unpacked, ...others] });
  },
};

type Rooms = Pick<FullyConnectedS4Params, 'rows' | 'inFeatures' | 'rowSize' | 'block'>;

/** Weights that are unpacked at a time, and two rows of inputs with 16 bits where there are several. */
export function fullyConnectedRoom({ rows, inFeatures, rowSize, block }: Rooms): number {
  return block * rowSize + (rows === 1 ? 0 : 4 * inFeatures);
}

/** The same layer with 8 bits, but for its weights: those of 4 bits stand in their place. */
export function fullyConnectedS8Of({ constants, params, ...step }: FullyConnectedS4): FullyConnectedS8 {
  const { rowSize: _, group: __, block: ___, room: ____, ...dense } = params;
  return {
    ...step,
    kernel: 'fully_connected_s8',
    constants: constants.filter((_, k) => k !== 1),
    params: dense,
  };
}
