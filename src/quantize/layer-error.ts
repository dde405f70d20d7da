/** Where quantisation loses accuracy: the float graph against its quantised twin, value by value, over some samples. */
import { type Sample, startsSequence } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { createMachine, runWithStops } from '../engine/index.ts';
import { loadKernels } from '../engine/load.ts';
import { reductionsOf } from '../engine/reductions.ts';
import { createExecutor, type Seen } from '../execute/float.ts';
import { producers } from '../graph/rewrite.ts';
import { elementCount, sameShape } from '../graph/tensor.ts';
import type { Graph, Node, Quant } from '../graph/types.ts';
import { QUANT_RANGES } from '../graph/verify.ts';
import { lowerWithPlaces } from '../lower/lower.ts';
import { viewOffsets } from '../lower/shared/views.ts';
import { lastWriters, planMemory } from '../program/plan.ts';
import { resetState } from '../program/run.ts';
import { sampleEncoder } from '../program/sample.ts';
import { inputTensors } from './calibrate.ts';
import { fusedAway, linearNodes } from './scheme.ts';
import { sqnrDb } from './sqnr.ts';
import { outputMagnitudes, weightLayout } from './weights.ts';

export type LayerError = {
  /** Name of the layer: the node, or the model input, that makes the value. */
  readonly name: string;
  /** Its operator; 'Input' for a model input. */
  readonly op: string;
  /** The value compared: the node's output, or that of the activation computed with it. */
  readonly value: string;
  /** 10 log10(sum float^2 / sum (float - quantised)^2), errors of the layers before included; null if there is no error. */
  readonly sqnrDb: number | null;
  /** Share of the float values that lie beyond the codes' range by more than half a step, in [0, 1]. */
  readonly saturation: number;
  /** Largest by smallest weight magnitude of its output channels (zero channels left out); null without weights. */
  readonly weightRangeRatio: number | null;
};

/** Errors are measured on so many samples, or on as many as have so many values in all layers together. */
const SAMPLES = 32;
const VALUES = 2 ** 26;

/** How many samples the errors of a quantised graph are measured on: at least 1. */
export function errorSamples(quantized: Graph): number {
  const perSample = [...quantized.values.values()]
    .filter(({ name, quant }) => quant !== null && !quantized.constants.has(name))
    .reduce((sum, { shape }) => sum + elementCount(shape), 0);
  return Math.min(SAMPLES, Math.max(1, Math.floor(VALUES / Math.max(perSample, 1))));
}

/**
 * Error of every quantised activation, in the order of the graph. The graphs are `graph` and `reference` of
 * `quantizeGraph`. What is compared is what the device computes: the integers of the Program.
 * @throws TinymlError E_DATA if there are no samples or they do not fit; what `lower` throws
 */
export async function layerErrors(
  float: Graph,
  quantized: Graph,
  samples: AsyncIterable<Sample>,
  onProgress: (done: number) => void = () => {},
): Promise<readonly LayerError[]> {
  const subjects = findSubjects(float, quantized);
  const watch = new Set(subjects.map(({ value }) => value));
  const exact = createExecutor(float, { watch });
  const device = createDevice(quantized, watch);
  const { compareCodes } = reductionsOf();
  const place = new Map(subjects.map(({ value }, i) => [value, i]));
  const measured = subjects.map((subject) => ({
    ...picked(subject),
    values: elementCount(float.values.get(subject.value)!.shape),
  }));
  const add: AddErrors = (sample, sums) => {
    const inputs = inputTensors(float, sample);
    if (startsSequence(sample)) {
      exact.reset();
      device.reset();
    }
    const codesOf = device.run(sample.inputs);
    exact.run(inputs, (name, seen) => {
      const { low, high } = coveredExtent(quantized.values.get(name)!.quant!);
      const { codes, scale, zeroPoint } = codesOf(name, seen);
      compareCodes(seen.data, codes, scale, zeroPoint, low, high, sums[place.get(name)!]!);
    });
  };
  return measureErrors(measured, samples, add, onProgress);
}

function picked({ name, op, value, weightRangeRatio }: Subject): Omit<Measured, 'values'> {
  return { name, op, value, weightRangeRatio };
}

/** A layer that errors are measured of, and how many values it has for one sample. */
type Measured = Omit<LayerError, 'sqnrDb' | 'saturation'> & { readonly values: number };

/**
 * Adds what one sample gives to the sums of each layer: of the squared float values, of the squared errors, and how many values lie
 * beyond the codes.
 */
export type AddErrors = (sample: Sample, sums: readonly Float64Array[]) => void;

/** Errors over all samples. @throws TinymlError E_DATA if there are none; what `add` throws */
export async function measureErrors(
  layers: readonly Measured[],
  samples: AsyncIterable<Sample>,
  add: AddErrors,
  onProgress: (done: number) => void,
): Promise<readonly LayerError[]> {
  const sums = layers.map(() => new Float64Array(3));
  let done = 0;
  for await (const sample of samples) {
    add(sample, sums);
    onProgress(++done);
  }
  if (done === 0) throw new TinymlError('E_DATA', 'there are no samples to measure layer errors with');
  return layers.map(({ values, ...layer }, i) => {
    const [signal, noise, beyond] = sums[i] as unknown as readonly [number, number, number];
    return { ...layer, sqnrDb: sqnrDb(signal, noise), saturation: beyond / Math.max(done * values, 1) };
  });
}

/** The codes of a value in the order of its float tensor, and what they stand for. */
type Codes = { readonly codes: Int8Array | Int16Array; readonly scale: number; readonly zeroPoint: number };

/** What codes mean under a quantisation: a tensor may hold several values, each at a scale of its own. */
function codesOf(quant: Quant | null): Omit<Codes, 'codes'> | null {
  if (quant === null) return null;
  return { scale: quant.scale[0]!, zeroPoint: quant.zeroPoint[0]! - (quant.dtype === 'uint8' ? 128 : 0) };
}

/** Runs the Program of a quantised graph on float inputs and keeps the codes of the watched values until the next run. */
type Device = {
  readonly run: (inputs: readonly Float32Array[]) => (name: string, seen: Seen) => Codes;
  readonly reset: () => void;
};

function createDevice(graph: Graph, watch: ReadonlySet<string>): Device {
  const { program, places } = lowerWithPlaces(graph);
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false }, restarts: 0 });
  const { view, run: runSteps } = createMachine(program, plan, loadKernels());
  const encode = sampleEncoder(program);
  const ports = program.inputs.map((port) => view(port.tensor));
  const written = lastWriters(program.steps);
  const kept = new Map(
    [...places]
      .filter(([name]) => watch.has(name))
      .map(([name, place]) => {
        const { tensor } = place.view;
        const source = view(tensor) as Int8Array | Int16Array;
        const { storage } = program.tensors[tensor]!;
        const after = storage.kind === 'state' ? place.since : (written.get(tensor) ?? -1) + 1;
        const quant = codesOf(graph.values.get(name)!.quant) ?? program.tensors[tensor]!.quant!;
        return [name, { place, quant, source, codes: source.slice(), after }] as const;
      }),
  );
  const stops = [...kept.values()].sort((a, b) => a.after - b.after);
  const offsetsOf = new Map<string, Int32Array | null>();
  const run: Device['run'] = (inputs) => {
    encode(inputs).forEach((values, i) => {
      ports[i]!.set(values);
    });
    runWithStops(runSteps, program.steps.length, stops, ({ codes, source }) => codes.set(source));
    return (name, { layout }) => {
      const { place, quant, codes } = kept.get(name)!;
      if (!offsetsOf.has(name)) {
        const positions = place.order === null ? null : inverse(place.order);
        offsetsOf.set(name, viewOffsets(place.view, layout, positions));
      }
      const offsets = offsetsOf.get(name)!;
      const count = elementCount(place.view.shape);
      return { codes: offsets === null ? codes.subarray(0, count) : gather(codes, offsets), ...quant };
    };
  };
  return { run, reset: () => resetState(program, view) };
}

function gather(codes: Codes['codes'], offsets: Int32Array): Codes['codes'] {
  const gathered =
    codes instanceof Int8Array ? new Int8Array(offsets.length) : new Int16Array(offsets.length);
  for (let i = 0; i < offsets.length; i++) gathered[i] = codes[offsets[i]!]!;
  return gathered;
}

function inverse(permutation: Int32Array): Int32Array {
  const positions = new Int32Array(permutation.length);
  permutation.forEach((to, from) => {
    positions[to] = from;
  });
  return positions;
}

/** A layer whose output has codes. */
export type Subject = Pick<LayerError, 'name' | 'op' | 'value' | 'weightRangeRatio'> & {
  /** Of the float graph: what makes the value, or what its activation is computed with; null for a model input. */
  readonly node: Node | null;
};

/** The quantised values of a float graph, model inputs first. */
export function findSubjects(float: Graph, quantized: Graph): readonly Subject[] {
  const makers = producers(float);
  const fused = fusedAway(float);
  const ratios = new Map(
    linearNodes(float).map((linear) => [
      linear.node,
      rangeRatio(outputMagnitudes(weightLayout(float, linear))),
    ]),
  );
  const isSubject = (name: string): boolean => {
    const value = quantized.values.get(name);
    const quant = value?.quant ?? null;
    const known = value !== undefined && quant !== null && !float.constants.has(name);
    return known && sameShape(value.shape, float.values.get(name)!.shape);
  };
  const inputs = float.inputs
    .filter((port) => isSubject(port.value))
    .map(({ name, value }): Subject => ({ name, op: 'Input', value, node: null, weightRangeRatio: null }));
  const layers = float.nodes.flatMap((node) =>
    node.outputs.filter(isSubject).map((value): Subject => {
      const [source = ''] = node.inputs;
      const layer: Node = fused.has(source) ? makers.get(source)! : node;
      return {
        name: layer.name,
        op: layer.op,
        value,
        node: layer,
        weightRangeRatio: ratios.get(layer) ?? null,
      };
    }),
  );
  return [...inputs, ...layers];
}

function rangeRatio(magnitudes: Float64Array): number | null {
  const live = magnitudes.filter((magnitude) => magnitude > 0);
  return live.length === 0
    ? null
    : live.reduce((most, one) => Math.max(most, one)) / live.reduce((least, one) => Math.min(least, one));
}

/** Reals that round to a code without clamping. */
function coveredExtent({ dtype, scale, zeroPoint }: Quant): { readonly low: number; readonly high: number } {
  const [min, max] = QUANT_RANGES[dtype];
  const real = (code: number): number => (code - zeroPoint[0]!) * scale[0]!;
  return { low: real(min - 0.5), high: real(max + 0.5) };
}
