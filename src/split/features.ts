/** What crosses the wire of a split network: the codes of the head, and data for the tail. */
import type { FeatureMaps } from '../codec/types.ts';
import type { IndexedDataset, Sample } from '../data/types.ts';
import { createRunner } from '../engine/index.ts';
import type { Graph } from '../graph/types.ts';
import { lower } from '../lower/lower.ts';
import { planMemory } from '../program/plan.ts';
import { sampleEncoder } from '../program/sample.ts';

/** Codes of samples at a cut: real = scale * (code - zeroPoint). */
export type Features = FeatureMaps & {
  readonly scale: number;
  readonly zeroPoint: number;
  /** Class of each sample, -1 where it has none. */
  readonly labels: Int32Array;
};

/** Runs a quantised head as the device does. @param head its output has int8 codes [1, C, H, W] @throws TinymlError as `lower` */
export async function featuresOf(head: Graph, samples: AsyncIterable<Sample>): Promise<Features> {
  const program = lower(head);
  const run = createRunner(
    program,
    planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } }),
  );
  const encode = sampleEncoder(program);
  const [port] = program.outputs;
  const [, channels = 1, height = 1, width = 1] = port!.onnxShape;
  const { scale, zeroPoint } = program.tensors[port!.tensor]!.quant!;
  const codes: Int8Array[] = [];
  const labels: number[] = [];
  for await (const { inputs, label } of samples) {
    codes.push(run(encode(inputs))[0] as Int8Array);
    labels.push(label ?? -1);
  }
  return { height, width, channels, codes, scale, zeroPoint, labels: Int32Array.from(labels) };
}

/** The same samples as a tail gets them: real values [1, C, H, W], one after the other when they are asked for. */
export function tailData(name: string, features: Features): IndexedDataset {
  const { codes, labels } = features;
  const size = codes[0]?.length ?? 0;
  const sampleAt = (index: number): Sample => ({
    inputs: [realValues(features, index)],
    label: labels[index]! < 0 ? null : labels[index]!,
  });
  return {
    ...{ name, length: codes.length, classes: null, files: [] },
    labels: () => labels,
    samples: async function* (indices = [...codes.keys()]) {
      for (const index of indices) yield sampleAt(index);
    },
    fill: (indices, inputs, into) => {
      let i = 0;
      for (const index of indices) {
        inputs.set(realValues(features, index), i * size);
        into[i++] = labels[index]!;
      }
    },
  };
}

/** A map dequantised, channel by channel. */
function realValues({ codes, channels, scale, zeroPoint }: Features, index: number): Float32Array {
  const map = codes[index]!;
  const positions = map.length / channels;
  const real = new Float32Array(map.length);
  for (let i = 0; i < positions; i++) {
    for (let c = 0; c < channels; c++) real[c * positions + i] = scale * (map[i * channels + c]! - zeroPoint);
  }
  return real;
}
