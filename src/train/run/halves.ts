/** The two parts of a network in training, each where it is: what crosses between them are features one way and their gradient the other. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { createMachine } from '../../engine/index.ts';
import { loadKernels } from '../../engine/load.ts';
import type { Graph } from '../../graph/types.ts';
import { regularise } from '../../passes/pipeline.ts';
import { CONTROL } from '../../program/kernels/optimisers.ts';
import { randomBits } from '../../program/kernels/quantizer.ts';
import { planMemory } from '../../program/plan.ts';
import type { Machine } from '../../program/run.ts';
import { differentiate, type TrainProgram } from '../compile/differentiate.ts';
import { learnedGraph } from '../compile/to-graph.ts';
import { OCTO_DEFAULTS, type StepOptions } from '../options.ts';
import type { StepResult, StepSettings } from '../types.ts';
import { corrections } from './corrections.ts';
import { networkOf } from './network.ts';

type HalfOptions = Pick<StepOptions, 'batchSize' | 'optimizer' | 'seed' | 'jobs'>;

/** The part that sees the data. */
export type HeadTrainer = {
  /** Of one sample. */
  readonly inputElements: number;
  /** @param inputs float32 [batch][input], channels first @returns float32 [batch][H][W][C], valid until the next call */
  readonly forward: (inputs: Float32Array) => Float32Array;
  /** Of the last forward pass. @param gradient like its output */
  readonly backward: (gradient: Float32Array, settings: StepSettings) => void;
  /** The part with what was learned. */
  readonly toGraph: () => Graph;
};

/** The part that knows the classes. */
type TailTrainer = {
  /**
   * One step of cross-entropy. @param features float32 [batch][C][H][W] @param labels int32 [batch], -1 for what does not count
   * @returns `ofFeatures` float32 [batch][H][W][C], valid until the next call @throws TinymlError E_NOT_FINITE
   */
  readonly step: (
    features: Float32Array,
    labels: Int32Array,
    settings: StepSettings,
  ) => StepResult & { readonly ofFeatures: Float32Array };
  readonly toGraph: () => Graph;
};

/** @throws TinymlError E_OP, E_SHAPE for what cannot be trained */
export function createHeadTrainer(graph: Graph, options: HalfOptions): HeadTrainer {
  const { train, machine, prepare, toGraph } = halfOf(graph, options, {
    loss: { kind: 'given-gradient' },
    ofInput: false,
  });
  const { forwardSteps, program, ports } = train;
  const [input, target, output] = [ports.input, ports.target!, ports.result].map(machine.view) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return {
    inputElements: input.length / options.batchSize,
    forward: (inputs) => {
      input.set(inputs);
      machine.run(0, forwardSteps, options.jobs);
      return output;
    },
    backward: (gradient, settings) => {
      target.set(gradient);
      prepare(settings);
      machine.run(forwardSteps, program.steps.length, options.jobs);
    },
    toGraph,
  };
}

/** @throws TinymlError E_OP, E_SHAPE for what cannot be trained */
export function createTailTrainer(graph: Graph, options: HalfOptions): TailTrainer {
  const { train, machine, prepare, toGraph } = halfOf(graph, options, {
    loss: { kind: 'cross-entropy', labelSmoothing: 0 },
    ofInput: true,
  });
  const { ports, program } = train;
  const [input, target] = [machine.view(ports.input) as Float32Array, machine.view(ports.target!)];
  const [result, ofFeatures] = [ports.result, ports.ofInput!].map(machine.view) as [
    Float32Array,
    Float32Array,
  ];
  return {
    step: (features, labels, settings) => {
      input.set(features);
      target.set(labels);
      prepare(settings);
      machine.run(0, program.steps.length, options.jobs);
      const [loss, correct] = result as unknown as [number, number];
      if (Number.isFinite(loss)) return { loss, correct, ofFeatures };
      throw new TinymlError('E_NOT_FINITE', `the loss of step ${settings.step} is ${loss}`, {
        at: 'the tail',
        hint: 'Train with a lower rate.',
      });
    },
    toGraph,
  };
}

type Half = {
  readonly train: TrainProgram;
  readonly machine: Machine;
  /** What changes from step to step. */
  readonly prepare: (settings: StepSettings) => void;
  readonly toGraph: () => Graph;
};

function halfOf(
  graph: Graph,
  { batchSize, optimizer, seed, jobs }: HalfOptions,
  { loss, ofInput }: Required<Pick<StepOptions, 'loss' | 'ofInput'>>,
): Half {
  const options: StepOptions = {
    ...{ method: 'float', loss, ofInput, batchSize, accumulate: 1, optimizer, seed, jobs },
    ...{ scheme: { kind: 'full' }, freeze: [], init: 'model', classes: null },
    ...{ octo: OCTO_DEFAULTS, backend: 'native' },
  };
  const network = networkOf(graph, options);
  const train = differentiate(network, options);
  const core = { dsp: false, mve: false };
  const plan = planMemory(train.program, { library: 'builtin', core, restarts: 0, alignment: ALIGNMENT });
  const machine = createMachine(train.program, plan, loadKernels());
  const [control, key] = [machine.view(train.ports.control), machine.view(train.ports.key)];
  return {
    train,
    machine,
    prepare: ({ step, learningRate }) => {
      const [correction1, correction2] = corrections(optimizer, step + 1);
      control[CONTROL.learningRate] = learningRate;
      control[CONTROL.correction1] = correction1;
      control[CONTROL.correction2] = correction2;
      key[0] = randomBits(seed, step);
    },
    toGraph: () =>
      regularise(
        learnedGraph(
          network,
          train,
          new Map([...train.state].map(([name, tensor]) => [name, machine.view(tensor).slice()])),
        ),
      ),
  };
}

/** Tensors start at cache lines. */
const ALIGNMENT = 64;
