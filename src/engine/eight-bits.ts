/** Programs whose weights are unpacked once, where they are loaded, and not in every run. */
import { conv2dS8Of, convolutionRow } from '../program/kernels/conv2d-s4.ts';
import { unpackRows } from '../program/kernels/four-bits.ts';
import { fullyConnectedS8Of } from '../program/kernels/fully-connected-s4.ts';
import type { Step } from '../program/kernels/index.ts';
import type { Program } from '../program/program.ts';
import type { ProgramTensor, TensorId } from '../program/types.ts';

/** The same Program with weights of 8 bits where it has 4: the same bytes come out, and what it is planned for suffices. */
export function withEightBitWeights(program: Program): Program {
  const tensors: ProgramTensor[] = [...program.tensors];
  const unpacked = (dense: Step, [codes, factors]: readonly TensorId[], row: number, p: Rows): Step => {
    const data = unpackRows({ weights: codesOf(codes!), factors: codesOf(factors!) }, row, p);
    const { name } = tensors[codes!]!;
    const shape = [data.length / row, row];
    tensors.push({ name, dtype: 'int8', shape, quant: null, storage: { kind: 'constant', data } });
    return { ...dense, constants: [tensors.length - 1, ...dense.constants.slice(1)] };
  };
  const codesOf = (id: TensorId): Int8Array => {
    const { storage } = tensors[id]!;
    return storage.kind === 'constant' ? (storage.data as Int8Array) : new Int8Array(0);
  };
  const steps = program.steps.map((step) => {
    switch (step.kernel) {
      case 'conv2d_s4':
        return unpacked(conv2dS8Of(step), step.constants, convolutionRow(step.params), step.params);
      case 'fully_connected_s4':
        return unpacked(fullyConnectedS8Of(step), step.constants, step.params.inFeatures, step.params);
      default:
        return step;
    }
  });
  return tensors.length === program.tensors.length ? program : { ...program, tensors, steps };
}

type Rows = Parameters<typeof unpackRows>[2];
