/** What the self-test of a bundle trains on: its golden vectors in turn, each of a class. */
import type { Kernels } from '../../../engine/load.ts';
import type { MemoryPlan } from '../../../program/memory-plan.ts';
import { arrayView } from '../../../program/run.ts';
import { DTYPE_BYTES, type ProgramArray, type ProgramDType } from '../../../program/types.ts';
import { type GoldenVector, generateInputs } from '../golden.ts';
import type { TrainingGolden } from './print-training-selftest.ts';
import { traceOf } from './trace.ts';
import type { Training } from './training.ts';

/**
 * @param labels of the recorded vectors, in their order; where there is none, and of generated ones, a class by number
 * @throws TinymlError as `traceOf`
 */
export function trainingGolden(
  training: Training,
  plan: MemoryPlan,
  vectors: readonly GoldenVector[],
  labels: readonly (number | null)[],
  kernels: Kernels,
): TrainingGolden {
  const { loss, inference } = training.programs;
  const classes = loss.kind === 'cross-entropy' ? loss.classes : 1;
  const given = vectors.filter(({ pattern }) => pattern === 'recorded');
  const tensors = inference.inputs.map(({ tensor }) => inference.tensors[tensor]!);
  const classOf = (vector: GoldenVector, index: number): number => {
    const label = labels[given.indexOf(vector)] ?? -1;
    return label >= 0 && label < classes ? label : index % classes;
  };
  const samples = vectors.map((vector, index) => {
    const { pattern, inputs } = vector;
    // Those that conversions make of raw data are trained on as the stream that their pattern is.
    const input =
      pattern === 'recorded' ? arrayOf(tensors[0]!.dtype, inputs[0]!) : generateInputs(tensors, pattern)[0]!;
    return { input, label: classOf(vector, index) };
  });
  return {
    loss,
    labels: samples.map(({ label }) => label),
    trace: traceOf(training, plan, samples, kernels),
  };
}

function arrayOf(dtype: ProgramDType, bytes: Uint8Array): ProgramArray {
  const { buffer, byteLength } = bytes.slice();
  return arrayView(dtype, buffer, 0, byteLength / DTYPE_BYTES[dtype]);
}
