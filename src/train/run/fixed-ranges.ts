/** Ranges of values as they are in data, before a step is derived that does not change them. */
import type { Sample } from '../../data/types.ts';
import { TinymlError } from '../../diagnostics/errors.ts';
import { createMachine } from '../../engine/index.ts';
import { type Kernels, loadKernels } from '../../engine/load.ts';
import { planMemory } from '../../program/plan.ts';
import type { Range } from '../../quantize/observers/histogram.ts';
import { differentiate } from '../compile/differentiate.ts';
import type { Network } from '../compile/network.ts';
import { rangedValue } from '../compile/octo/arithmetic.ts';
import { noRanges, type RangeOf } from '../compile/ranges.ts';
import type { TrainerOptions } from '../options.ts';

/**
 * The least and greatest of each value over samples, by the forward pass of the step with the range of each batch. Where the last samples do
 * not fill a batch, earlier ones are seen again.
 * @param onLoss is told the loss of each batch
 * @throws TinymlError as `differentiate`, E_DATA without samples
 */
export async function fixedRanges(
  network: Network,
  options: TrainerOptions,
  samples: AsyncIterable<Sample>,
  kernels: Kernels = loadKernels(),
  onLoss: (loss: number) => void = () => {},
): Promise<RangeOf> {
  const octo = { ...options.octo, ranges: 'learned', rangeDecay: 0 } as const;
  const train = differentiate(network, { ...options, octo, replay: null });
  const { program, forwardSteps, ports } = train;
  const core = { dsp: false, mve: false };
  const plan = planMemory(program, { library: 'builtin', core, restarts: 0 });
  const machine = createMachine(program, plan, kernels);
  machine.arena.fill(0, plan.stateBytes);
  const input = machine.view(ports.input);
  const size = input.length / options.batchSize;
  const ranges = new Map<string, Range>();
  const batch = new Float32Array(input.length);
  const see = (): void => {
    input.set(batch);
    if (ports.target !== null) machine.view(ports.target).fill(0);
    machine.run(0, forwardSteps);
    onLoss(machine.view(ports.result)[0]!);
    for (const [name, tensor] of train.state) {
      const value = rangedValue(name);
      if (value === null) continue;
      const [min, max] = machine.view(tensor) as Float32Array as unknown as [number, number];
      const seen = ranges.get(value) ?? { min, max };
      ranges.set(value, { min: Math.min(seen.min, min), max: Math.max(seen.max, max) });
    }
  };
  let count = 0;
  for await (const { inputs } of samples) {
    batch.set(inputs[0]!, (count % options.batchSize) * size);
    count += 1;
    if (count % options.batchSize === 0) see();
  }
  if (count === 0) throw noSamples();
  if (count % options.batchSize !== 0) {
    for (let i = count; i < options.batchSize; i++)
      batch.copyWithin(i * size, (i % count) * size, ((i % count) + 1) * size);
    see();
  }
  return (value) => ranges.get(value) ?? noRanges(value);
}

/** There is nothing to take ranges from. */
export function noSamples(): TinymlError {
  return new TinymlError('E_DATA', 'there are no samples to take ranges from', {
    at: '--data',
    hint: 'give data of the kind that the device will see',
  });
}
