/** What one layer costs: the error of the outputs of the model where nothing but that layer is in codes. */
import { type Sample, startsSequence } from '../../data/types.ts';
import { createExecutor } from '../../execute/float.ts';
import { removeDead, uniqueName } from '../../graph/rewrite.ts';
import type { Graph, Tensor } from '../../graph/types.ts';
import { inputTensors } from '../calibrate.ts';
import type { Layer } from './layers.ts';
import type { NoiseRatio } from './own-noise.ts';

/** The float outputs of a graph, of every sample. */
export type Outputs = readonly (readonly Float32Array[])[];

export function floatOutputs(graph: Graph, samples: readonly Sample[]): Outputs {
  const executor = createExecutor(graph);
  return samples.map((sample) => {
    if (startsSequence(sample)) executor.reset();
    return floats(executor.run(inputTensors(graph, sample)));
  });
}

/** The largest error of an output over all samples. */
export function outputNoise(wanted: Outputs, got: Outputs): NoiseRatio {
  const ratios = (wanted[0] ?? []).map((_, port) => {
    let [signal, noise] = [0, 0];
    wanted.forEach((outputs, sample) => {
      const [a, b] = [outputs[port]!, got[sample]![port]!];
      for (let i = 0; i < a.length; i++) {
        signal += a[i]! * a[i]!;
        noise += (a[i]! - b[i]!) ** 2;
      }
    });
    return noise === 0 ? 0 : noise / Math.max(signal, Number.MIN_VALUE);
  });
  return ratios.reduce((most, ratio) => Math.max(most, ratio), 0);
}

/**
 * Runs the float graph from the output of one layer on.
 * @param outputs what the layer alone makes of each sample
 * @param wanted outputs of the whole graph in float
 */
export function layerCost(
  float: Graph,
  { value, moves }: Pick<Layer, 'value' | 'moves'>,
  samples: readonly Sample[],
  outputs: readonly Float32Array[],
  wanted: Outputs,
): NoiseRatio {
  if (moves) return 0;
  const { shape } = float.values.get(value)!;
  const executor = createExecutor(behind(float, value));
  const got = samples.map((sample, i) => {
    if (startsSequence(sample)) executor.reset();
    const own: Tensor = { dtype: 'float32', shape, data: outputs[i]! };
    return floats(executor.run([...inputTensors(float, sample), own]));
  });
  return outputNoise(wanted, got);
}

/** The graph with a value that is given instead of computed, as its last input. */
function behind(graph: Graph, value: string): Graph {
  const former = uniqueName(`${value}_former`, (name) => graph.values.has(name));
  const rename = (name: string): string => (name === value ? former : name);
  const values = new Map(graph.values);
  values.set(former, { ...values.get(value)!, name: former });
  return removeDead({
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.outputs.includes(value) ? { ...node, outputs: node.outputs.map(rename) } : node,
    ),
    inputs: [
      ...graph.inputs.map((port) => ({ ...port, value: rename(port.value) })),
      { name: former, value, dtype: 'float32' },
    ],
    values,
  });
}

function floats(tensors: readonly Tensor[]): readonly Float32Array[] {
  return tensors.flatMap(({ dtype, data }) => (dtype === 'float32' ? [data as Float32Array] : []));
}
