/**
 * Golden cases: inputs with the outputs that our executor computes for them, and how far an engine may be off. An engine computes
 * in int8, FP16 or TF32, in an order of its own: no output is the same bit for bit.
 */
import type { Sample } from '../../../data/types.ts';
import { createExecutor } from '../../../execute/float.ts';
import { elementCount } from '../../../graph/tensor.ts';
import type { Graph, Tensor } from '../../../graph/types.ts';
import { mixSeed, seededRandom } from '../../../numbers/random.ts';
import { runnableForm } from '../quantise/index.ts';
import type { TensorRtModel } from '../release/model.ts';
import type { Typing } from '../release/typing.ts';
import { roundedToHalf } from './half.ts';
import type { BundlePort, GoldenCase } from './input.ts';

/** How many of the largest difference that FP16 made here are allowed: an engine rounds elsewhere, and in another order. */
const MARGIN = 4;

/** And what FP16 makes of an output in any case, as a part of its largest magnitude. */
const FLOOR = 2 ** -10;

/** What values are multiplied by before they are rounded: nothing, and half a unit in the last of 11 places either way. */
const SKEWS = [1, 1 + 2 ** -12, 1 - 2 ** -12];

/** A case whose tolerances are more than this part of its largest outputs tells right from wrong no more. */
const TELLING = 1 / 8;

type Ports = { readonly inputs: readonly BundlePort[]; readonly outputs: readonly BundlePort[] };

/**
 * Zeros, noise over the ranges of the inputs, and the samples. Of a model with state, each with the state that it stands in.
 * The tolerance of an output is `MARGIN` times the largest difference between the graph and the same graph with all that is not int8
 * rounded to FP16, with each of `SKEWS`, and `FLOOR` of the largest magnitude; where scales come from a cache, which says not where
 * they are used, and the difference to the float graph. Zeros and noise are left out where they tell nothing, unless nothing is left.
 * @param samples float values of the data inputs in ONNX order
 */
export function goldenCases(
  model: TensorRtModel,
  typing: Typing,
  ports: Ports,
  samples: readonly Sample[],
): readonly GoldenCase[] {
  const graph = stateless(model.quantized ?? model.float);
  const run = runOf(graph);
  const rounded = SKEWS.map((skew) => runOf(roundedToHalf(graph, skew)));
  const float = typing === 'cache' ? runOf(stateless(model.float)) : null;
  const toleranceOf = (inputs: readonly Tensor[], outputs: readonly Tensor[]): readonly number[] => {
    const off = rounded.map((other) => differences(other(inputs), outputs));
    const unquantized = float === null ? null : differences(float(inputs), outputs);
    return outputs.map(
      (output, i) =>
        MARGIN * Math.max(...off.map((perOutput) => perOutput[i]!)) +
        (unquantized?.[i] ?? 0) +
        FLOOR * largestMagnitude(output),
    );
  };
  const zeros = ports.inputs.map((port) => tensorOf(port, () => 0));
  const noise = ports.inputs.map((port, i) => noiseFor(port, model.ranges.get(port.name) ?? 1, i));
  const cases = [
    { name: 'zeros', inputs: zeros, outputs: run(zeros) },
    { name: 'noise', inputs: noise, outputs: run(noise) },
    ...recordedCases(ports, zeros, samples, run),
  ].map((one) => ({ ...one, tolerances: toleranceOf(one.inputs, one.outputs) }));
  const telling = cases.filter(
    ({ name, outputs, tolerances }) =>
      name.startsWith('recorded') ||
      outputs.some((output, i) => tolerances[i]! < TELLING * largestMagnitude(output)),
  );
  return (telling.length === 0 ? cases : telling).map(({ name, inputs, outputs, tolerances }) => ({
    name,
    inputs: inputs.map((tensor, i) => bytesOf(tensor, ports.inputs[i]!)),
    outputs: outputs.map((tensor, i) => bytesOf(tensor, ports.outputs[i]!)),
    tolerances,
  }));
}

/** State is fed like data: engines keep none. */
function stateless(graph: Graph): Graph {
  return { ...graph, state: [] };
}

function runOf(graph: Graph): Run {
  return createExecutor(runnableForm(graph)).run;
}

function differences(got: readonly Tensor[], want: readonly Tensor[]): readonly number[] {
  return want.map((tensor, i) => largestDifference(got[i]!, tensor));
}

type Run = (inputs: readonly Tensor[]) => readonly Tensor[];

/** The samples one after another: of a sequence, each frame with the state that the one before it left. */
function recordedCases(
  { inputs, outputs }: Ports,
  zeros: readonly Tensor[],
  samples: readonly Sample[],
  run: Run,
): readonly {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}[] {
  const data = inputs.flatMap(({ tied }, i) => (tied === null ? [i] : []));
  let left: readonly Tensor[] | null = null;
  return samples.map((sample, n) => {
    const before = sample.frame === undefined || sample.frame.index === 0 ? null : left;
    const given = inputs.map((port, i): Tensor => {
      const from = outputs.findIndex(({ name }) => name === port.tied);
      if (port.tied !== null) return before === null ? zeros[i]! : before[from]!;
      const values = sample.inputs[data.indexOf(i)]!;
      return tensorOf(port, (element) => values[element]!);
    });
    left = run(given);
    return { name: `recorded${n}`, inputs: given, outputs: left };
  });
}

function noiseFor(port: BundlePort, amax: number, index: number): Tensor {
  const random = seededRandom(mixSeed(1, index));
  // Integers are ids and counts more often than values: small ones are right in most models.
  return tensorOf(port, () => (port.dtype === 'float32' ? (2 * random() - 1) * amax : 0));
}

function tensorOf({ dtype, shape }: BundlePort, value: (element: number) => number): Tensor {
  const length = elementCount(shape);
  switch (dtype) {
    case 'float32':
      return { dtype: 'float32', shape, data: Float32Array.from({ length }, (_, i) => value(i)) };
    case 'int8':
      return { dtype, shape, data: Int8Array.from({ length }, (_, i) => value(i)) };
    case 'uint8':
    case 'bool':
      return { dtype, shape, data: Uint8Array.from({ length }, (_, i) => value(i)) };
    case 'int32':
      return { dtype, shape, data: Int32Array.from({ length }, (_, i) => value(i)) };
    case 'int64':
      return { dtype, shape, data: BigInt64Array.from({ length }, (_, i) => BigInt(Math.round(value(i)))) };
  }
}

/** As the engine binds it, little-endian. */
function bytesOf({ data }: Tensor, { bound }: BundlePort): Uint8Array {
  const bits = bound === 'int32' && data instanceof BigInt64Array ? Int32Array.from(data, Number) : data;
  return new Uint8Array(bits.buffer.slice(bits.byteOffset, bits.byteOffset + bits.byteLength));
}

function largestDifference(got: Tensor, want: Tensor): number {
  let largest = 0;
  want.data.forEach((value: number | bigint, i: number) => {
    largest = Math.max(largest, Math.abs(Number(got.data[i]!) - Number(value)));
  });
  return largest;
}

function largestMagnitude({ data }: Tensor): number {
  let largest = 0;
  for (const value of data) largest = Math.max(largest, Math.abs(Number(value)));
  return largest;
}
