/** Float samples in ONNX axis order in, float results in ONNX axis order out: a Program as evaluation sees it. */

import { quantizeValue } from './kernels/quantize-s8.ts';
import { quantizeValue16 } from './kernels/quantize-s16.ts';
import type { MemoryPlan } from './memory-plan.ts';
import type { Program } from './program.ts';
import { createRunner, type Runner } from './run.ts';
import type { ProgramArray, ProgramPort, ProgramTensor } from './types.ts';

/**
 * Prepares a function that quantises each input as the device would (TFLite rounding), runs the Program, and
 * dequantises the outputs. One Float32Array per input and output, row-major in the ONNX shape.
 * @param run runs the Program; the reference if left out
 */
export function createSampleRunner(
  program: Program,
  plan: MemoryPlan,
  run: Runner = createRunner(program, plan),
): (inputs: readonly Float32Array[]) => readonly Float32Array[] {
  const encode = sampleEncoder(program);
  const outputOrders = program.outputs.map(onnxIndices);
  return (inputs) =>
    run(encode(inputs)).map((output, i) => decode(program, program.outputs[i]!, output, outputOrders[i]!));
}

/** Prepares a function from float inputs in ONNX order to the bytes that the Program's inputs take. */
export function sampleEncoder(
  program: Program,
): (inputs: readonly Float32Array[]) => readonly ProgramArray[] {
  const orders = program.inputs.map(onnxIndices);
  return (inputs) =>
    program.inputs.map(({ tensor }, i) => encodeInput(program.tensors[tensor]!, inputs[i]!, orders[i]!));
}

/** onnxIndices(port)[physical position] = row-major position in the ONNX shape. */
export function onnxIndices({ onnxShape, layout }: Pick<ProgramPort, 'onnxShape' | 'layout'>): Int32Array {
  const strides = onnxShape.map((_, axis) => onnxShape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const sizes = layout.map((axis) => onnxShape[axis]!);
  const steps = layout.map((axis) => strides[axis]!);
  const indices = new Int32Array(onnxShape.reduce((a, b) => a * b, 1));
  const index = new Array<number>(sizes.length).fill(0);
  let from = 0;
  for (let to = 0; to < indices.length; to++) {
    indices[to] = from;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++index[axis]! < sizes[axis]!) break;
      from -= steps[axis]! * sizes[axis]!;
      index[axis] = 0;
    }
  }
  return indices;
}

/** Values of a sample as an input takes them. @param order of its elements (onnxIndices) */
export function encodeInput(
  { dtype, quant }: Pick<ProgramTensor, 'dtype' | 'quant'>,
  values: Float32Array,
  order: Int32Array,
): ProgramArray {
  if (dtype === 'int32') return Int32Array.from(order, (at) => values[at]!);
  if (dtype === 'float32' || quant === null) {
    const floats = new Float32Array(order.length);
    for (let i = 0; i < order.length; i++) floats[i] = values[order[i]!]!;
    return floats;
  }
  const { scale, zeroPoint } = quant;
  if (dtype === 'int16') return Int16Array.from(order, (at) => quantizeValue16(values[at]!, scale));
  const codes = new Int8Array(order.length);
  for (let i = 0; i < order.length; i++) codes[i] = quantizeValue(values[order[i]!]!, scale, zeroPoint);
  return codes;
}

function decode(program: Program, port: ProgramPort, values: ProgramArray, order: Int32Array): Float32Array {
  const { quant } = program.tensors[port.tensor]!;
  const result = new Float32Array(order.length);
  for (let i = 0; i < order.length; i++) {
    result[order[i]!] = quant === null ? values[i]! : (values[i]! - quant.zeroPoint) * quant.scale;
  }
  return result;
}
