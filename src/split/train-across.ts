/** Both parts of a network trained at once, each on its side of the wire: features up, gradients down, both through codecs. */
import { fitToBudget } from '../codec/budget.ts';
import { writeCodec } from '../codec/file.ts';
import { createGradientMessages, createPathBack, fitGradients } from '../codec/gradients.ts';
import { createMessages } from '../codec/message.ts';
import { createDecoder, createEncoder } from '../codec/run.ts';
import type { FeatureMaps } from '../codec/types.ts';
import type { IndexedDataset } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import type { Halves } from '../graph/cut.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { mixSeed, seededRandom } from '../numbers/random.ts';
import { ADAM } from '../train/options.ts';
import { batchesOf } from '../train/run/batches.ts';
import { createHeadTrainer, createTailTrainer, type HeadTrainer } from '../train/run/halves.ts';
import { learningRates } from '../train/run/schedule.ts';
import type { Features } from './features.ts';
import { hasUnit, inUnits, unitOf } from './input-unit.ts';
import { channelWeights } from './weights.ts';

type AcrossOptions = {
  /** Bytes that a map may take on the mean, each way; null: features and gradients cross in float32. */
  readonly budget: number | null;
  readonly epochs: number;
  /** Of the first step; it falls as a cosine. */
  readonly rate: number;
  readonly seed: number;
  readonly jobs: number;
  readonly signal: AbortSignal;
  readonly onStep: () => void;
};

/** Bytes that crossed, everything counted. */
export type Traffic = {
  /** Features, labels, and the files of their codecs. */
  readonly up: number;
  /** Gradients, the files of their codecs, and what channels weigh. */
  readonly down: number;
  /** Samples that crossed, each time counted. */
  readonly samples: number;
};

type Trained = Halves & { readonly traffic: Traffic };

/** Samples of a step. */
export const SPLIT_BATCH = 32;
/** Steps with one codec: features change while they are learned, and files take less than what fits badly. */
const REFIT = 100;
/** Maps that a codec is fitted to. */
const FITTED = 200;
const LABEL_BYTES = 1;

/**
 * Cross-entropy of the whole. The codec of the features is fitted anew every REFIT steps, by the side of the head, that of the gradients by the side of
 * the tail to its first batch; both files cross and are counted.
 * @param parts in float; the head ends in the map [1, C, H, W] that the tail begins with
 * @throws TinymlError E_GATE where no codec is that small, E_INTERRUPTED, E_NOT_FINITE, and as `createHeadTrainer`
 */
export async function trainAcross(
  parts: Halves,
  data: IndexedDataset,
  { budget, epochs, rate, seed, jobs, signal, onStep }: AcrossOptions,
): Promise<Trained> {
  const half = { batchSize: Math.min(SPLIT_BATCH, data.length), optimizer: ADAM, seed, jobs };
  const [head, tail] = [headTrainer(parts.head, data, half), createTailTrainer(parts.tail, half)];
  const wire = wireOf(parts.tail);
  const classes = elementCount(parts.tail.values.get(parts.tail.outputs[0]!.value)!.shape);
  const batches = batchesOf(data, {
    ...{ batchSize: half.batchSize, seed, inputElements: head.inputElements },
    ...{ indices: null, classes, augment: null },
  });
  const rateOf = learningRates({
    ...{ rate, schedule: { kind: 'cosine' }, warmup: { unit: 'steps', count: 0 } },
    ...{ epochs, stepsPerEpoch: batches.perEpoch },
  });
  let [up, down, step] = [0, 0, 0];
  let link = plainLink;
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const { inputs, labels } of batches.epoch(epoch)) {
      if (signal.aborted) throw new TinymlError('E_INTERRUPTED', 'stopped while both parts were trained');
      if (budget !== null && step % REFIT === 0) {
        const fitted = await fitLink(head, tail.toGraph(), data, wire, half.batchSize, budget, link.lambda);
        link = codedLink(fitted, budget, mixSeed(seed, step));
        up += link.fileBytes;
        down += 4 * wire.channels;
      }
      const received = link.up(head.forward(inputs));
      const settings = { step, learningRate: rateOf(step) };
      const { ofFeatures } = tail.step(channelsFirst(received.data, wire), labels, settings);
      const returned = link.down(ofFeatures);
      head.backward(returned.data, settings);
      up += received.bytes + LABEL_BYTES * batches.counted;
      down += returned.bytes;
      step++;
      onStep();
    }
  }
  const samples = step * batches.counted;
  return { head: head.toGraph(), tail: tail.toGraph(), traffic: { up, down, samples } };
}

/** A trainer whose first layer learns in units of the input. */
function headTrainer(
  graph: Graph,
  data: IndexedDataset,
  options: Parameters<typeof createHeadTrainer>[1],
): HeadTrainer {
  if (!hasUnit(graph)) return createHeadTrainer(graph, options);
  const indices = Int32Array.from({ length: Math.min(FITTED, data.length) }, (_, i) => i);
  const sample = new Float32Array(
    indices.length * elementCount(graph.values.get(graph.inputs[0]!.value)!.shape),
  );
  data.fill(indices, sample, new Int32Array(indices.length));
  const unit = unitOf(sample);
  const trainer = createHeadTrainer(inUnits(graph, unit), options);
  return {
    ...trainer,
    forward: (inputs) => trainer.forward(inputs.map((value) => value / unit)),
    toGraph: () => inUnits(trainer.toGraph(), 1 / unit),
  };
}

type Wire = { readonly name: string } & Omit<FeatureMaps, 'codes'>;

function wireOf({ inputs: [input], values }: Graph): Wire {
  const [, channels = 1, height = 1, width = 1] = values.get(input!.value)!.shape;
  return { name: input!.value, channels, height, width };
}

/** [batch][H][W][C] as it arrives, and the bytes that it took. */
type Arrived = { readonly data: Float32Array; readonly bytes: number };

type Link = {
  readonly up: (features: Float32Array) => Arrived;
  /** The gradient of the features, of that of what arrived of them. */
  readonly down: (gradient: Float32Array) => Arrived;
  /** Of the codec of the features; that of the gradients counts as of the first batch. */
  readonly fileBytes: number;
  readonly lambda: number | undefined;
};

const plainLink: Link = {
  up: (data) => ({ data, bytes: 4 * data.length }),
  down: (data) => ({ data, bytes: 4 * data.length }),
  ...{ fileBytes: 0, lambda: undefined },
};

type FittedLink = { readonly fitted: NonNullable<ReturnType<typeof fitToBudget>>; readonly sample: Features };

/** @throws TinymlError E_GATE where no codec is that small */
async function fitLink(
  head: HeadTrainer,
  tail: Graph,
  data: IndexedDataset,
  wire: Wire,
  batch: number,
  budget: number,
  lambda: number | undefined,
): Promise<FittedLink> {
  const sample = sampleFeatures(head, data, wire, batch);
  const weights = await channelWeights(tail, sample);
  const { scale, zeroPoint } = sample;
  const fitted = fitToBudget(sample, { value: wire.name, scale, zeroPoint, weights }, budget, {
    start: lambda,
  });
  if (fitted !== null) return { fitted, sample };
  throw new TinymlError('E_GATE', 'no codec is that small', {
    at: '--ratio',
    hint: 'Ask for a lower ratio.',
  });
}

function codedLink({ fitted: { codec, lambda }, sample }: FittedLink, budget: number, seed: number): Link {
  const elements = sample.codes[0]!.length;
  const { scale, zeroPoint } = codec;
  const [encode, decode, messages] = [createEncoder(codec), createDecoder(codec), createMessages(codec)];
  const pathBack = createPathBack(codec);
  const random = seededRandom(mixSeed(seed, ROUNDING));
  let gradients: ReturnType<typeof createGradientMessages> | null = null;
  let sent: readonly Int8Array[] = [];
  return {
    ...{ lambda, fileBytes: writeCodec(codec).length },
    up: (features) => {
      sent = mapsOf(quantised(features, sample), elements);
      const message = messages.write(sent.map(encode));
      const received = new Float32Array(features.length);
      messages.read(message).streams.forEach((stream, n) => {
        const codes = decode(stream);
        for (let i = 0; i < elements; i++) received[n * elements + i] = scale * (codes[i]! - zeroPoint);
      });
      return { data: received, bytes: message.length };
    },
    down: (gradient) => {
      const through = mapsOf(gradient, elements).map((map, n) => pathBack(map, sent[n]!));
      let bytes = 0;
      if (gradients === null) {
        const own = fitGradients(codec, through, budget, random);
        gradients = createGradientMessages(own, random);
        bytes += writeCodec(own.codec).length;
      }
      const message = gradients.write(through);
      const returned = new Float32Array(gradient.length);
      gradients.read(message).forEach((map, n) => {
        returned.set(map, n * elements);
      });
      return { data: returned, bytes: bytes + message.length };
    },
  };
}

/** A key that keeps the random numbers of rounding apart from others of the seed. */
const ROUNDING = 3;

/** Some maps of the head as it is now, in codes of a scale that all of them fit in. */
function sampleFeatures(head: HeadTrainer, data: IndexedDataset, wire: Wire, batch: number): Features {
  const { channels, height, width } = wire;
  const elements = channels * height * width;
  const count = Math.min(FITTED, data.length);
  const [inputs, labels] = [new Float32Array(batch * head.inputElements), new Int32Array(batch)];
  const maps: Float32Array[] = [];
  for (let first = 0; first < count; first += batch) {
    const indices = Int32Array.from({ length: batch }, (_, i) => Math.min(first + i, data.length - 1));
    data.fill(indices, inputs, labels);
    maps.push(...mapsOf(head.forward(inputs), elements).map((map) => map.slice()));
  }
  let [least, most] = [0, 0];
  for (const map of maps) {
    for (const value of map) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  const scale = Math.fround((most - least) / 255) || 1;
  const zeroPoint = Math.max(-128, Math.min(127, Math.round(-128 - least / scale)));
  const codes = maps.map((map) => quantised(map, { scale, zeroPoint }));
  return { channels, height, width, codes, scale, zeroPoint, labels: new Int32Array(codes.length).fill(-1) };
}

function quantised(
  real: Float32Array,
  { scale, zeroPoint }: Pick<Features, 'scale' | 'zeroPoint'>,
): Int8Array {
  const codes = new Int8Array(real.length);
  for (let i = 0; i < real.length; i++) {
    codes[i] = Math.max(-128, Math.min(127, Math.round(real[i]! / scale) + zeroPoint));
  }
  return codes;
}

function mapsOf<Map extends Float32Array | Int8Array>(batch: Map, elements: number): readonly Map[] {
  return Array.from(
    { length: batch.length / elements },
    (_, n) => batch.subarray(n * elements, (n + 1) * elements) as Map,
  );
}

/** [batch][H][W][C] to [batch][C][H][W]. */
function channelsFirst(batch: Float32Array, { channels, height, width }: Wire): Float32Array {
  const positions = height * width;
  const first = new Float32Array(batch.length);
  for (let map = 0; map < batch.length; map += positions * channels) {
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < positions; i++) first[map + c * positions + i] = batch[map + i * channels + c]!;
    }
  }
  return first;
}
