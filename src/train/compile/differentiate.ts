/**
 * Derives a training step at compile time: forward pass, loss, backward pass and updates as ordinary steps of one
 * Program. What no trained parameter needs is never generated; a gradient is applied as soon as it is there.
 */
import { TinymlError } from '../../diagnostics/errors.ts';
import { elementCount } from '../../graph/tensor.ts';
import { channelsLast as channelsLastOf, plainLayout } from '../../lower/shared/views.ts';
import type { Program } from '../../program/program.ts';
import type { ProgramArray, TensorId } from '../../program/types.ts';
import type { Range } from '../../quantize/observers/histogram.ts';
import type { Accumulation } from '../accumulation.ts';
import type { StepOptions } from '../options.ts';
import type { Arithmetic, Flow, Kept } from './arithmetic.ts';
import { emitBackward } from './backward.ts';
import type { Context, UnitParameters } from './context.ts';
import { arena, type Emitter, push, type Role, startEmitting } from './emit.ts';
import { emitFixedInput, quantOf } from './fixed-units.ts';
import { fakeQuantArithmetic, floatArithmetic } from './float-arithmetic.ts';
import { foldConstants } from './fold-constants.ts';
import { emitForward } from './forward.ts';
import { annealOf, emitLoss } from './loss.ts';
import { inputsOf, keepsCodes, type Network, outputsOf, type Unit } from './network.ts';
import { octoArithmetic } from './octo/arithmetic.ts';
import { type FixedRanges, noRanges, type RangeOf } from './ranges.ts';
import { type Replay, replayOf } from './replay.ts';
import { type Trained, trainedOf } from './trained.ts';
import { updatesOf } from './updates.ts';

/** A training step, and what its tensors are. */
export type TrainProgram = {
  readonly program: Program;
  /** Steps before this one are the forward pass and the loss. */
  readonly forwardSteps: number;
  readonly accumulation: Accumulation;
  readonly replay: Replay | null;
  /** Of ranges that are fixed: what the first steps make, before all others. */
  readonly first: FirstSteps | null;
  readonly roles: ReadonlyMap<TensorId, Role>;
  /** State tensors by name. */
  readonly state: ReadonlyMap<string, TensorId>;
  readonly ports: {
    /** float32 [batch][input], channels first as the data come; int32 of models that take whole numbers. */
    readonly input: TensorId;
    /** int32 [batch] for cross-entropy, float32 like the output for squared errors, and for gradients that are given; of gates ANNEAL; null where the input is the target. */
    readonly target: TensorId | null;
    /** float32 [4]: CONTROL in program/kernels/optimisers.ts. */
    readonly control: TensorId;
    /** int32 [1]: what random numbers of the step come from. */
    readonly key: TensorId;
    /** float32 [2]: loss, correct; where the gradient is given the output, float32 [batch][output], channels last. */
    readonly result: TensorId;
    /** float32 [batch][input], channels last: the gradient of the input; null where it is not asked for. */
    readonly ofInput: TensorId | null;
  };
  /** Ranges that were fixed, by value. */
  readonly fixedRanges: ReadonlyMap<string, Range>;
  /** The names under which the parameters of each unit are kept. */
  readonly parameters: ReadonlyMap<string, UnitParameters>;
};

type FirstSteps = {
  /** Codes of the input; null where they have not 8 bits, or the input is whole numbers. */
  readonly codes: InputCodes | null;
  /** Steps before this one make values that no gradient reaches: inference, whatever is trained. */
  readonly prefixSteps: number;
};

/** The input in codes, and how many of the first steps make them. */
export type InputCodes = {
  readonly tensor: TensorId;
  readonly steps: number;
  /** As it lies, and which ONNX axes these are. */
  readonly shape: readonly number[];
  readonly layout: readonly number[];
  readonly quant: { readonly scale: number; readonly zeroPoint: number };
};

/** The first values of the state, by name. */
export function firstState({ program, state }: TrainProgram): ReadonlyMap<string, ProgramArray> {
  return new Map(
    [...state].flatMap(([name, tensor]) => {
      const { storage } = program.tensors[tensor]!;
      return storage.kind === 'state' ? [[name, storage.initial] as const] : [];
    }),
  );
}

const UNBOUNDED = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };

/**
 * @param rangeOf what ranges stay at, where they are fixed
 * @throws TinymlError E_OP, E_USAGE, E_SHAPE for what cannot be trained so
 */
export function differentiate(
  network: Network,
  options: StepOptions,
  rangeOf: RangeOf = noRanges,
): TrainProgram {
  const trained = trainedOf(network, options);
  const isFixed = options.octo.ranges === 'fixed';
  const source = options.ofInput === true ? network.input : null;
  const { units, needsGradient, prefix } = prefixFirst(unitsBefore(network), trained, isFixed, source);
  const batch = options.batchSize;
  const e = startEmitting();
  const inputType = network.takesNumbers ? 'int32' : 'float32';
  const input = arena(e, 'input', inputType, batch * elementCount(network.inputShape), 'port');
  const key = arena(e, 'key', 'int32', 1, 'port');
  const control = arena(e, 'control', 'float32', 4, 'port');
  const arithmetic = arithmeticOf(network, options, key, rangeOf);
  const updates = updatesOf(options.optimizer, options.accumulate, control, key);

  const kept = new Map<string, Kept>();
  const fixed = fixedOf(network, options, rangeOf);
  const real = network.takesNumbers ? null : channelsLast(e, network, input, batch);
  if (real !== null) {
    const inCodes =
      fixed === null
        ? arithmetic.keep(e, network.input, real, UNBOUNDED)
        : emitFixedInput(e, options.octo, fixed, network.input, real);
    kept.set(network.input, inCodes);
  }
  const encodingSteps = e.steps.length;
  const anneal = annealOf(e, options.loss);
  const random = { key, anneal };
  const context: Context = {
    ...{ e, network, options, arithmetic, updates, random, kept, needsGradient, trained, batch },
    fixed,
    numbers: network.takesNumbers ? input : null,
  };
  const prefixUnits = units.slice(0, prefix).map((unit) => emitForward(context, unit));
  const prefixSteps = e.steps.length;
  const emitted = [...prefixUnits, ...units.slice(prefix).map((unit) => emitForward(context, unit))];

  const outputs = network.outputs.map((name) => emitted.find(({ unit }) => unit.output === name)!.flow!);
  const targets = { anneal, input: isFixed && real !== null ? kept.get(network.input)! : floatOf(real) };
  const forwardOnly = e.steps.length;
  const { target, result, gradients } = emitLoss(e, network, options.loss, outputs, batch, targets);
  const forwardSteps = options.loss.kind === 'given-gradient' ? forwardOnly : e.steps.length;
  const backward = emitBackward(context, emitted, gradients);
  const ofInput = source === null ? null : (backward?.data ?? null);
  e.steps.push(...e.late);

  const port = (name: string, tensor: TensorId, onnxShape: readonly number[]) => ({
    name,
    tensor,
    onnxShape,
    layout: onnxShape.map((_, axis) => axis),
  });
  const whole: Program = {
    name: network.graph.name,
    inputs: [
      port('input', input, [batch, ...network.inputShape]),
      ...(target === null ? [] : [port('target', target, [e.tensors[target]!.shape[0]!])]),
      port('control', control, [4]),
      port('key', key, [1]),
    ],
    outputs: [
      port('result', result, e.tensors[result]!.shape),
      ...(ofInput === null ? [] : [port('input-gradient', ofInput, e.tensors[ofInput]!.shape)]),
    ],
    tensors: e.tensors,
    steps: e.steps,
  };
  const { program: folded, ends } = foldConstants(whole, [encodingSteps, prefixSteps, forwardSteps]);
  const replayed =
    options.replay == null
      ? null
      : replayOf(folded, ends[1], elementCount(network.outputShape), options.replay);
  const program = replayed === null ? folded : { ...folded, tensors: [...folded.tensors, ...replayed.state] };
  replayed?.state.forEach(({ name }, i) => {
    e.state.set(name, folded.tensors.length + i);
    e.roles.set(folded.tensors.length + i, 'state');
  });
  const inCodes = fixed === null ? undefined : kept.get(network.input);
  return {
    program,
    forwardSteps: ends[2],
    accumulation: { steps: options.accumulate, updateSteps: e.late.length },
    replay: replayed?.replay ?? null,
    first: isFixed
      ? {
          codes: inCodes?.kind === 'codes' ? inputCodes(network, batch, e, inCodes, ends[0]) : null,
          prefixSteps: ends[1],
        }
      : null,
    roles: e.roles,
    state: e.state,
    fixedRanges: e.fixedRanges,
    ports: { input, target, control, key, result, ofInput },
    parameters: new Map(emitted.map(({ unit, names }) => [unit.name, names])),
  };
}

function floatOf(flow: Flow | null): Kept | null {
  return flow === null ? null : { kind: 'float', data: flow.data, size: flow.size };
}

/** The units that the outputs depend on. */
function unitsBefore(network: Network): readonly Unit[] {
  const needed = new Set<string>(network.outputs);
  const used = [...network.units].reverse().filter((unit) => {
    if (!outputsOf(unit).some((value) => needed.has(value))) return false;
    for (const value of inputsOf(unit)) needed.add(value);
    return true;
  });
  if (used.length === 0) {
    throw new TinymlError('E_OP', 'the output of the model is not computed from anything', {
      at: `value "${network.outputs[0]}"`,
    });
  }
  return used.reverse();
}

type Ordered = {
  readonly units: readonly Unit[];
  readonly needsGradient: ReadonlySet<string>;
  /** So many of the first units have no gradient. */
  readonly prefix: number;
};

/** Units in order, those that no gradient reaches before all others where these are to be one piece: they read nothing of the others. */
function prefixFirst(
  units: readonly Unit[],
  trained: ReadonlyMap<string, Trained>,
  isOnePiece: boolean,
  source: string | null,
): Ordered {
  const needsGradient = gradientUnits(units, trained, source);
  if (!isOnePiece) return { units, needsGradient, prefix: 0 };
  const isBefore = (unit: Unit): boolean => !outputsOf(unit).some((value) => needsGradient.has(value));
  const prefix = units.filter(isBefore);
  const others = units.filter((unit) => !isBefore(unit));
  return { units: [...prefix, ...others], needsGradient, prefix: prefix.length };
}

/** Codes of inference have 8 bits. */
function fixedOf(network: Network, { octo }: StepOptions, rangeOf: RangeOf): FixedRanges | null {
  if (octo.ranges !== 'fixed' || octo.bitsActivations !== 8 || octo.bitsWeights !== 8) return null;
  const symmetric = symmetricValues(network);
  return { rangeOf, isSymmetric: (value) => symmetric.has(value) };
}

/** Outputs of units that something trained leads to, or the input, where its own gradient is asked for: it is then one of them. */
function gradientUnits(
  units: readonly Unit[],
  trained: ReadonlyMap<string, Trained>,
  source: string | null,
): ReadonlySet<string> {
  const live = new Set<string>(source === null ? [] : [source]);
  for (const unit of units) {
    const own = trained.get(unit.name);
    const isTrained = own !== undefined && (own.weights > 0 || own.bias);
    if (isTrained || inputsOf(unit).some((value) => live.has(value))) {
      for (const value of outputsOf(unit)) live.add(value);
    }
  }
  return live;
}

function arithmeticOf(network: Network, options: StepOptions, key: TensorId, rangeOf: RangeOf): Arithmetic {
  const symmetric = symmetricValues(network);
  switch (options.method) {
    case 'octo':
      return octoArithmetic(options.octo, key, symmetric, rangeOf);
    case 'qat':
      return fakeQuantArithmetic(options.octo, key, symmetric);
    case 'float':
      return floatArithmetic();
  }
}

/** Inputs of transposed convolutions, as they are kept. */
function symmetricValues({ units }: Network): ReadonlySet<string> {
  const sources = new Map(
    units.flatMap(({ source, output }) => (keepsCodes(source) ? [[output, source.x] as const] : [])),
  );
  const keptOf = (value: string): string => {
    const input = sources.get(value);
    return input === undefined ? value : keptOf(input);
  };
  return new Set(units.flatMap(({ source }) => (source.kind === 'convTranspose' ? [keptOf(source.x)] : [])));
}

function inputCodes(
  network: Network,
  batch: number,
  e: Emitter,
  kept: Extract<Kept, { kind: 'codes' }>,
  steps: number,
): InputCodes {
  const { inputShape, inputIsChannelsLast } = network;
  const onnxShape = [batch, ...inputShape];
  const layout = inputIsChannelsLast ? channelsLastOf(onnxShape.length) : plainLayout(onnxShape.length);
  const shape = layout.map((axis) => onnxShape[axis]!);
  return { tensor: kept.codes, steps, shape, layout, quant: quantOf(e, kept) };
}

/** The batch with channels last in memory. */
function channelsLast(e: Emitter, network: Network, input: TensorId, batch: number): Flow {
  const [channels = 1, ...spatial] = network.inputShape;
  const positions = elementCount(spatial);
  const size = batch * channels * positions;
  const isPlain = !network.inputIsChannelsLast || channels === 1 || positions === 1;
  if (isPlain) return { data: input, size, extent: null };
  const data = arena(e, 'input/channels-last', 'float32', size);
  push(
    e,
    'copy_f32',
    'input',
    { inputs: [input], outputs: [data] },
    {
      size0: 1,
      size1: batch,
      size2: positions,
      size3: channels,
      inOffset: 0,
      inStride0: 0,
      inStride1: channels * positions,
      inStride2: 1,
      inStride3: positions,
      outOffset: 0,
      outStride0: 0,
      outStride1: channels * positions,
      outStride2: channels,
      outStride3: 1,
    },
  );
  return { data, size, extent: null };
}
