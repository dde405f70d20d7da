/**
 * The backbone of the benchmark and the two networks of its tasks: MobileNetV1 of width 0.25 with the weights of MLPerf
 * Tiny's person detection, which hold at any size of image, cut where a locator on a microcontroller cuts it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { int, ints, makeNode } from '../../src/graph/build.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import type { Attribute, Graph, ImportedModel, Node, Tensor } from '../../src/graph/types.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { intAttribute } from '../../src/ops/attributes.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { resolveModel } from '../../src/passes/resolve.ts';
import { normals } from '../host/random.ts';
import type { Size } from './clips.ts';

/** Pixels of an image per position of the backbone's output. */
export const STRIDE = 8;
/** Classes of Fashion-MNIST. */
const CLASSES = 10;

/** The outputs where the network is cut: 64 channels at stride 8, 128 at stride 16. */
const BACKBONE_END = 'Relu_21';
const DEEPER_END = 'Relu_29';

/** @throws TinymlError E_FILE where the model is not there */
function personDetection(): Promise<ImportedModel> {
  const file = join(packageRoot(), '..', 'shared', 'models', 'mlperf-tiny', 'vww-float.onnx');
  if (!existsSync(file)) {
    throw new TinymlError('E_FILE', 'the backbone of the benchmark is not there', {
      at: file,
      hint: 'docs/pass.md says where it comes from',
    });
  }
  return loadModel(file);
}

/**
 * RGB 0 .. 1 [1, 3, H, W] to 64 features per 8 x 8 pixels [1, 64 * widening, H/8, W/8].
 * @param widening how often every channel stands: 4 is the arithmetic of MobileNetV1 of width 1, and the same function
 */
export async function backbone(size: Size, widening = 1): Promise<Graph> {
  return prepareGraph(widened(cut(await personDetection(), BACKBONE_END, size), widening));
}

/** Scores of the ten classes of an item that is somewhere in the image; untrained behind the backbone. */
export async function classifier(size: Size, seed: number): Promise<Graph> {
  const model = cut(await personDetection(), DEEPER_END, size);
  return resolveModel(
    extended(model, seed, (layers, features) =>
      layers.dense('classes', layers.flat(layers.average(features)), 128, CLASSES),
    ),
  );
}

/** Scores of all places where the item's centre may be, one per 8 x 8 pixels in rows; untrained behind the backbone. */
export async function locator(size: Size, seed: number): Promise<Graph> {
  const model = cut(await personDetection(), BACKBONE_END, size);
  return resolveModel(
    extended(model, seed, (layers, features) =>
      layers.flat(
        layers.pointwise('place', layers.relu(layers.pointwise('hidden', features, 64, 32)), 32, 1),
      ),
    ),
  );
}

/** The nodes up to the one of that name, for images of another size. */
function cut(model: ImportedModel, end: string, { width, height }: Size): ImportedModel {
  const nodes = model.nodes.slice(0, model.nodes.findIndex(({ name }) => name === end) + 1);
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  return {
    ...model,
    inputs: model.inputs.map((input) => ({ ...input, shape: [1, 3, height, width] })),
    outputs: nodes.at(-1)!.outputs,
    nodes,
    constants: new Map([...model.constants].filter(([name]) => read.has(name))),
  };
}

/** The same function in so many times the channels (Net2WiderNet, Chen, Goodfellow and Shlens 2016): all copies of a channel are equal. */
function widened(model: ImportedModel, times: number): ImportedModel {
  const constants = new Map(model.constants);
  const nodes = model.nodes.map((node) => {
    if (node.op !== 'Conv') return node;
    const [x = '', weights = '', bias = ''] = node.inputs;
    const groups = intAttribute(node, 'group', 1);
    const rows = repeated(constants.get(weights)!, 0, times, 1);
    const readsImage = model.inputs.some(({ name }) => name === x);
    constants.set(weights, groups > 1 || readsImage ? rows : repeated(rows, 1, times, 1 / times));
    constants.set(bias, repeated(constants.get(bias)!, 0, times, 1));
    return { ...node, attributes: { ...node.attributes, group: int(groups > 1 ? groups * times : 1) } };
  });
  return { ...model, nodes, constants };
}

/** All that a tensor holds along an axis, several times over, each value times a factor. */
function repeated({ shape, data }: Tensor, axis: number, times: number, factor: number): Tensor {
  const inner = shape.slice(axis).reduce((product, dim) => product * dim, 1);
  const values = Float32Array.from(
    { length: data.length * times },
    (_, i) => Number(data[Math.floor(i / (inner * times)) * inner + (i % inner)]) * factor,
  );
  return floatTensor(
    shape.map((dim, i) => (i === axis ? dim * times : dim)),
    values,
  );
}

type Layers = {
  readonly pointwise: (name: string, x: string, from: number, to: number) => string;
  readonly dense: (name: string, x: string, from: number, to: number) => string;
  readonly relu: (x: string) => string;
  readonly average: (x: string) => string;
  readonly flat: (x: string) => string;
};

/** The model with more layers behind its output, their weights drawn as He et al. (2015) do. */
function extended(
  model: ImportedModel,
  seed: number,
  define: (layers: Layers, output: string) => string,
): ImportedModel {
  const nodes: Node[] = [];
  const constants: [string, Tensor][] = [];
  const next = normals(seed);
  const constant = (name: string, shape: readonly number[], deviation: number): string => {
    const length = shape.reduce((product, dim) => product * dim, 1);
    const values = Float32Array.from({ length }, () => deviation * next());
    constants.push([name, floatTensor(shape, values)]);
    return name;
  };
  const node = (
    op: string,
    inputs: readonly string[],
    name: string,
    attributes: Readonly<Record<string, Attribute>>,
  ) => {
    nodes.push(makeNode(op, inputs, [name], attributes));
    return name;
  };
  const linear =
    (op: string, attributes: Readonly<Record<string, Attribute>>, kernel: readonly number[]) =>
    (name: string, x: string, from: number, to: number): string => {
      const weights = constant(`${name}.weight`, [to, from, ...kernel], Math.sqrt(2 / from));
      return node(op, [x, weights, constant(`${name}.bias`, [to], 0)], name, attributes);
    };
  const output = define(
    {
      pointwise: linear('Conv', { kernel_shape: ints([1, 1]) }, [1, 1]),
      dense: linear('Gemm', { transB: int(1) }, []),
      relu: (x) => node('Relu', [x], `${x}.relu`, {}),
      average: (x) => node('GlobalAveragePool', [x], `${x}.average`, {}),
      flat: (x) => node('Flatten', [x], `${x}.flat`, {}),
    },
    model.outputs[0]!,
  );
  return {
    ...model,
    outputs: [output],
    nodes: [...model.nodes, ...nodes],
    constants: new Map([...model.constants, ...constants]),
  };
}
