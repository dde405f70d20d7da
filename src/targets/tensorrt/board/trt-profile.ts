/**
 * What trtexec exports of a run: --exportProfile (time of every layer), --exportLayerInfo (what the layers are) and --exportTimes (when each
 * inference began and ended). The fields are those of samples/common/sampleReporting.cpp of NVIDIA/TensorRT 8.2 to 11.1, and of the engine
 * inspector; fields that a release adds are let be.
 */
import * as z from 'zod';
import { TinymlError } from '../../../diagnostics/errors.ts';
import { checkJson } from '../../../diagnostics/json-file.ts';
import { readTrtexecJson } from './trtexec-json.ts';

const MAX_LAYERS = 100_000;
const MAX_TIMES = 1_000_000;

const text = z.string().max(1 << 16);
const milliseconds = z.number().min(0);

const timedLayer = z.looseObject({
  name: text,
  timeMs: milliseconds,
  averageMs: milliseconds,
  /** From TensorRT 8.5 on. */
  medianMs: milliseconds.optional(),
});

const tensor = z.looseObject({
  Name: text.optional(),
  Dimensions: z.array(z.number()).max(64).optional(),
  /** e.g. "Row major linear FP32", "Half", "Thirty-two wide channel vectorized row major Int8 format". */
  'Format/Datatype': text.optional(),
});

const weights = z.looseObject({ Type: text.optional(), Count: z.number().optional() });

/** A name alone where the engine was built without --profilingVerbosity=detailed. */
const layer = z.union([
  text,
  z.looseObject({
    Name: text,
    LayerType: text.optional(),
    /** What it does, e.g. Convolution, where LayerType names an implementation. */
    ParameterType: text.optional(),
    Inputs: z.array(tensor).max(4096).optional(),
    Outputs: z.array(tensor).max(4096).optional(),
    Weights: weights.optional(),
    TacticName: text.optional(),
    /** Names of ONNX nodes, from TensorRT 8.6 on: "[ONNX Layer: a]" one after another. */
    Metadata: text.optional(),
  }),
]);

const layerInfo = z.looseObject({ Layers: z.array(layer).max(MAX_LAYERS) });

const inference = z.looseObject({
  startEnqMs: z.number(),
  endEnqMs: z.number(),
  computeMs: milliseconds,
  latencyMs: milliseconds,
});

export type TimedLayer = {
  readonly name: string;
  /** Of one inference, in the mean. */
  readonly ms: number;
};

export type LayerInfo = Exclude<z.infer<typeof layer>, string>;

export type Inference = {
  /** Time that the host needs to enqueue it; and the GPU to compute it. */
  readonly enqueueMs: number;
  readonly computeMs: number;
  /** With the transfers of inputs and outputs. */
  readonly latencyMs: number;
};

/** @throws TinymlError E_FILE, E_DATA */
export function readLayerTimes(path: string): {
  readonly runs: number;
  readonly layers: readonly TimedLayer[];
} {
  const [head, ...rest] = readArray(path, '--exportProfile', MAX_LAYERS);
  const { count } = checkJson(z.looseObject({ count: z.int().min(1) }), head, `${path}: [0]`, 'E_DATA');
  const layers = checkJson(z.array(timedLayer).min(1), rest, path, 'E_DATA');
  return { runs: count, layers: layers.map(({ name, averageMs }) => ({ name, ms: averageMs })) };
}

/**
 * In order; layers of which no more than their name is known are left out.
 * @throws TinymlError E_FILE, E_DATA
 */
export function readLayerInfo(path: string): readonly LayerInfo[] {
  const { Layers } = checkJson(layerInfo, readTrtexecJson(path), path, 'E_DATA');
  return Layers.flatMap((one) => (typeof one === 'string' ? [] : [one]));
}

/** @throws TinymlError E_FILE, E_DATA */
export function readInferences(path: string): readonly Inference[] {
  const value = readArray(path, '--exportTimes', MAX_TIMES);
  return checkJson(z.array(inference).min(1), value, path, 'E_DATA').map((one) => ({
    enqueueMs: one.endEnqMs - one.startEnqMs,
    computeMs: one.computeMs,
    latencyMs: one.latencyMs,
  }));
}

function readArray(path: string, option: string, most: number): readonly unknown[] {
  const value = readTrtexecJson(path);
  if (Array.isArray(value) && value.length <= most) return value;
  throw new TinymlError(
    'E_DATA',
    Array.isArray(value) ? `more than ${most} entries` : 'this is no array, as trtexec writes it',
    { at: path, hint: `give the file of trtexec ${option}` },
  );
}
