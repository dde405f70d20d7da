/** Small Programs for tests. */
import type { Step } from '../../src/program/kernels/index.ts';
import type { Program, ProgramTensor } from '../../src/program/types.ts';

export function activation(name: string, bytes: number): ProgramTensor {
  return { name, dtype: 'int8', shape: [bytes], quant: { scale: 1, zeroPoint: 0 }, data: null };
}

export function identityTable(): ProgramTensor {
  return {
    name: 'table',
    dtype: 'int8',
    shape: [256],
    quant: null,
    data: Int8Array.from({ length: 256 }, (_, i) => i - 128),
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
