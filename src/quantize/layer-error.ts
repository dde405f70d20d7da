/** Where quantisation loses accuracy: the float graph against its quantised twin, value by value, over some samples. */
import type { Sample } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { createExecutor } from '../engine/index.ts';
import { producers } from '../graph/rewrite.ts';
import type { Graph, Node, Quant, Tensor } from '../graph/types.ts';
import { QUANT_RANGES } from '../graph/verify.ts';
import { inputTensors } from './calibrate.ts';
import { fusedAway, linearNodes } from './scheme.ts';
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

/**
 * Error of every quantised activation, in the order of the graph. The graphs are `graph` and
 * `reference` of `quantizeGraph`. The quantised graph runs in simulation (codes, float arithmetic between them).
 * @throws TinymlError E_DATA if there are no samples or they do not fit.
 */
export async function layerErrors(
  float: Graph,
  quantised: Graph,
  samples: AsyncIterable<Sample>,
  onProgress: (done: number) => void = () => {},
): Promise<readonly LayerError[]> {
  const subjects = findSubjects(float, quantised);
  const sums = new Map(subjects.map(({ value }) => [value, { signal: 0, noise: 0, beyond: 0, count: 0 }]));
  const [exact, rounded] = [createExecutor(float), createExecutor(withFloatPorts(quantised))];
  let done = 0;
  for await (const sample of samples) {
    const inputs = inputTensors(float, sample);
    const truth = new Map<string, Tensor>();
    exact.run(inputs, (name, tensor) => {
      if (sums.has(name)) truth.set(name, tensor);
    });
    rounded.run(inputs, (name, tensor) => {
      const sum = sums.get(name);
      if (sum === undefined) return;
      const [a, b] = [truth.get(name)!.data as Float32Array, tensor.data as Float32Array];
      const { low, high } = coveredExtent(quantised.values.get(name)!.quant!);
      for (let i = 0; i < a.length; i++) {
        const [x, error] = [a[i]!, a[i]! - b[i]!];
        sum.signal += x * x;
        sum.noise += error * error;
        if (x < low || x > high) sum.beyond++;
      }
      sum.count += a.length;
    });
    onProgress(++done);
  }
  if (done === 0) throw new TinymlError('E_DATA', 'there are no samples to measure layer errors with');
  return subjects.map(({ name, op, value, weightRangeRatio }) => {
    const { signal, noise, beyond, count } = sums.get(value)!;
    const sqnrDb = noise === 0 ? null : 10 * Math.log10(Math.max(signal, Number.MIN_VALUE) / noise);
    return { name, op, value, sqnrDb, saturation: beyond / Math.max(count, 1), weightRangeRatio };
  });
}

type Subject = Pick<LayerError, 'name' | 'op' | 'value' | 'weightRangeRatio'>;

function findSubjects(float: Graph, quantised: Graph): readonly Subject[] {
  const makers = producers(float);
  const fused = fusedAway(float);
  const ratios = new Map(
    linearNodes(float).map((linear) => [
      linear.node,
      rangeRatio(outputMagnitudes(weightLayout(float, linear))),
    ]),
  );
  const isSubject = (name: string): boolean => {
    const value = quantised.values.get(name);
    return value !== undefined && value.quant !== null && !float.constants.has(name);
  };
  const inputs = float.inputs
    .filter((port) => isSubject(port.value))
    .map(({ name, value }): Subject => ({ name, op: 'Input', value, weightRangeRatio: null }));
  const layers = float.nodes.flatMap((node) =>
    node.outputs.filter(isSubject).map((value): Subject => {
      const [source = ''] = node.inputs;
      const layer: Node = fused.has(source) ? makers.get(source)! : node;
      return { name: layer.name, op: layer.op, value, weightRangeRatio: ratios.get(layer) ?? null };
    }),
  );
  return [...inputs, ...layers];
}

function rangeRatio(magnitudes: Float64Array): number | null {
  const live = magnitudes.filter((magnitude) => magnitude > 0);
  return live.length === 0 ? null : Math.max(...live) / Math.min(...live);
}

/** Reals that round to a code without clamping. */
function coveredExtent({ dtype, scale, zeroPoint }: Quant): { readonly low: number; readonly high: number } {
  const [min, max] = QUANT_RANGES[dtype];
  const real = (code: number): number => (code - zeroPoint[0]!) * scale[0]!;
  return { low: real(min - 0.5), high: real(max + 0.5) };
}

/** Samples are real numbers, whatever crosses the border of the device. */
function withFloatPorts(graph: Graph): Graph {
  return { ...graph, inputs: graph.inputs.map((port) => ({ ...port, dtype: 'float32' as const })) };
}
