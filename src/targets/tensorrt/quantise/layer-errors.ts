/** Where int8 loses accuracy: the float graph against the one with pairs, value by value, over some samples. */
import { type Sample, startsSequence } from '../../../data/types.ts';
import { createExecutor } from '../../../execute/float.ts';
import { consumers, producers } from '../../../graph/rewrite.ts';
import { elementCount } from '../../../graph/tensor.ts';
import type { Graph, Node, Port } from '../../../graph/types.ts';
import { inputTensors } from '../../../quantize/calibrate.ts';
import { type AddErrors, type LayerError, measureErrors } from '../../../quantize/layer-error.ts';
import { ACTIVATIONS, linearOperands } from './operands.ts';
import { runnableForm } from './runnable.ts';
import { channelMagnitudes } from './weights.ts';

/**
 * Error of every value that is read through a pair and of the outputs, in the order of the float graph, errors of the
 * layers before included.
 * @param float without pairs; values have the same names in both graphs
 * @throws TinymlError E_DATA if there are no samples or they do not fit
 */
export async function layerErrors(
  float: Graph,
  quantized: Graph,
  samples: AsyncIterable<Sample>,
  onProgress: (done: number) => void = () => {},
): Promise<readonly LayerError[]> {
  const subjects = findSubjects(float, quantized);
  const exact = createExecutor(
    withOutputs(
      float,
      subjects.map(({ value }) => value),
    ),
  );
  const rounded = createExecutor(
    withOutputs(
      runnableForm(quantized),
      subjects.map(({ read }) => read),
    ),
  );
  const measured = subjects.map(({ value, layer, port }) => ({
    name: layer?.name ?? port,
    op: layer?.op ?? 'Input',
    value,
    weightRangeRatio: layer === null ? null : weightRangeRatio(float, layer),
    values: elementCount(float.values.get(value)!.shape),
  }));
  const add: AddErrors = (sample, sums) => {
    const inputs = inputTensors(float, sample);
    if (startsSequence(sample)) {
      exact.reset();
      rounded.reset();
    }
    const [wanted, got] = [exact.run(inputs), rounded.run(inputs)];
    const own = wanted.length - subjects.length;
    for (const [i, sum] of sums.entries()) {
      const [a, b] = [wanted[own + i]!.data as Float32Array, got[own + i]!.data as Float32Array];
      addErrors(sum, a, b, subjects[i]!.limit);
    }
  };
  return measureErrors(measured, samples, add, onProgress);
}

function addErrors(sums: Float64Array, wanted: Float32Array, got: Float32Array, limit: number): void {
  let [signal, noise, beyond] = [0, 0, 0];
  for (let k = 0; k < wanted.length; k++) {
    signal += wanted[k]! ** 2;
    noise += (wanted[k]! - got[k]!) ** 2;
    if (Math.abs(wanted[k]!) > limit) beyond++;
  }
  sums[0]! += signal;
  sums[1]! += noise;
  sums[2]! += beyond;
}

type Subject = {
  readonly value: string;
  /** What is read in its place in the graph with pairs. */
  readonly read: string;
  /** Magnitudes beyond it are clipped. */
  readonly limit: number;
  /** What makes the value, or what is before its activation; null for inputs of the model, which `port` names. */
  readonly layer: Node | null;
  readonly port: string;
};

function findSubjects(float: Graph, quantized: Graph): readonly Subject[] {
  const makers = producers(float);
  const readers = consumers(quantized);
  const pairs = new Map(
    quantized.nodes.flatMap((node): readonly (readonly [string, { read: string; limit: number }])[] => {
      const [value = '', scale = ''] = node.inputs;
      const read = readers.get(node.outputs[0]!)?.[0]?.outputs[0];
      if (node.op !== 'QuantizeLinear' || !float.values.has(value) || float.constants.has(value)) return [];
      const limit = 127.5 * Number(quantized.constants.get(scale)?.data[0]);
      return read === undefined ? [] : [[value, { read, limit }]];
    }),
  );
  const outputs = new Map(float.outputs.map(({ value }, i) => [value, quantized.outputs[i]!.value]));
  const subject = (value: string, layer: Node | null, port: string): readonly Subject[] => {
    const pair = pairs.get(value);
    const read = outputs.get(value) ?? pair?.read;
    if (read === undefined || float.values.get(value)!.dtype !== 'float32') return [];
    return [{ value, read, limit: pair?.limit ?? Number.POSITIVE_INFINITY, layer, port }];
  };
  return [
    ...float.inputs.flatMap(({ name, value }) => subject(value, null, name)),
    ...float.nodes.flatMap((node) => {
      const before = ACTIVATIONS.has(node.op) ? makers.get(node.inputs[0]!) : undefined;
      return node.outputs.flatMap((value) => subject(value, before ?? node, value));
    }),
  ];
}

/** The names are none of the model: a port of state is no output of a run. */
function withOutputs(graph: Graph, values: readonly string[]): Graph {
  const port = (value: string, i: number): Port => ({ name: `measured\n${i}`, value, dtype: 'float32' });
  return { ...graph, outputs: [...graph.outputs, ...values.map(port)] };
}

/** Largest by smallest magnitude of the output channels, zero channels left out. */
function weightRangeRatio(graph: Graph, layer: Node): number | null {
  const weights = linearOperands(graph, layer)?.weights ?? null;
  if (weights === null || weights.axis === null) return null;
  const magnitudes = channelMagnitudes(graph.constants.get(layer.inputs[weights.input]!)!, weights.axis);
  const live = [...magnitudes].filter((magnitude) => magnitude > 0);
  return live.length === 0 ? null : Math.max(...live) / Math.min(...live);
}
