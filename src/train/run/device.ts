/** A model made ready to be trained on a device: the Programs of its step and of its inference, with ranges from real data. */
import type { Sample } from '../../data/types.ts';
import { createMachine } from '../../engine/index.ts';
import { type Kernels, loadKernels } from '../../engine/load.ts';
import type { Graph } from '../../graph/types.ts';
import { planMemory } from '../../program/plan.ts';
import type { ProgramArray, TensorId } from '../../program/types.ts';
import { type DeviceTraining, forDevice } from '../compile/device.ts';
import { differentiate, type TrainProgram } from '../compile/differentiate.ts';
import { checkTrainerOptions, type TrainerOptions } from '../options.ts';
import type { Loss } from '../types.ts';
import { fixedRanges, noSamples } from './fixed-ranges.ts';
import { networkOfOne } from './network.ts';

/**
 * @param graph as `trainable` gives it
 * @param options of batches of one sample
 * @param samples what ranges are taken from: a running mean as in training, or all that they hold where these are fixed
 * @throws TinymlError as `createTrainer`; E_OP as `forDevice`; E_DATA without samples
 */
export async function deviceTraining(
  graph: Graph,
  options: TrainerOptions,
  samples: AsyncIterable<Sample>,
  kernels: Kernels = loadKernels(),
): Promise<DeviceTraining> {
  checkTrainerOptions(options);
  const network = networkOfOne(graph, options);
  const own = { ...options, loss: ownTarget(options.loss) };
  const { seen, spread } = watched(samples);
  const losses: number[] = [];
  const onLoss = (loss: number): void => void losses.push(loss);
  // One that is as far off as the model was of these samples, or as their mean is, has learned nothing.
  const guessing = (): number =>
    Math.max(spread(), losses.reduce((sum, one) => sum + one, 0) / losses.length);
  if (options.octo.ranges === 'fixed') {
    const rangeOf = await fixedRanges(network, own, seen, kernels, onLoss);
    return forDevice(differentiate(network, own, rangeOf), network, guessing());
  }
  const train = differentiate(network, own);
  const first = await rangesOf(train, seen, kernels, onLoss);
  return forDevice(train, network, guessing(), first);
}

/** A device is given no targets beside its samples. */
export function ownTarget(loss: Loss): Loss {
  return loss.kind === 'mean-squared-error' ? { kind: 'reconstruction' } : loss;
}

/** Samples as they pass, and the mean square of their distance from their mean (Welford 1962), of those that have passed. */
function watched(samples: AsyncIterable<Sample>): {
  readonly seen: AsyncIterable<Sample>;
  readonly spread: () => number;
} {
  let [count, squares] = [0, 0];
  let mean = new Float64Array();
  async function* seen() {
    for await (const sample of samples) {
      const values = sample.inputs[0]!;
      if (count === 0) mean = new Float64Array(values.length);
      count += 1;
      for (let i = 0; i < values.length; i++) {
        const before = values[i]! - mean[i]!;
        mean[i]! += before / count;
        squares += before * (values[i]! - mean[i]!);
      }
      yield sample;
    }
  }
  return { seen: seen(), spread: () => squares / Math.max(1, count * mean.length) };
}

/** The state after the forward pass alone of so many samples: ranges and quantisers. */
async function rangesOf(
  train: TrainProgram,
  samples: AsyncIterable<Sample>,
  kernels: Kernels,
  onLoss: (loss: number) => void,
): Promise<ReadonlyMap<TensorId, ProgramArray>> {
  const { program, forwardSteps, ports, state } = train;
  const core = { dsp: false, mve: false };
  const plan = planMemory(program, { library: 'builtin', core, restarts: 0 });
  const machine = createMachine(program, plan, kernels);
  machine.arena.fill(0, plan.stateBytes);
  let count = 0;
  for await (const { inputs } of samples) {
    machine.view(ports.input).set(inputs[0]!);
    if (ports.target !== null) machine.view(ports.target).fill(0);
    machine.run(0, forwardSteps);
    onLoss(machine.view(ports.result)[0]!);
    count += 1;
  }
  if (count === 0) throw noSamples();
  return new Map([...state.values()].map((id) => [id, machine.view(id).slice()]));
}
