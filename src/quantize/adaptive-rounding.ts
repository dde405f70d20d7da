/**
 * Weights rounded up or down by what it does to the outputs of their layer, not each to its nearest code (Nagel et al., Up or
 * Down? Adaptive Rounding for Post-Training Quantization, 2020). The error of an output channel with weight errors e is e^T H e, where H
 * holds the second moments of the inputs over calibration data (section 3.2 there). It is made smaller weight by weight,
 * from nearest rounding on, until no change of one weight does: no learning rate, nothing random, same data, same codes.
 */
import { type Sample, startsSequence } from '../data/types.ts';
import { createExecutor, type Seen } from '../execute/float.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph, Node } from '../graph/types.ts';
import { slidingWindow } from '../ops/window.ts';
import { inputTensors } from './calibrate.ts';
import type { LinearNode } from './scheme.ts';
import type { WeightGrid } from './weight-grid.ts';
import { type WeightLayout, weightLayout } from './weights.ts';

/** Inputs of a channel that are seen together: longer rows are cut, and what two pieces do together is left out. */
const BLOCK = 256;
/** Multiplications per layer that moments may cost; positions are left out to stay below. */
const WORK = 2 ** 26;
/** Samples that moments are taken from at most. */
const SAMPLES = 256;
/** Added to the diagonal, as a share of its mean: directions that the data hardly show do not count as free. */
const RIDGE = 0.01;
const SWEEPS = 20;

/** Second moments of some inputs of a layer that stand side by side: `matrix` is size x size, symmetric. */
type Block = { readonly start: number; readonly size: number; readonly matrix: Float64Array };

/** Of each group of channels, the blocks of its inputs. */
export type InputMoments = readonly (readonly Block[])[];

/** Moments of the inputs of every Conv and Gemm of a plan; a ConvTranspose has none and keeps its nearest codes. */
export async function inputMoments(
  graph: Graph,
  linear: readonly LinearNode[],
  samples: AsyncIterable<Sample>,
): Promise<ReadonlyMap<Node, InputMoments>> {
  const collectors = linear.filter(({ axis }) => axis === 0).map((one) => createCollector(graph, one));
  const executor = createExecutor(graph, { watch: new Set(collectors.map(({ input }) => input)) });
  let done = 0;
  for await (const sample of samples) {
    if (done === SAMPLES) break;
    if (startsSequence(sample)) executor.reset();
    executor.run(inputTensors(graph, sample), (name, seen) => {
      for (const collector of collectors) if (collector.input === name) collector.add(seen, done);
    });
    done++;
  }
  return new Map(collectors.map(({ node, finish }) => [node, finish()]));
}

type Collector = {
  readonly node: Node;
  readonly input: string;
  readonly add: (seen: Seen, sample: number) => void;
  readonly finish: () => InputMoments;
};

function createCollector(graph: Graph, linear: LinearNode): Collector {
  const layout = weightLayout(graph, linear);
  const row = layout.inChannels * layout.taps;
  const moments = Array.from({ length: layout.groups }, () => blocksOf(row));
  const work = layout.groups * moments[0]!.reduce((sum, { size }) => sum + size * size, 0);
  const places = placesOf(graph, linear);
  const perSample = Math.min(places.count, Math.max(1, Math.floor(WORK / work / SAMPLES)));
  const patch = new Float64Array(row);
  return {
    node: linear.node,
    input: linear.input,
    add: (seen, sample) => {
      const strides = stridesOf(seen.shape, seen.layout);
      for (let k = 0; k < perSample; k++) {
        // Evenly spread, and other places in each sample.
        const place = (Math.floor((k * places.count) / perSample) + sample * 7919) % places.count;
        const taps = places.taps(place, strides);
        moments.forEach((blocks, group) => {
          readPatch(seen.data, taps, group * layout.inChannels * strides[1]!, strides[1]!, patch);
          for (const block of blocks) addProducts(block, patch);
        });
      }
    },
    finish: () => {
      for (const blocks of moments) blocks.forEach(complete);
      return moments;
    },
  };
}

function blocksOf(row: number): readonly Block[] {
  return Array.from({ length: Math.ceil(row / BLOCK) }, (_, i) => {
    const size = Math.min(BLOCK, row - i * BLOCK);
    return { start: i * BLOCK, size, matrix: new Float64Array(size * size) };
  });
}

/** The upper triangle. */
function addProducts({ start, size, matrix }: Block, patch: Float64Array): void {
  for (let i = 0; i < size; i++) {
    const value = patch[start + i]!;
    if (value === 0) continue;
    for (let j = i, at = i * size + i; j < size; j++, at++)
      matrix[at] = matrix[at]! + value * patch[start + j]!;
  }
}

function complete({ size, matrix }: Block): void {
  let trace = 0;
  for (let i = 0; i < size; i++) trace += matrix[i * size + i]!;
  for (let i = 0; i < size; i++) {
    matrix[i * size + i]! += (RIDGE * trace) / size;
    for (let j = 0; j < i; j++) matrix[i * size + j] = matrix[j * size + i]!;
  }
}

/** One row of inputs, as long as a row of weights. @param taps places of the first channel, -1 in the padding */
function readPatch(
  data: Float32Array,
  taps: Int32Array,
  first: number,
  channelStride: number,
  patch: Float64Array,
): void {
  for (let at = 0, base = first; at < patch.length; base += channelStride) {
    for (const tap of taps) patch[at++] = tap < 0 ? 0 : data[base + tap]!;
  }
}

/** Where an output of a layer reads: of each element of the kernel, the place in the first input channel, -1 in the padding. */
type Places = {
  readonly count: number;
  readonly taps: (place: number, strides: readonly number[]) => Int32Array;
};

function placesOf(graph: Graph, linear: LinearNode): Places {
  const { taps } = weightLayout(graph, linear);
  const [batch = 1, , ...space] = graph.values.get(linear.input)!.shape;
  const [, , ...kernel] = graph.constants.get(linear.weights)!.shape;
  const { output, strides: steps, dilations, padBegin } = slidingWindow(linear.node, space, kernel);
  const outputs = elementCount(output);
  const elements = Array.from({ length: taps }, (_, k) => unravel(k, kernel));
  return {
    count: batch * outputs,
    taps: (place, strides) => {
      const at = unravel(place % outputs, output);
      const first = Math.floor(place / outputs) * strides[0]!;
      return Int32Array.from(elements, (element) => {
        let offset = first;
        for (let i = 0; i < space.length; i++) {
          const found = at[i]! * steps[i]! + element[i]! * dilations[i]! - padBegin[i]!;
          if (found < 0 || found >= space[i]!) return -1;
          offset += found * strides[i + 2]!;
        }
        return offset;
      });
    },
  };
}

function unravel(index: number, shape: readonly number[]): readonly number[] {
  const at = new Array<number>(shape.length);
  for (let axis = shape.length - 1, rest = index; axis >= 0; axis--) {
    at[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return at;
}

/** Of every ONNX axis, how far apart neighbours lie in memory. */
function stridesOf(shape: readonly number[], layout: readonly number[]): readonly number[] {
  const strides = new Array<number>(shape.length);
  layout.reduceRight((inner, axis) => {
    strides[axis] = inner;
    return inner * shape[axis]!;
  }, 1);
  return strides;
}

/** Codes of the weights, times their factors. @param nearest what they are without, where the search begins */
export function roundAdaptively(
  layout: WeightLayout,
  grid: WeightGrid,
  nearest: Int8Array,
  moments: InputMoments,
): Int8Array {
  const codes = nearest.slice();
  for (let o = 0; o < layout.outChannels; o++) {
    const group = Math.floor((o * layout.groups) / layout.outChannels);
    for (const block of moments[group]!)
      roundBlock(layout.data, codes, o * layout.outStride, grid.scales[o]!, grid, block);
  }
  return codes;
}

function roundBlock(
  weights: Float32Array,
  codes: Int8Array,
  row: number,
  scale: number,
  { factors, most }: WeightGrid,
  { start, size, matrix }: Block,
): void {
  const first = row + start;
  const factorOf = (i: number): number => (factors === null ? 1 : factors[first + i]!);
  const errors = Float64Array.from(
    { length: size },
    (_, i) => codes[first + i]! - weights[first + i]! / scale,
  );
  const slopes = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) slopes[i]! += matrix[i * size + j]! * errors[j]!;
  }
  for (let sweep = 0, changed = true; changed && sweep < SWEEPS; sweep++) {
    changed = false;
    for (let i = 0; i < size; i++) {
      const factor = factorOf(i);
      const step = errors[i]! > 0 ? -factor : factor;
      const code = codes[first + i]! + step;
      const gain = 2 * step * slopes[i]! + step * step * matrix[i * size + i]!;
      // A weight that is clipped stays at the end of the codes.
      if (gain >= 0 || Math.abs(code) > most * factor || Math.abs(errors[i]! + step) >= factor) continue;
      codes[first + i] = code;
      errors[i]! += step;
      for (let j = 0; j < size; j++) slopes[j]! += step * matrix[i * size + j]!;
      changed = true;
    }
  }
}
