/** A small convolutional network as a Program, and its bundle. */

import { loadKernels } from '../../src/engine/load.ts';
import type { InputContract } from '../../src/input/contract.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { coreFeatures } from '../../src/profiles/cortex-m.ts';
import type { KernelLibrary } from '../../src/program/implementation.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { sampleEncoder } from '../../src/program/sample.ts';
import { ARENA, type ProgramArray, type ProgramTensor } from '../../src/program/types.ts';
import { type BundleFile, type BundleInput, emitBundle } from '../../src/targets/cortex-m/bundle.ts';
import { goldenVectors, type RecordedInputs } from '../../src/targets/cortex-m/golden.ts';
import { deviceInputOfProgram } from '../../src/targets/cortex-m/input/data-in.ts';
import { madeInputs } from '../../src/targets/cortex-m/input/device-input.ts';
import { inputScratchBytes } from '../../src/targets/cortex-m/input/print-input.ts';
import { readNativeSources } from '../../src/targets/cortex-m/native-sources.ts';
import { loadCortexM } from '../cortex-m.ts';

/**
 * float32 image [1, 6, 6, 2] and int8 vector [1, 8] in; quantize, convolution 3x3 with padding, depthwise 3x3 stride 2,
 * table, fully connected, add, softmax; int8 [1, 8] and its float32 form out.
 * @param layer name of the convolution, as a model file might choose it
 */
export function smallProgram(layer = 'conv'): Program {
  const random = seededRandom(7);
  const tensors: ProgramTensor[] = [];
  const quant = { scale: 0.05, zeroPoint: -3 };
  const tensor = (
    name: string,
    dtype: ProgramTensor['dtype'],
    shape: readonly number[],
    isQuantized = true,
  ): number => tensors.push({ name, dtype, shape, quant: isQuantized ? quant : null, storage: ARENA }) - 1;
  const constant = (name: string, data: ProgramArray): number => {
    const dtype = data instanceof Int8Array ? 'int8' : data instanceof Int32Array ? 'int32' : 'float32';
    return (
      tensors.push({ name, dtype, shape: [data.length], quant: null, storage: { kind: 'constant', data } }) -
      1
    );
  };
  const bytes = (count: number): Int8Array =>
    Int8Array.from({ length: count }, () => Math.floor(random() * 255) - 127);
  const weights = (name: string, count: number, channels: number): number[] => [
    constant(`${name}.weight`, bytes(count)),
    constant(
      `${name}.bias`,
      Int32Array.from({ length: channels }, () => Math.floor(random() * 800) - 400),
    ),
    constant(
      `${name}.multiplier`,
      Int32Array.from({ length: channels }, () => 2 ** 30 + Math.floor(random() * 2 ** 30)),
    ),
    constant(
      `${name}.shift`,
      Int32Array.from({ length: channels }, (_, c) => -6 - (c % 3)),
    ),
  ];
  const offsets = { inputOffset: 3, outputOffset: -3, actMin: -128, actMax: 127 };
  const window = { kernelH: 3, kernelW: 3, dilationH: 1, dilationW: 1, padTop: 1, padLeft: 1 };

  const image = tensor('image', 'float32', [1, 6, 6, 2], false);
  const extra = tensor('extra', 'int8', [1, 8]);
  const pixels = tensor('pixels', 'int8', [1, 6, 6, 2]);
  const features = tensor('features', 'int8', [1, 6, 6, 5]);
  const reduced = tensor('reduced', 'int8', [1, 3, 3, 5]);
  const activated = tensor('activated', 'int8', [1, 3, 3, 5]);
  const logits = tensor('logits', 'int8', [1, 8]);
  const sum = tensor('sum', 'int8', [1, 8]);
  const probabilities = tensor('probabilities', 'int8', [1, 8]);
  const real = tensor('real', 'float32', [1, 8], false);
  const identity = (id: number) => ({
    tensor: id,
    name: tensors[id]!.name,
    onnxShape: tensors[id]!.shape,
    layout: [0, 1],
  });
  return {
    name: 'small',
    tensors,
    inputs: [
      { tensor: image, name: 'image', onnxShape: [1, 2, 6, 6], layout: [0, 2, 3, 1] },
      identity(extra),
    ],
    outputs: [identity(probabilities), identity(real)],
    steps: [
      {
        kernel: 'quantize_s8',
        name: 'quantize',
        inputs: [image],
        constants: [constant('image scale', Float32Array.of(0.05))],
        outputs: [pixels],
        params: { size: 72, zeroPoint: -3 },
      },
      {
        kernel: 'conv2d_s8',
        name: layer,
        inputs: [pixels],
        constants: weights('conv', 5 * 9 * 2, 5),
        outputs: [features],
        params: {
          batch: 1,
          inH: 6,
          inW: 6,
          inChannels: 2,
          outH: 6,
          outW: 6,
          outChannels: 5,
          ...window,
          strideH: 1,
          strideW: 1,
          groups: 1,
          ...offsets,
        },
      },
      {
        kernel: 'depthwise_conv2d_s8',
        name: 'depthwise',
        inputs: [features],
        constants: weights('depthwise', 9 * 5, 5),
        outputs: [reduced],
        params: {
          batch: 1,
          inH: 6,
          inW: 6,
          inChannels: 5,
          outH: 3,
          outW: 3,
          depthMultiplier: 1,
          ...window,
          strideH: 2,
          strideW: 2,
          ...offsets,
        },
      },
      {
        kernel: 'lut_s8',
        name: 'hard swish',
        inputs: [reduced],
        constants: [constant('table', bytes(256))],
        outputs: [activated],
        params: { size: 45 },
      },
      {
        kernel: 'fully_connected_s8',
        name: 'dense',
        inputs: [activated],
        constants: weights('dense', 8 * 45, 8),
        outputs: [logits],
        params: { rows: 1, inFeatures: 45, outFeatures: 8, perChannel: 1, ...offsets },
      },
      {
        kernel: 'add_s8',
        name: 'add',
        inputs: [logits, extra],
        constants: [],
        outputs: [sum],
        params: {
          size: 8,
          leftShift: 20,
          input1Offset: 3,
          input1Multiplier: 1073741824,
          input1Shift: 0,
          input2Offset: 3,
          input2Multiplier: 1073741824,
          input2Shift: 0,
          outputOffset: -3,
          outputMultiplier: 1073741824,
          outputShift: -18,
          actMin: -128,
          actMax: 127,
        },
      },
      {
        kernel: 'softmax_s8',
        name: 'softmax',
        inputs: [sum],
        constants: [],
        outputs: [probabilities],
        params: { rows: 1, rowSize: 8, multiplier: 1717986918, shift: 22, diffMin: -311 },
      },
      {
        kernel: 'dequantize_s8',
        name: 'dequantize',
        inputs: [probabilities],
        constants: [constant('output scale', Float32Array.of(0.00390625))],
        outputs: [real],
        params: { size: 8, zeroPoint: -128 },
      },
    ],
  };
}

/** int8 [1, 12] in, one fully connected layer, int8 [1, 4] out. */
export function denseProgram(): Program {
  const quant = { scale: 0.02, zeroPoint: -10 };
  const port = (tensor: number, name: string, size: number) => ({
    tensor,
    name,
    onnxShape: [1, size],
    layout: [0, 1],
  });
  const constant = (name: string, data: Int8Array | Int32Array): ProgramTensor => {
    const dtype = data instanceof Int8Array ? 'int8' : 'int32';
    return { name, dtype, shape: [data.length], quant: null, storage: { kind: 'constant', data } };
  };
  return {
    name: 'dense',
    inputs: [port(0, 'x', 12)],
    outputs: [port(1, 'y', 4)],
    tensors: [
      { name: 'x', dtype: 'int8', shape: [1, 12], quant, storage: ARENA },
      { name: 'y', dtype: 'int8', shape: [1, 4], quant, storage: ARENA },
      constant(
        'weight',
        Int8Array.from({ length: 48 }, (_, i) => ((i * 37) % 255) - 127),
      ),
      constant('bias', Int32Array.of(100, -100, 50, 0)),
      constant('multiplier', Int32Array.of(1518500250)),
      constant('shift', Int32Array.of(-7)),
    ],
    steps: [
      {
        kernel: 'fully_connected_s8',
        name: 'dense',
        inputs: [0],
        constants: [2, 3, 4, 5],
        outputs: [1],
        params: {
          rows: 1,
          inFeatures: 12,
          outFeatures: 4,
          perChannel: 0,
          inputOffset: 10,
          outputOffset: -10,
          actMin: -128,
          actMax: 127,
        },
      },
    ],
  };
}

export type BundleChoices = {
  readonly program?: Program;
  readonly name?: string;
  readonly library?: KernelLibrary;
  readonly target?: string;
  readonly recorded?: readonly RecordedInputs[];
  /** Of the generated sequences of a Program with state. */
  readonly frames?: number;
  readonly contract?: InputContract;
};

const UNKNOWN: InputContract = { preprocess: null, labels: [] };

/** Everything emitBundle takes, for a Program planned for a target. */
export function bundleInput(choices: BundleChoices = {}): BundleInput {
  const {
    program = smallProgram(),
    name = 'small',
    library = 'builtin',
    target = 'stm32h743',
    recorded,
    frames,
    contract = UNKNOWN,
  } = choices;
  const profile = loadCortexM(target);
  const device = deviceInputOfProgram(program, contract);
  const inputScratch = inputScratchBytes(device);
  const plan = planMemory(program, { library, core: coreFeatures(profile), inputScratch, overlap: true });
  const made = madeInputs(device, contract.preprocess, sampleEncoder(program));
  return {
    program,
    plan,
    name,
    library,
    profile,
    source: { sha256: '0'.repeat(64), bound: new Map(), toolVersion: '0.0.0' },
    golden: goldenVectors(program, plan, recorded, frames, loadKernels(), made),
    native: readNativeSources(),
    contract,
    training: null,
    trained: null,
  };
}

export function smallBundle(choices: BundleChoices = {}): readonly BundleFile[] {
  return emitBundle(bundleInput(choices));
}
