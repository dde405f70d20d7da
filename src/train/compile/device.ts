/**
 * A training step as a device runs it, and the inference that its weights serve: two Programs of one list of tensors. They share
 * constants and state, so that what a step has learned is what the next inference computes with.
 */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Step } from '../../program/kernels/index.ts';
import type { Program } from '../../program/program.ts';
import { ARENA, type ProgramArray, type ProgramTensor, type TensorId } from '../../program/types.ts';
import type { Accumulation } from '../accumulation.ts';
import { lossOfGuessing } from '../divergence.ts';
import { applyEarly } from './apply-early.ts';
import type { DeviceSteps } from './device-steps.ts';
import type { InputCodes, TrainProgram } from './differentiate.ts';
import { columnsBox, type Role } from './emit.ts';
import { fuseChains } from './fuse-chains.ts';
import { fuseUpdates } from './fuse-updates.ts';
import type { Network } from './network.ts';
import { packMasks } from './pack-masks.ts';
import { recodeWeights } from './recode-weights.ts';
import { isReplayName, latentCopies, newestTensor, type Replay } from './replay.ts';

/** One step: what is planned, whoever asks. */
export type DeviceStep = {
  /**
   * Copies what the forward pass changes; `firstOfBackward` is the first step of the backward pass with its updates. Outputs: loss and
   * correct, and the copies.
   */
  readonly step: Program;
  readonly firstOfBackward: number;
  readonly accumulation: Accumulation;
  /** `newest`: int8 [bytes], the latent of the sample until its step is over. */
  readonly replay: (Replay & { readonly newest: TensorId }) | null;
  /** So many of the first steps are inference, whatever is trained: from the input in codes to codes that the others read. */
  readonly prefixSteps: number;
  /** int32 [1], state that no step touches: how many steps were made, of which each has its random numbers. */
  readonly counter: TensorId;
  /** In the place of random numbers in the inference. */
  readonly noKey: TensorId;
  /** float32 [1], state that no step touches: the mean of the last losses (train/divergence.ts). */
  readonly meanLoss: TensorId;
  /** Copies of the state that the forward pass changes, one tensor after the other, and which these are; null where it changes none. */
  readonly before: TensorId | null;
  readonly early: readonly TensorId[];
  readonly roles: ReadonlyMap<TensorId, Role>;
};

export type DeviceTraining = DeviceStep & {
  /** The input, float32 or in codes of a range that is fixed, to float32 scores, with the state as it is. */
  readonly inference: Program;
  readonly firstOfLoss: number;
  readonly ports: TrainProgram['ports'];
  /** What the loss reads: the output of `inference`. */
  readonly scores: TensorId;
  readonly loss: DeviceLoss;
};

/** What a step is told of its sample; `guessing` is what a model loses that knows nothing of the sample. */
export type DeviceLoss = { readonly guessing: number } & (
  | { readonly kind: 'cross-entropy'; readonly classes: number; readonly target: TensorId }
  /** Nothing: it is its own target. */
  | { readonly kind: 'reconstruction' }
);

/** Under which name the state has the number of steps. */
const COUNTER = 'training/steps';
const MEAN_LOSS = 'training/mean-loss';

const NO_VALUES: ReadonlyMap<TensorId, ProgramArray> = new Map();

/**
 * The step in integers with updates fused into weight gradients and codes of weights made of codes, and what it takes to undo one and to number them.
 * @param first values of the state in the place of those that it has, by tensor
 */
export function deviceStep(
  train: TrainProgram,
  first: ReadonlyMap<TensorId, ProgramArray> = NO_VALUES,
): DeviceStep {
  const whole = recodeWeights(withFirstState(train.program, first), train.forwardSteps);
  const known = withoutIdleRanges(whole, train.forwardSteps);
  const { accumulation } = train;
  const fused = forMemory({ ...known, accumulation, roles: train.roles }, train.first?.prefixSteps ?? 0);
  const { program, forwardSteps } = withInputInCodes(fused, train.first?.codes ?? null);
  // No pass touches the steps before what is trained.
  const prefixSteps =
    train.first === null ? 0 : train.first.prefixSteps - (fused.forwardSteps - forwardSteps);
  const tensors: ProgramTensor[] = [...program.tensors];
  const noKey = tensors.push(noKeyTensor()) - 1;
  const prefix = program.steps.slice(0, prefixSteps).map((step) => onTensor(step, train.ports.key, noKey));
  const others = program.steps.slice(prefixSteps);
  const counter = tensors.push(ownState(COUNTER, 'int32', new Int32Array(1))) - 1;
  const meanLoss = tensors.push(ownState(MEAN_LOSS, 'float32', new Float32Array(1))) - 1;
  const changed = new Set(others.slice(0, forwardSteps - prefixSteps).flatMap(({ outputs }) => outputs));
  const early = [...train.state.values()].filter((id) => changed.has(id));
  const roles = new Map([...fused.roles, [counter, 'state'] as const, [meanLoss, 'state'] as const]);
  for (const id of known.idle) roles.delete(id);
  for (const { tensor } of program.inputs) roles.set(tensor, 'port');
  const before = early.length === 0 ? null : tensors.push(copiesTensor(tensors, early)) - 1;
  const newest = train.replay === null ? null : tensors.push(newestTensor(train.replay.bytes)) - 1;
  const copies = [
    ...(newest === null ? [] : latentCopies(tensors, train.replay!.crossing, newest)),
    ...(before === null ? [] : copySteps(tensors, early, before)),
  ];
  const lasting = [before, newest].flatMap((id) => (id === null ? [] : [id]));
  for (const id of lasting) roles.set(id, 'passing');
  const outputs = [
    ...program.outputs,
    ...lasting.map((tensor) => {
      const { name, shape } = tensors[tensor]!;
      return { name: name.split('/')[1]!, tensor, onnxShape: shape, layout: [0] };
    }),
  ];
  return {
    step: { ...program, tensors, outputs, steps: [...prefix, ...copies, ...others] },
    firstOfBackward: copies.length + forwardSteps,
    replay: newest === null ? null : { ...train.replay!, newest },
    ...{ accumulation, prefixSteps, counter, meanLoss, before, early, roles, noKey },
  };
}

/** The Program whose input is in codes already: the steps that make them are those of who gives it. */
function withInputInCodes(
  { program, forwardSteps }: { readonly program: Program; readonly forwardSteps: number },
  codes: InputCodes | null,
): { readonly program: Program; readonly forwardSteps: number } {
  if (codes === null) return { program, forwardSteps };
  const { tensor, steps, shape, layout, quant } = codes;
  const [input, ...ports] = program.inputs;
  return {
    program: {
      ...program,
      inputs: [{ ...input!, tensor, layout }, ...ports],
      tensors: program.tensors.map((one, id) => (id === tensor ? { ...one, shape, quant } : one)),
      steps: program.steps.slice(steps),
    },
    forwardSteps: forwardSteps - steps,
  };
}

function onTensor(step: Step, from: TensorId, to: TensorId): Step {
  return { ...step, inputs: step.inputs.map((id) => (id === from ? to : id)) };
}

/** The Program without ranges that it follows and no step reads: those of outputs, which the desk writes into the model. */
function withoutIdleRanges(
  program: Program,
  forwardSteps: number,
): { readonly program: Program; readonly forwardSteps: number; readonly idle: ReadonlySet<TensorId> } {
  const read = new Set(program.steps.flatMap(({ inputs }) => inputs));
  const isIdle = ({ kernel, outputs }: Step): boolean =>
    kernel === 'track_range_f32' && outputs.every((id) => !read.has(id));
  const idle = new Set(program.steps.filter(isIdle).flatMap(({ outputs }) => outputs));
  const tensors = program.tensors.map((tensor, id) =>
    idle.has(id) ? { ...tensor, storage: ARENA } : tensor,
  );
  return {
    program: { ...program, tensors, steps: program.steps.filter((step) => !isIdle(step)) },
    forwardSteps: forwardSteps - program.steps.slice(0, forwardSteps).filter(isIdle).length,
    idle,
  };
}

/**
 * @param train one sample per step, with a class each, or as its own target
 * @param ownGuessing of a reconstruction: what a model loses that has learned nothing of the samples
 * @param first values of the state in the place of those that it has, by tensor
 * @throws TinymlError E_OP for a model whose places have classes
 */
export function forDevice(
  train: TrainProgram,
  network: Network,
  ownGuessing: number,
  first: ReadonlyMap<TensorId, ProgramArray> = NO_VALUES,
): DeviceTraining {
  const { ports } = train;
  const own = deviceStep(train, first);
  const firstOfLoss = own.step.steps.findIndex(({ outputs }) => outputs.includes(ports.result));
  const lossStep = own.step.steps[firstOfLoss]!;
  const loss = deviceLoss(lossStep, ports.target, ownGuessing);
  if (loss === null) {
    throw new TinymlError('E_OP', 'firmware is trained by one class for each sample, or by reconstruction', {
      at: `output of shape [${network.outputShape.join(', ')}]`,
      hint: 'leave out --training: models whose places have classes are trained on the host',
    });
  }
  const scores = lossStep.inputs[0]!;
  const { step, prefixSteps, noKey } = own;
  const one = { onnxShape: [1, network.outputShape.reduce((all, size) => all * size, 1)], layout: [0, 1] };
  return {
    ...own,
    inference: {
      name: step.name,
      tensors: step.tensors,
      inputs: step.inputs.slice(0, 1),
      outputs: [{ name: network.outputs[0]!, tensor: scores, ...one }],
      steps: [
        ...step.steps.slice(0, prefixSteps),
        ...leadingTo(
          scores,
          step.steps.slice(prefixSteps, firstOfLoss).filter(({ kernel }) => kernel !== 'track_range_f32'),
        ).map((one) => onTensor(one, ports.key, noKey)),
      ],
    },
    ...{ firstOfLoss, scores, loss },
    ports: { ...ports, input: step.inputs[0]!.tensor },
  };
}

/** Null for what a device is not told of a sample. */
function deviceLoss(step: Step, target: TensorId | null, ownGuessing: number): DeviceLoss | null {
  if (step.kernel === 'squared_error_f32' && target === null) {
    return { kind: 'reconstruction', guessing: ownGuessing };
  }
  if (step.kernel !== 'softmax_cross_entropy_f32' || step.params.rows !== 1 || target === null) return null;
  const { classes } = step.params;
  return { kind: 'cross-entropy', classes, target, guessing: lossOfGuessing(classes) };
}

/** With less memory and the same bytes. @param prefixSteps steps that are laid out on their own */
function forMemory(step: DeviceSteps, prefixSteps: number): DeviceSteps {
  return fuseChains(applyEarly(fuseUpdates(packMasks(fixedState(step)))), prefixSteps);
}

function withFirstState(program: Program, first: ReadonlyMap<TensorId, ProgramArray>): Program {
  const tensors = program.tensors.map((tensor, id): ProgramTensor => {
    const initial = first.get(id);
    return initial === undefined ? tensor : { ...tensor, storage: { kind: 'state', initial } };
  });
  return { ...program, tensors };
}

function ownState(
  name: string,
  dtype: 'int32' | 'float32',
  initial: Int32Array | Float32Array,
): ProgramTensor {
  return { name, dtype, shape: [initial.length], quant: null, storage: { kind: 'state', initial } };
}

/** State that no step writes, as constants: scales of weights in codes. */
function fixedState(given: DeviceSteps): DeviceSteps {
  const { program } = given;
  const written = new Set(program.steps.flatMap(({ outputs }) => outputs));
  const isFixed = ({ name, storage }: ProgramTensor, id: TensorId): boolean =>
    storage.kind === 'state' && !written.has(id) && !isReplayName(name);
  const tensors = program.tensors.map((tensor, id): ProgramTensor => {
    const { storage } = tensor;
    if (storage.kind !== 'state' || !isFixed(tensor, id)) return tensor;
    return { ...tensor, storage: { kind: 'constant', data: storage.initial } };
  });
  const roles = [...given.roles].filter(([id]) => !isFixed(program.tensors[id]!, id));
  return { ...given, program: { ...program, tensors }, roles: new Map(roles) };
}

/** In the place of random numbers: nothing is rounded at random in the forward pass. */
function noKeyTensor(): ProgramTensor {
  const storage = { kind: 'constant', data: new Int32Array(1) } as const;
  return { name: 'training/no-key', dtype: 'int32', shape: [1], quant: null, storage };
}

function copiesTensor(tensors: readonly ProgramTensor[], early: readonly TensorId[]): ProgramTensor {
  const size = early.reduce((sum, id) => sum + tensors[id]!.shape[0]!, 0);
  return { name: 'training/before', dtype: 'float32', shape: [size], quant: null, storage: ARENA };
}

function copySteps(
  tensors: readonly ProgramTensor[],
  early: readonly TensorId[],
  to: TensorId,
): readonly Step[] {
  let outOffset = 0;
  return early.map((id): Step => {
    const size = tensors[id]!.shape[0]!;
    const step: Step = {
      kernel: 'copy_f32',
      name: tensors[id]!.name,
      inputs: [id],
      constants: [],
      outputs: [to],
      params: { ...columnsBox(1, size, size, size), outOffset },
    };
    outOffset += size;
    return step;
  });
}

/** The steps that a tensor is made by: quantisers are those of the state, and nobody watches ranges. */
function leadingTo(tensor: TensorId, steps: readonly Step[]): readonly Step[] {
  const needed = new Set([tensor]);
  const used = steps.toReversed().filter(({ inputs, outputs }) => {
    if (!outputs.some((id) => needed.has(id))) return false;
    for (const id of inputs) needed.add(id);
    return true;
  });
  return used.toReversed();
}
