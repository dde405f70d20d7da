/** A network in training on the host: the Program of one step, on the fastest kernels that there are. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { createMachine } from '../../engine/index.ts';
import { type Kernels, loadKernels } from '../../engine/load.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { Graph, TypedArray } from '../../graph/types.ts';
import { regularise } from '../../passes/pipeline.ts';
import { CONTROL } from '../../program/kernels/optimisers.ts';
import { randomBits } from '../../program/kernels/quantizer.ts';
import { planMemory } from '../../program/plan.ts';
import type { Machine } from '../../program/run.ts';
import { goesOn, stepsOf, updatesBefore } from '../accumulation.ts';
import { differentiate, type TrainProgram } from '../compile/differentiate.ts';
import { memoryOf } from '../compile/memory.ts';
import type { Network } from '../compile/network.ts';
import { noRanges, type RangeOf } from '../compile/ranges.ts';
import type { Replay } from '../compile/replay.ts';
import { learnedGraph, quantizedGraph } from '../compile/to-graph.ts';
import { checkTrainerOptions, type StepOptions, type TrainerOptions } from '../options.ts';
import { joined, part, recall, remember, stepNumber } from '../replay.ts';
import type { Batch, StepResult, StepSettings, Trainer } from '../types.ts';
import { corrections } from './corrections.ts';
import { gradientHealth } from './inspect-gradients.ts';
import { networkOf } from './network.ts';

/** Tensors start at cache lines: vectors of 64 bytes never lie on two. */
const ALIGNMENT = 64;

/**
 * Makes a trainer of a graph from `prepareGraph` with `keepBatchNorm`.
 * @param rangeOf what ranges stay at, where they are fixed
 * @throws TinymlError E_OP listing what cannot be trained, E_USAGE for settings that do not fit the network, E_SHAPE
 */
export function createTrainer(
  graph: Graph,
  options: TrainerOptions,
  rangeOf: RangeOf = noRanges,
  kernels: Kernels = loadKernels(),
): Trainer {
  checkTrainerOptions(options);
  const network = networkOf(graph, options);
  return trainerOf(network, network, options, rangeOf, kernels);
}

/**
 * A trainer of a network.
 * @param model the network, or the part of it that is given back with what was learned
 * @throws TinymlError as `createTrainer`
 */
export function trainerOf(
  network: Network,
  model: Network,
  options: StepOptions,
  rangeOf: RangeOf = noRanges,
  kernels: Kernels = loadKernels(),
): Trainer {
  const train = differentiate(network, options, rangeOf);
  const plan = planMemory(train.program, {
    library: 'builtin',
    core: { dsp: false, mve: false },
    restarts: 0,
    alignment: ALIGNMENT,
  });
  const machine = createMachine(train.program, plan, kernels);
  const run = createStep(network, train, machine, options);
  const state = (): ReadonlyMap<string, TypedArray> =>
    new Map([...train.state].map(([name, tensor]) => [name, machine.view(tensor).slice()]));
  const learned = (): Graph => learnedGraph(model, train, state());
  return {
    batchSize: options.batchSize,
    memory: memoryOf(train, plan),
    step: run,
    inspect: (batch, settings) => gradientHealth(train, machine, () => run.fill(batch, settings)),
    state,
    restore: (saved) => restore(train, machine, saved),
    toGraph: () =>
      options.method === 'float'
        ? learned()
        : quantizedGraph(learned(), state(), options.octo, train.fixedRanges),
    toFloatGraph: () => regularise(learned()),
  };
}

function restore({ state }: TrainProgram, machine: Machine, saved: ReadonlyMap<string, TypedArray>): void {
  for (const [name, tensor] of state) {
    const [view, data] = [machine.view(tensor), saved.get(name)];
    if (data === undefined || data.length !== view.length || data.constructor !== view.constructor) {
      throw new TinymlError('E_CHECKPOINT', 'the checkpoint is of another model, or of other settings', {
        at: `state "${name}"`,
        hint: 'resume with the model and the settings that the checkpoint was made with',
      });
    }
  }
  if (saved.size !== state.size) {
    throw new TinymlError('E_CHECKPOINT', 'the checkpoint holds more than this model has', {
      at: [...saved.keys()].filter((name) => !state.has(name)).map((name) => `state "${name}"`),
      hint: 'resume with the model and the settings that the checkpoint was made with',
    });
  }
  for (const [name, tensor] of state) machine.view(tensor).set(saved.get(name) as never);
}

type StepRunner = ((batch: Batch, settings: StepSettings) => StepResult) & {
  /** Puts a batch where a step reads it. */
  readonly fill: (batch: Batch, settings: StepSettings) => void;
};

function createStep(
  network: Network,
  train: TrainProgram,
  machine: Machine,
  options: StepOptions,
): StepRunner {
  const { ports, forwardSteps, program, accumulation, replay } = train;
  const [input, control, key, result] = [ports.input, ports.control, ports.key, ports.result].map(
    machine.view,
  ) as [Float32Array, Float32Array, Int32Array, Float32Array];
  const target = ports.target === null ? null : machine.view(ports.target);
  const toMemory = options.loss.kind === 'patch-contrast' ? inOrder : targetOrder(network, options.batchSize);
  // What the forward pass changes: it is put back where the loss is not finite.
  const early = [...train.state.values()]
    .filter((tensor) => program.steps.slice(0, forwardSteps).some(({ outputs }) => outputs.includes(tensor)))
    .map((tensor) => ({ view: machine.view(tensor), before: machine.view(tensor).slice() }));

  const tell = (step: number, learningRate: number): void => {
    control.fill(0);
    control[CONTROL.learningRate] = learningRate;
    const [correction1, correction2] = corrections(options.optimizer, updatesBefore(accumulation, step) + 1);
    control[CONTROL.correction1] = correction1;
    control[CONTROL.correction2] = correction2;
    control[CONTROL.goesOn] = goesOn(accumulation, step) ? 1 : 0;
    key[0] = randomBits(options.seed, step);
  };
  const fill = ({ inputs, labels, targets }: Batch, { step, learningRate }: StepSettings): void => {
    checkLength('inputs', inputs.length, input.length);
    input.set(inputs);
    if (target === null) {
      checkLength('targets', targets?.length ?? 0, 0);
    } else if (target instanceof Int32Array) {
      // Of places that have classes of their own these are the targets.
      const classes = targets ?? labels;
      checkLength('labels', classes.length, target.length);
      target.set(classes);
    } else {
      const values = targets ?? inputs;
      checkLength('targets', values.length, target.length);
      toMemory(values, target as Float32Array);
    }
    tell(stepNumber(step, 0, replay), learningRate);
  };
  const latents = replay === null ? null : latentsOf(train, replay, machine, options, tell);
  const putBack = (): void => {
    for (const { view, before } of early) view.set(before as never);
  };
  const run = (batch: Batch, settings: StepSettings): StepResult => {
    requireFinite(batch.inputs);
    for (const { view, before } of early) before.set(view as never);
    fill(batch, settings);
    const latent = replay === null ? null : latents!.first();
    machine.run(latent === null ? 0 : train.first!.prefixSteps, forwardSteps, options.jobs);
    const [loss, correct] = result as unknown as [number, number];
    if (!Number.isFinite(loss)) {
      // The forward pass wrote over its input: the layer is looked for in the same step once more.
      putBack();
      fill(batch, settings);
      const layer = firstNotFinite(train, machine);
      putBack();
      throw new TinymlError('E_NOT_FINITE', `the loss of step ${settings.step} is ${loss}`, {
        at: layer === null ? 'the loss' : `layer "${layer}"`,
        hint: 'a lower --lr, --warmup or --weight-decay keeps weights small; check the scale of the data (--preprocess)',
      });
    }
    machine.run(forwardSteps, stepsOf(program, accumulation, settings.step), options.jobs);
    if (latent !== null) latents!.replay(latent, batch.labels[0]!, settings);
    return { loss, correct };
  };
  return Object.assign(run, { fill });
}

/** What a step has to do with latents. @param tell puts number and learning rate of a step where it reads them */
function latentsOf(
  { first, program, forwardSteps, ports }: TrainProgram,
  replay: Replay,
  machine: Machine,
  { seed, jobs }: StepOptions,
  tell: (step: number, learningRate: number) => void,
) {
  const { prefixSteps } = first!;
  const crossing = replay.crossing.map((id) => machine.view(id) as Int8Array);
  const buffer = {
    latents: machine.view(replay.latents) as Int8Array,
    seen: machine.view(replay.seen) as Int32Array,
    perClass: replay.perClass,
  };
  return {
    /** Runs the frozen part. @returns what it gives */
    first: (): Int8Array => {
      machine.run(0, prefixSteps, jobs);
      return joined(crossing, replay.bytes);
    },
    replay: (latent: Int8Array, label: number, { step, learningRate }: StepSettings): void => {
      if (label >= 0 && label < replay.classes) {
        remember(buffer, label, latent, seed, stepNumber(step, 0, replay));
      }
      if (buffer.seen.every((count) => count === 0)) return;
      for (let which = 1; which <= replay.steps; which++) {
        const number = stepNumber(step, which, replay);
        const again = recall(buffer, replay.bytes, seed, number);
        part(crossing, again.latent);
        machine.view(ports.target!)[0] = again.label;
        tell(number, learningRate);
        machine.run(prefixSteps, forwardSteps, jobs);
        if (Number.isFinite(machine.view(ports.result)[0])) {
          machine.run(forwardSteps, program.steps.length, jobs);
        }
      }
    },
  };
}

/** Codes of what is not a number are those of some number: nothing behind would tell. */
function requireFinite(inputs: Float32Array): void {
  const at = inputs.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  throw new TinymlError('E_NOT_FINITE', `a sample holds ${inputs[at]}`, {
    at: `element ${at} of the batch`,
    hint: 'give data without NaN and infinities, or mend the preprocessing',
  });
}

function checkLength(what: string, length: number, wanted: number): void {
  if (length === wanted) return;
  throw new TinymlError('E_DATA', `a batch has ${length} ${what}, the step takes ${wanted}`);
}

function inOrder(from: Float32Array, to: Float32Array): void {
  to.set(from);
}

/** Puts targets, channels first like the outputs of the model, where the outputs lie: channels last. */
function targetOrder(
  { outputShape }: Network,
  batch: number,
): (from: Float32Array, to: Float32Array) => void {
  const [channels = 1, ...spatial] = outputShape;
  const positions = elementCount(spatial);
  if (channels === 1 || positions === 1) return inOrder;
  return (from, to) => {
    for (let sample = 0; sample < batch; sample++) {
      const first = sample * channels * positions;
      for (let c = 0; c < channels; c++) {
        for (let p = 0; p < positions; p++) to[first + p * channels + c] = from[first + c * positions + p]!;
      }
    }
  };
}

/** The layer of the first step of the forward pass that gives numbers that are not finite from ones that are. */
function firstNotFinite({ program, forwardSteps, roles }: TrainProgram, machine: Machine): string | null {
  for (let i = 0; i < forwardSteps; i++) {
    machine.run(i, i + 1);
    const step = program.steps[i]!;
    const broken = step.outputs.some(
      (id) =>
        program.tensors[id]!.dtype === 'float32' &&
        roles.get(id) !== 'extent' &&
        machine.view(id).some((value) => !Number.isFinite(value)),
    );
    if (broken) return step.name;
  }
  return null;
}
