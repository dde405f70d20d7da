import type { Program } from '../program/program.ts';
import { sampleEncoder } from '../program/sample.ts';
import type { RecordedInputs } from '../targets/cortex-m/golden.ts';
import type { Context } from './context.ts';
import { datasetFor } from './dataset.ts';
import { type Options, textOption } from './options.ts';

/** How many real samples a self-test carries with --golden. */
const RECORDED_SAMPLES = 4;

/** Inputs from --golden, as the device takes them. Of a model with state, the frames of one sequence. */
export async function recordedInputs(
  program: Program,
  options: Options,
  context: Context,
): Promise<{ readonly inputs: readonly RecordedInputs[]; readonly files: readonly string[] }> {
  const path = textOption(options, 'golden');
  if (path === undefined) return { inputs: [], files: [] };
  const shapes = program.inputs.map((port) => port.onnxShape);
  const dataset = await datasetFor(path, shapes, options, context, RECORDED_SAMPLES);
  context.detail(`golden inputs: the first ${dataset.length} samples of ${dataset.name}`);
  const encode = sampleEncoder(program);
  const inputs: RecordedInputs[] = [];
  for await (const sample of dataset.samples()) inputs.push({ starts: true, inputs: encode(sample.inputs) });
  return { inputs, files: dataset.files };
}
