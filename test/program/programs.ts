/** Small Programs for tests. */
import type { Step } from '../../src/program/kernels/index.ts';
import type { Program } from '../../src/program/program.ts';
import { ARENA, type ProgramTensor } from '../../src/program/types.ts';

export function activation(name: string, bytes: number): ProgramTensor {
  return { name, dtype: 'int8', shape: [bytes], quant: { scale: 1, zeroPoint: 0 }, storage: ARENA };
}

export function identityTable(): ProgramTensor {
  return {
    name: 'table',
    dtype: 'int8',
    shape: [256],
    quant: null,
    storage: { kind: 'constant', data: Int8Array.from({ length: 256 }, (_, i) => i - 128) },
  };
}

export function copyStep(name: string, from: number, to: number, size: number): Step {
  return {
    kernel: 'copy_s8',
    name,
    inputs: [from],
    constants: [],
    outputs: [to],
    params: {
      size0: 1,
      size1: 1,
      size2: 1,
      size3: size,
      inOffset: 0,
      inStride0: 0,
      inStride1: 0,
      inStride2: 0,
      inStride3: 1,
      outOffset: 0,
      outStride0: 0,
      outStride1: 0,
      outStride2: 0,
      outStride3: 1,
    },
  };
}

/** A chain of copies through tensors of the given sizes. */
export function chain(sizes: readonly number[]): Program {
  const last = sizes.length - 1;
  const port = (tensor: number) => ({ name: `p${tensor}`, tensor, onnxShape: [sizes[tensor]!], layout: [0] });
  return {
    name: 'chain',
    inputs: [port(0)],
    outputs: [port(last)],
    tensors: sizes.map((size, i) => activation(`t${i}`, size)),
    steps: sizes.slice(1).map((size, i) => copyStep(`s${i}`, i, i + 1, Math.min(size, sizes[i]!))),
  };
}

function stateTensor(name: string, initial: Int8Array): ProgramTensor {
  return { ...activation(name, initial.length), storage: { kind: 'state', initial } };
}

/**
 * Two outputs of `size` int8: the input of two runs before, at first 1 2 3 ... and then all 77, and the number of runs,
 * counted from 5 by a step that updates its state in place.
 */
export function delayLine(size: number): Program {
  const port = (name: string, tensor: number) => ({ name, tensor, onnxShape: [size], layout: [0] });
  return {
    name: 'delay',
    inputs: [port('x', 0)],
    outputs: [port('delayed', 1), port('runs', 2)],
    tensors: [
      activation('x', size),
      activation('delayed', size),
      activation('runs', size),
      stateTensor(
        'before',
        Int8Array.from({ length: size }, (_, i) => i + 1),
      ),
      stateTensor('last', new Int8Array(size).fill(77)),
      stateTensor('count', new Int8Array(size).fill(5)),
      { ...identityTable(), storage: { kind: 'constant', data: successors() } },
    ],
    steps: [
      copyStep('give', 3, 1, size),
      copyStep('shift', 4, 3, size),
      copyStep('take', 0, 4, size),
      { kernel: 'lut_s8', name: 'count', inputs: [5], constants: [6], outputs: [5], params: { size } },
      copyStep('runs', 5, 2, size),
    ],
  };
}

/** A table that adds 1, and stays at 127. */
function successors(): Int8Array {
  return Int8Array.from({ length: 256 }, (_, i) => Math.min(i - 127, 127));
}
