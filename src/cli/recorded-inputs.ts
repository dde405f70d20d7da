import { firstSamples } from '../data/subset.ts';
import { startsSequence } from '../data/types.ts';
import { sampleEncoder } from '../program/sample.ts';
import { GENERATED_FRAMES, type RecordedInputs } from '../targets/cortex-m/golden.ts';
import type { Context } from './context.ts';
import { dataFor } from './dataset.ts';
import { numberOption, type Options, textOption } from './options.ts';
import type { TargetProgram } from './target-program.ts';

/** How many real samples a self-test carries with --golden. */
const RECORDED_SAMPLES = 4;

/** Inputs from --golden, as the device takes them. For a model with state, the first frames of the first sequence. */
export async function recordedInputs(
  { program, graph }: TargetProgram,
  options: Options,
  context: Context,
): Promise<{ readonly inputs: readonly RecordedInputs[]; readonly files: readonly string[] }> {
  const path = textOption(options, 'golden');
  if (path === undefined) return { inputs: [], files: [] };
  const stateful = graph.state.length > 0;
  const dataset = await dataFor(path, graph, options, context, stateful ? undefined : RECORDED_SAMPLES);
  const count = stateful ? (numberOption(options, 'frames') ?? GENERATED_FRAMES) : RECORDED_SAMPLES;
  const samples = firstSamples(dataset.samples(stateful ? [0] : undefined), count);
  const encode = sampleEncoder(program);
  const inputs: RecordedInputs[] = [];
  for await (const sample of samples) {
    inputs.push({ starts: startsSequence(sample), inputs: encode(sample.inputs) });
  }
  context.detail(
    `golden inputs: the first ${inputs.length} ${stateful ? 'frames' : 'samples'} of ${dataset.name}`,
  );
  return { inputs, files: dataset.files };
}
