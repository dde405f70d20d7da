/** The error that each layer makes by itself: exact inputs, its own weights and output in codes. */
import { type Sample, startsSequence } from '../../data/types.ts';
import { reductionsOf } from '../../engine/reductions.ts';
import { createExecutor } from '../../execute/float.ts';
import { startEdit, uniqueName } from '../../graph/rewrite.ts';
import type { Graph, Node, Port, Quant, Tensor } from '../../graph/types.ts';
import { QUANT_RANGES } from '../../graph/verify.ts';
import { quantizeTensor } from '../../ops/quant.ts';
import { inputTensors } from '../calibrate.ts';
import { raiseChannels } from '../channel-reach.ts';
import { createHistogram, type Histogram, observe } from '../observers/histogram.ts';
import { activationOf, type Layer, type RoundedWeights } from './layers.ts';

/** Power of an error by the power of what it is an error of: 0 without an error. */
export type NoiseRatio = number;

export type OwnNoise = {
  /** Of weights and output together. */
  readonly total: NoiseRatio;
  /** Of rounded weights alone, the output in float. */
  readonly weights: NoiseRatio;
  /** Of the codes of the output alone: what rounding does, and what lies beyond them. */
  readonly rounding: NoiseRatio;
  readonly clipping: NoiseRatio;
  /** Share of the exact values beyond the codes by more than half a step, in [0, 1]. */
  readonly saturation: number;
  /** Share of all codes that occurred, in [0, 1]. */
  readonly codesUsed: number;
  /** The exact values. */
  readonly histogram: Histogram;
  /** Largest magnitude of each channel (axis 1); one entry where there are none. */
  readonly channels: readonly number[];
};

type OwnNoises = {
  /** In the order of the layers. */
  readonly layers: readonly OwnNoise[];
  /** Of every sample, the output of each layer as it alone makes it: [sample][layer], in ONNX order. */
  readonly outputs: readonly (readonly Float32Array[])[];
};

/** @param float the graph of the layers */
export function ownNoises(float: Graph, layers: readonly Layer[], samples: readonly Sample[]): OwnNoises {
  const executor = createExecutor(withTwins(float, layers));
  const meters = layers.map((layer) => createMeter(layer, float));
  const outputs = samples.map((sample) => {
    if (startsSequence(sample)) executor.reset();
    const results = executor.run(inputTensors(float, sample)).slice(-2 * layers.length);
    return meters.map(({ add }, i) => add(results[2 * i]!, results[2 * i + 1]!));
  });
  return { layers: meters.map(({ finish }) => finish()), outputs };
}

type Meter = {
  /** Gives what the layer alone makes of its exact inputs. @param twin the exact output, but for rounded weights */
  readonly add: (exact: Tensor, twin: Tensor) => Float32Array;
  readonly finish: () => OwnNoise;
};

function createMeter({ value, quant, moves }: Layer, float: Graph): Meter {
  const { shape } = float.values.get(value)!;
  const histogram = createHistogram();
  const channels = new Float64Array(shape.length > 1 ? shape[1]! : 1);
  const layout = shape.map((_, axis) => axis);
  const [low, high] = QUANT_RANGES[quant.dtype];
  const used = new Uint8Array(high - low + 1);
  const sums = { signal: 0, total: 0, weights: 0, rounding: 0, clipping: 0, beyond: 0, count: 0 };
  const reductions = reductionsOf();
  return {
    add: (exact, twin) => {
      const [wanted, given] = [exact.data as Float32Array, twin.data as Float32Array];
      observe(histogram, wanted, value, reductions);
      raiseChannels(channels, { shape, layout, data: wanted });
      const [codes, alone] = [encoded(twin, quant), encoded(exact, quant)];
      const real = meaning(codes, quant);
      const [scale, zeroPoint] = [quant.scale[0]!, quant.zeroPoint[0]!];
      for (let i = 0; i < wanted.length; i++) {
        const x = wanted[i]!;
        sums.signal += x * x;
        sums.total += (real[i]! - x) ** 2;
        sums.weights += (given[i]! - x) ** 2;
        const code = alone[i]!;
        const error = ((code - zeroPoint) * scale - x) ** 2;
        const beyond = (code === low || code === high) && error > (scale / 2) ** 2 * 1.001;
        if (beyond) sums.beyond++;
        if (beyond) sums.clipping += error;
        else sums.rounding += error;
        used[codes[i]! - low] = 1;
      }
      sums.count += wanted.length;
      return moves ? given : real;
    },
    finish: () => {
      const ratio = (noise: number): NoiseRatio =>
        noise === 0 ? 0 : noise / Math.max(sums.signal, Number.MIN_VALUE);
      return {
        total: moves ? 0 : ratio(sums.total),
        weights: ratio(sums.weights),
        rounding: moves ? 0 : ratio(sums.rounding),
        clipping: moves ? 0 : ratio(sums.clipping),
        saturation: sums.beyond / Math.max(sums.count, 1),
        codesUsed: used.reduce((sum, one) => sum + one, 0) / used.length,
        histogram,
        channels: [...channels],
      };
    },
  };
}

type Codes = Int8Array | Uint8Array | Int16Array | Int32Array;

function encoded(tensor: Tensor, quant: Quant): Codes {
  return quantizeTensor(tensor, quant).data as Codes;
}

function meaning(codes: Codes, { scale, zeroPoint }: Quant): Float32Array {
  const [step, zero] = [scale[0]!, zeroPoint[0]!];
  const real = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) real[i] = (codes[i]! - zero) * step;
  return real;
}

/** Behind the outputs of the model, those of each layer and of its twin with rounded weights (itself where it has none), in turn. */
function withTwins(float: Graph, layers: readonly Layer[]): Graph {
  const taken = new Set(float.values.keys());
  const fresh = (base: string): string => {
    const name = uniqueName(base, (known) => taken.has(known));
    taken.add(name);
    return name;
  };
  const twins = layers.map(({ value, rounded }) => (rounded === null ? value : fresh(`${value}_twin`)));
  const measured = layers.flatMap(({ value }, i) => [value, twins[i]!]);
  const port = (value: string, i: number): Port => ({ name: `measured\n${i}`, value, dtype: 'float32' });
  const edit = startEdit({ ...float, outputs: [...float.outputs, ...measured.map(port)] });
  layers.forEach((layer, i) => {
    if (layer.node === null || layer.rounded === null) return;
    const { node, value, rounded } = layer;
    const twin = twins[i]!;
    const activation = activationOf(float, layer);
    const sums = activation === null ? twin : fresh(`${twin}_sums`);
    for (const [name, like] of [
      [twin, value],
      [sums, node.outputs[0]!],
    ] as const) {
      edit.setValue({ ...float.values.get(like)!, name });
    }
    const nodes: Node[] = [{ ...node, name: sums, inputs: twinInputs(edit, rounded), outputs: [sums] }];
    if (activation !== null) {
      const inputs = [sums, ...activation.inputs.slice(1)];
      nodes.push({ ...activation, name: twin, inputs, outputs: [twin] });
    }
    edit.replace(node, node, ...nodes);
  });
  return edit.finish();
}

function twinInputs(
  edit: ReturnType<typeof startEdit>,
  { linear, weights, bias }: RoundedWeights,
): readonly string[] {
  const own = [weights, ...(bias === null ? [] : [bias])];
  return [linear.input, ...own.map((tensor) => edit.addConstant(`${linear.weights}_rounded`, tensor))];
}
