/** Training of a gate without labels: the backbone stays as it is, and the gate learns what its output depends on. */
import { elementCount } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { frozenUnits, gateNetwork } from '../train/compile/gate.ts';
import { readNetwork } from '../train/compile/network.ts';
import { ADAM, OCTO_DEFAULTS } from '../train/options.ts';
import { type RunOptions, runTraining, type TrainingReport } from '../train/run/loop.ts';
import { learningRates, type Schedule, type Warmup } from '../train/run/schedule.ts';
import { trainerOf } from '../train/run/trainer.ts';
import type { PatchContrast, Trainer } from '../train/types.ts';
import { GATE_INPUT, type GatedShape, type GateKind, gateGraph } from './network.ts';
import { type Frames, pairBatches, pairsOf } from './pairs.ts';
import { type Calibrated, calibrateGate } from './simulate.ts';

export type GateTrainingSettings = {
  readonly kind: GateKind;
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

/** How the input of the backbone is gated. */
type Gated = {
  readonly patch: number;
  /** The real size of one code of it. */
  readonly unit: number;
};

type Hooks = Pick<RunOptions, 'resume' | 'save' | 'signal' | 'onStep' | 'onEpoch'>;

export type GateSession = {
  readonly trainer: Trainer;
  /** Steps of all epochs, and the pairs of each. */
  readonly steps: number;
  readonly pairs: number;
  /** Trains, then calibrates the gate (`gateGraph`) on the same clips. @throws TinymlError as `runTraining` */
  readonly run: (hooks?: Hooks) => Promise<TrainedGate>;
};

export type TrainedGate = Calibrated & { readonly report: TrainingReport };

/** Temperatures of the masks at the start and at the end of a run. */
const TEMPERATURE = { first: 1, last: 0.3 } as const;

/** Share of a run in which the weight of the budget rises. */
const RAMP = 0.3;

/**
 * @param backbone from `trainable`
 * @throws TinymlError E_OP, E_SHAPE for a backbone that cannot be trained through, or gated so; E_DATA for too few frames
 */
export function openGateSession(
  backbone: Graph,
  gated: Gated,
  frames: Frames,
  settings: GateTrainingSettings,
): GateSession {
  const { kind, epochs, seed, jobs, budgetWeight } = settings;
  const behind = readNetwork(backbone, false);
  const shape = { ...gatedShape(backbone, gated), unit: gated.unit };
  const gate = readNetwork(gateGraph(kind, shape, seed), true);
  const network = gateNetwork({
    backbone: behind,
    gate,
    reads: GATE_INPUT[kind],
    gated: behind.input,
    patch: gated.patch,
    unit: gated.unit,
    rule: settings.rule,
    hard: true,
  });
  const batches = pairBatches(pairsOf(frames, shape, settings.loss.budget.share), {
    batchSize: settings.batchSize,
    seed,
    elements: elementCount(behind.inputShape),
    epochs,
    anneal: (done) => ({
      temperature: TEMPERATURE.first + (TEMPERATURE.last - TEMPERATURE.first) * done,
      budgetWeight: budgetWeight * Math.min(1, done / RAMP),
    }),
  });
  const trainer = trainerOf(network, gate, {
    method: 'float',
    loss: { kind: 'patch-contrast', ...settings.loss },
    batchSize: batches.counted,
    optimizer: ADAM,
    scheme: { kind: 'full' },
    freeze: frozenUnits(network, gate),
    init: 'model',
    classes: null,
    seed,
    octo: OCTO_DEFAULTS,
    backend: 'native',
    jobs,
  });
  return {
    trainer,
    steps: epochs * batches.perEpoch,
    pairs: batches.counted,
    run: async (hooks = {}) => {
      const report = await runTraining(trainer, {
        batches,
        epochs,
        learningRate: learningRates({ ...settings, stepsPerEpoch: batches.perEpoch }),
        // What is counted as right is what was skipped.
        labelled: true,
        validate: null,
        before: null,
        patience: null,
        inspectEvery: Number.MAX_SAFE_INTEGER,
        octo: OCTO_DEFAULTS,
        ...hooks,
      });
      return { report, ...calibrateGate(trainer.toGraph(), shape, frames, settings.loss.budget.share) };
    },
  };
}

function gatedShape(backbone: Graph, { patch }: Gated): GatedShape {
  const [, channels = 1, height = 1, width = 1] = backbone.values.get(backbone.inputs[0]!.value)!.shape;
  return { channels, height, width, patch };
}
