import { sampleEncoder } from '../program/sample.ts';
import type { Program, ProgramArray } from '../program/types.ts';
import type { Context } from './context.ts';
import { datasetFor } from './dataset.ts';
import { type Options, textOption } from './options.ts';

/** How many real samples a self-test carries with --golden. */
const RECORDED_SAMPLES = 4;

/** Inputs from --golden, as the device takes them. */
export async function recordedInputs(
  program: Program,
  options: Options,
  context: Context,
): Promise<{ readonly inputs: readonly (readonly ProgramArray[])[]; readonly files: readonly string[] }> {
  const path = textOption(options, 'golden');
  if (path === undefined) return { inputs: [], files: [] };
  const shapes = program.inputs.map((port) => port.onnxShape);
  const dataset = await datasetFor(path, shapes, options, RECORDED_SAMPLES);
  context.detail(`golden inputs: the first ${dataset.length} samples of ${dataset.name}`);
  const encode = sampleEncoder(program);
  const inputs: (readonly ProgramArray[])[] = [];
  for await (const sample of dataset.samples()) inputs.push(encode(sample.inputs));
  return { inputs, files: dataset.files };
}
