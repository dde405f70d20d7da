/** A model whose output is its input: what conversions make of data is what comes out. */
import type { Preprocess } from '../../src/data/preprocess.ts';
import { RAW_VALUES } from '../../src/data/preprocess.ts';
import type { Program } from '../../src/program/program.ts';
import { ARENA, type ProgramTensor } from '../../src/program/types.ts';
import { type BundleFile, type BundleInput, emitBundle } from '../../src/targets/cortex-m/bundle.ts';
import { bundleInput } from './small-model.ts';

export type Case = {
  readonly name: string;
  readonly onnxShape: readonly number[];
  /** Physical axis i is ONNX axis layout[i]; default: as in the ONNX shape. */
  readonly layout?: readonly number[];
  /** Null for floats. */
  readonly quant?: { readonly scale: number; readonly zeroPoint: number } | null;
  readonly preprocess: Partial<Preprocess>;
  readonly labels?: readonly string[];
};

function passProgram({ onnxShape, layout, quant = { scale: 0.05, zeroPoint: -3 } }: Case): Program {
  const order = layout ?? onnxShape.map((_, axis) => axis);
  const shape = order.map((axis) => onnxShape[axis]!);
  const dtype: ProgramTensor['dtype'] = quant === null ? 'float32' : 'int8';
  const port = { name: 'x', tensor: 0, onnxShape, layout: order };
  return {
    name: 'pass',
    tensors: [{ name: 'x', dtype, shape, quant, storage: ARENA }],
    inputs: [port],
    outputs: [port],
    steps: [],
  };
}

export function passInput(one: Case): BundleInput {
  const preprocess = { ...RAW_VALUES, ...one.preprocess };
  const { name, labels = [] } = one;
  return bundleInput({ program: passProgram(one), name, contract: { preprocess, labels } });
}

export function passBundle(one: Case): readonly BundleFile[] {
  return emitBundle(passInput(one));
}
