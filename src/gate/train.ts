/** Training of a gate without labels: the backbone stays as it is, and the gate learns what its output depends on. */
import { TinymlError } from '../diagnostics/errors.ts';
import { producers, removeDead } from '../graph/rewrite.ts';
import { dataInputs, dataOutputs } from '../graph/state.ts';
import type { Graph } from '../graph/types.ts';
import { frozenUnits, gateNetwork } from '../train/compile/gate.ts';
import { readNetwork } from '../train/compile/network.ts';
import { type RunOptions, runTraining, type TrainingReport } from '../train/run/loop.ts';
import { learningRates, type Schedule, type Warmup } from '../train/run/schedule.ts';
import type { PatchContrast } from '../train/types.ts';
import { type LoneGate, meetBudget, type Sequences, skipShare } from './budget.ts';
import { adamTrainer, WHOLE_RUN } from './learning.ts';
import { GATE_INPUT, gateGraph, type LearnedKind } from './network.ts';
import { pairBatches, pairsOf } from './pairs.ts';
import { startNear } from './start.ts';

export type GateTrainingSettings = {
  readonly kind: LearnedKind;
  readonly loss: Omit<PatchContrast, 'kind'>;
  /** Weight of the budget once it has risen from 0. */
  readonly budgetWeight: number;
  readonly rule: 'sigmoid' | 'minmax';
  readonly epochs: number;
  readonly batchSize: number;
  readonly rate: number;
  readonly schedule: Schedule;
  readonly warmup: Warmup;
  readonly seed: number;
  readonly jobs: number;
};

/** Rates at which gates learn: a ConvMixer reads pixels, and one step at that of the micro gate makes all patches active for good. */
export const USUAL_RATES: Readonly<Record<LearnedKind, number>> = { micro: 0.02, convmixer: 2e-4 };

type Hooks = Pick<RunOptions, 'resume' | 'save' | 'signal' | 'onStep' | 'onEpoch'>;

type GateSession = {
  /** Steps of all epochs, and the pairs of each. */
  readonly steps: number;
  readonly pairs: number;
  /** Trains, then calibrates the gate on the same frames. @throws TinymlError as `runTraining` */
  readonly run: (hooks?: Hooks) => Promise<TrainedGate>;
};

export type TrainedGate = {
  /** What was learned, in the form of `gateGraph`, with the offset in its last bias. */
  readonly network: Graph;
  readonly report: TrainingReport;
  /** What was taken from the scores so that the budget is met. */
  readonly offset: number;
  /** Share of the patches that the gate skips of the frames, with the offset and without. */
  readonly skip: number;
  readonly skipAsTrained: number;
};

/** Temperatures of the masks at the start and at the end of a run. */
const TEMPERATURE = { first: 1, last: 0.3 } as const;

/** Share of a run in which the weight of the budget rises. */
const RAMP = 0.3;

/**
 * @param value what is gated
 * @param gate how; its frames are those of the value
 * @throws TinymlError E_OP, E_SHAPE for a backbone that cannot be trained through, or gated so
 */
export function openGateSession(
  graph: Graph,
  value: string,
  gate: Omit<LoneGate, 'network'>,
  sequences: Sequences,
  settings: GateTrainingSettings,
): GateSession {
  const { kind, epochs, seed, jobs, budgetWeight } = settings;
  const { patch, unit } = gate.settings;
  const budget = settings.loss.budget.share;
  const [, channels = 1, height = 1, width = 1] = gate.shape;
  const backbone = readNetwork(behind(graph, value), false);
  const pairs = pairsOf(sequences, gate, budget);
  const fresh = gateGraph(kind, { channels, height, width, patch }, seed);
  const first = readNetwork(startNear(fresh, kind, pairs, gate, budget), true);
  const { rule } = settings;
  const network = gateNetwork({
    ...{ backbone, gate: first, reads: GATE_INPUT[kind], patch, unit, rule, hard: true },
  });
  const batches = pairBatches(pairs, {
    batchSize: settings.batchSize,
    seed,
    epochs,
    anneal: (done) => ({
      temperature: TEMPERATURE.first + (TEMPERATURE.last - TEMPERATURE.first) * done,
      budgetWeight: budgetWeight * Math.min(1, done / RAMP),
    }),
  });
  const trainer = adamTrainer(network, first, {
    loss: { kind: 'patch-contrast', ...settings.loss },
    batchSize: batches.counted,
    freeze: frozenUnits(network, first),
    seed,
    jobs,
  });
  return {
    steps: epochs * batches.perEpoch,
    pairs: batches.counted,
    run: async (hooks = {}) => {
      const report = await runTraining(trainer, {
        batches,
        epochs,
        learningRate: learningRates({ ...settings, stepsPerEpoch: batches.perEpoch }),
        // What is counted as right is what was skipped.
        labelled: true,
        classes: null,
        validate: null,
        before: null,
        remedy:
          'Lower the learning rate (--lr), or let it rise slowly (--warmup); look at the scale of the frames (--preprocess).',
        ...WHOLE_RUN,
        ...hooks,
      });
      return { report, ...calibrated(trainer.toGraph(), gate, sequences, budget) };
    },
  };
}

/** Scores beyond which none are: those of trained gates are far below. */
const GREATEST_SCORE = 256;

/** The gate with the offset that meets the budget: gates are compared at equal skip, and noise in training moves what is skipped. */
function calibrated(
  network: Graph,
  gate: Omit<LoneGate, 'network'>,
  sequences: Sequences,
  budget: number,
): Omit<TrainedGate, 'report'> {
  const skipAsTrained = skipShare({ ...gate, network }, sequences);
  const make = (offset: number): Graph => withOffset(network, offset);
  const range = [-GREATEST_SCORE, GREATEST_SCORE] as const;
  const { network: met, value: offset, skip } = meetBudget(make, range, gate, sequences, budget);
  return { network: met, offset, skip, skipAsTrained };
}

function withOffset(network: Graph, offset: number): Graph {
  const last = producers(network).get(dataOutputs(network)[0]!.value)!;
  const bias = last.inputs[2]!;
  const tensor = network.constants.get(bias)!;
  const data = (tensor.data as Float32Array).map((value) => value - offset);
  return { ...network, constants: new Map([...network.constants, [bias, { ...tensor, data }]]) };
}

/**
 * The graph from a value on.
 * @throws TinymlError E_OP where something goes around the value
 */
function behind(graph: Graph, value: string): Graph {
  const [input] = dataInputs(graph);
  if (input?.value === value) return graph;
  const made = new Set(graph.nodes.filter(({ outputs }) => outputs.includes(value)));
  const inputs = [{ name: value, value, dtype: 'float32' as const }];
  const part = removeDead({ ...graph, nodes: graph.nodes.filter((node) => !made.has(node)), inputs });
  const known = new Set([value, ...part.constants.keys(), ...part.nodes.flatMap(({ outputs }) => outputs)]);
  const around = part.nodes.find((node) => node.inputs.some((name) => name !== '' && !known.has(name)));
  const early = part.nodes.find((node) => graph.inputs.some((port) => node.inputs.includes(port.value)));
  if (around === undefined && early === undefined) return part;
  throw new TinymlError('E_OP', 'a gate is trained where all that comes behind it goes through it', {
    at: [`tensor "${value}"`, `node "${(around ?? early)!.name}"`],
    hint: 'gate the input frame, or a layer that nothing goes around; --gate diff learns nothing and goes anywhere',
  });
}
