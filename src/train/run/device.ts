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
  if (options.octo.ranges === 'fixed') {
    const rangeOf = await fixedRanges(network, options, samples, kernels);
    return forDevice(differentiate(network, options, rangeOf), network);
  }
  const train = differentiate(network, options);
  return forDevice(train, network, await rangesOf(train, samples, kernels));
}

/** The state after the forward pass alone of so many samples: ranges and quantisers. */
async function rangesOf(
  train: TrainProgram,
  samples: AsyncIterable<Sample>,
  kernels: Kernels,
): Promise<ReadonlyMap<TensorId, ProgramArray>> {
  const { program, forwardSteps, ports, state } = train;
  const core = { dsp: false, mve: false };
  const plan = planMemory(program, { library: 'builtin', core, restarts: 0 });
  const machine = createMachine(program, plan, kernels);
  machine.arena.fill(0, plan.stateBytes);
  let count = 0;
  for await (const { inputs } of samples) {
    machine.view(ports.input).set(inputs[0]!);
    machine.view(ports.target).fill(0);
    machine.run(0, forwardSteps);
    count += 1;
  }
  if (count === 0) throw noSamples();
  return new Map([...state.values()].map((id) => [id, machine.view(id).slice()]));
}
