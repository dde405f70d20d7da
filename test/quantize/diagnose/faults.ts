/** The bundled network with one planted fault each. */
import { join } from 'node:path';
import { openDataset } from '../../../src/data/open.ts';
import { scaleSamples } from '../../../src/data/scale-samples.ts';
import type { Sample } from '../../../src/data/types.ts';
import type { Graph, Quant } from '../../../src/graph/types.ts';
import { loadModel } from '../../../src/onnx/load.ts';
import { packageRoot } from '../../../src/package-root.ts';
import { prepareGraph } from '../../../src/passes/pipeline.ts';
import { withScales } from '../../../src/quantize/diagnose/retouch.ts';
import { planQuantization, TFLITE_INT8 } from '../../../src/quantize/scheme.ts';

const FOLDER = join(packageRoot(), 'fixtures', 'fashion-mnist');

export async function bundledNetwork(): Promise<Graph> {
  return prepareGraph(await loadModel(join(FOLDER, 'model.onnx')));
}

/** The first images of each class, in turn. */
export async function images(name: 'calibration' | 'evaluation', count: number): Promise<readonly Sample[]> {
  const dataset = await openDataset(join(FOLDER, `${name}-images-idx3-ubyte`), {
    inputShapes: [[1, 1, 28, 28]],
  });
  const samples: Sample[] = [];
  const step = Math.floor(dataset.length / count);
  for await (const sample of dataset.samples(Array.from({ length: count }, (_, i) => i * step)))
    samples.push(sample);
  return samples;
}

/** Channel `channel` of conv1 so many times larger, and what reads it so many times smaller: the float function stays. */
export function withOutlierChannel(graph: Graph, channel: number, times: number): Graph {
  const constants = new Map(graph.constants);
  const scale = (name: string, factor: number): void => {
    const tensor = constants.get(name)!;
    const row = tensor.data.length / tensor.shape[0]!;
    const data = (tensor.data as Float32Array).map((value, i) =>
      Math.floor(i / row) === channel ? value * factor : value,
    );
    constants.set(name, { ...tensor, data });
  };
  const [first, second] = ['conv1', 'depthwise2'].map(
    (name) => graph.nodes.find((node) => node.name === name)!,
  );
  for (const name of first!.inputs.slice(1)) scale(name, times);
  scale(second!.inputs[1]!, 1 / times);
  return { ...graph, constants };
}

/** The quantised graph with the scale of a value, and of all that shares it, divided by a number. */
export function withClipping(float: Graph, quantized: Graph, value: string, times: number): Graph {
  const { members } = planQuantization(float, TFLITE_INT8).groups.find((group) =>
    group.members.includes(value),
  )!;
  const quants = members.map((name): readonly [string, Quant] => {
    const quant = quantized.values.get(name)!.quant!;
    return [name, { ...quant, scale: quant.scale.map((scale) => scale / times) }];
  });
  return withScales(quantized, new Map(quants));
}

export async function* scaled(samples: readonly Sample[], factor: number, offset = 0): AsyncIterable<Sample> {
  async function* stream(): AsyncIterable<Sample> {
    yield* samples;
  }
  yield* scaleSamples(stream(), { factor, offset });
}
