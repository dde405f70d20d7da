/** A model whose output is its input: what conversions make of data is what comes out. */
import { createFit } from '../../src/data/fit.ts';
import { type Preprocess, RAW_VALUES } from '../../src/data/preprocess.ts';
import type { Content } from '../../src/data/source.ts';
import type { Program } from '../../src/program/program.ts';
import { sampleEncoder } from '../../src/program/sample.ts';
import { ARENA, type ProgramTensor } from '../../src/program/types.ts';
import { type BundleFile, type BundleInput, emitBundle } from '../../src/targets/cortex-m/bundle.ts';
import { deviceInputOfProgram } from '../../src/targets/cortex-m/input/data-in.ts';
import { rawOf } from '../../src/targets/cortex-m/input/raw.ts';
import { bundleInput } from './small-model.ts';

export type Case = {
  readonly name: string;
  readonly onnxShape: readonly number[];
  /** Physical axis i is ONNX axis layout[i]; default: as in the ONNX shape. */
  readonly layout?: readonly number[];
  /** Null for floats. */
  readonly quant?: { readonly scale: number; readonly zeroPoint: number } | null;
  /** Whether the codes have 16 bits. */
  readonly wide?: boolean;
  readonly preprocess: Partial<Preprocess>;
  readonly labels?: readonly string[];
};

function passProgram({
  onnxShape,
  layout,
  quant = { scale: 0.05, zeroPoint: -3 },
  wide = false,
}: Case): Program {
  const order = layout ?? onnxShape.map((_, axis) => axis);
  const shape = order.map((axis) => onnxShape[axis]!);
  const dtype: ProgramTensor['dtype'] = quant === null ? 'float32' : wide ? 'int16' : 'int8';
  const port = { name: 'x', tensor: 0, onnxShape, layout: order };
  return {
    name: 'pass',
    tensors: [{ name: 'x', dtype, shape, quant, storage: ARENA }],
    inputs: [port],
    outputs: [port],
    steps: [],
  };
}

/** @param contents recorded data */
export function passInput(one: Case, contents: readonly Content[] = []): BundleInput {
  const preprocess = { ...RAW_VALUES, ...one.preprocess };
  const { name, labels = [], onnxShape } = one;
  const program = passProgram(one);
  const contract = { preprocess, labels };
  const { inputs } = deviceInputOfProgram(program, contract);
  const fit = createFit([onnxShape], preprocess);
  const encode = sampleEncoder(program);
  const recorded = contents.map((content) => ({
    starts: true,
    inputs: encode(fit({ content, label: null, at: 'test' })),
    raw: rawOf(content, inputs),
  }));
  return bundleInput({ program, name, contract, recorded });
}

export function passBundle(one: Case): readonly BundleFile[] {
  return emitBundle(passInput(one));
}
