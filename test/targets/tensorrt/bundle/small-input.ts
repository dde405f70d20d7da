/** A small network in int8, and what its bundle for a Jetson is printed from. */
import type { Sample } from '../../../../src/data/types.ts';
import { graphBuilder, ints } from '../../../../src/graph/build.ts';
import { floatTensor } from '../../../../src/graph/tensor.ts';
import type { Graph } from '../../../../src/graph/types.ts';
import { seededRandom } from '../../../../src/numbers/random.ts';
import { exportModel } from '../../../../src/onnx/export.ts';
import { loadProfile } from '../../../../src/profiles/load.ts';
import type { JetsonProfile } from '../../../../src/profiles/types.ts';
import type { TargetSettings } from '../../../../src/targets/target.ts';
import { goldenCases } from '../../../../src/targets/tensorrt/bundle/golden.ts';
import type { BundleInput } from '../../../../src/targets/tensorrt/bundle/input.ts';
import { portsOf } from '../../../../src/targets/tensorrt/bundle/ports.ts';
import { quantizeForTensorRt } from '../../../../src/targets/tensorrt/quantise/index.ts';
import type { TensorRtModel } from '../../../../src/targets/tensorrt/release/model.ts';
import { type Platform, resolvePlatform } from '../../../../src/targets/tensorrt/release/platform.ts';
import { typingOf } from '../../../../src/targets/tensorrt/release/typing.ts';

type Names = { readonly input: string; readonly output: string; readonly layer: string };

const PLAIN: Names = { input: 'image', output: 'scores', layer: 'conv1' };

/** Image [1, 3, 8, 8] in; two convolutions with ReLU, global average pooling, a fully connected layer; scores [1, 10] out. */
export function smallGraph({ input, output, layer }: Names = PLAIN): Graph {
  const random = seededRandom(11);
  const builder = graphBuilder('small');
  const weights = (name: string, shape: readonly number[], gain: number): string => {
    const count = shape.reduce((product, size) => product * size, 1);
    const values = Float32Array.from({ length: count }, () => gain * (2 * random() - 1));
    return builder.constant(name, floatTensor(shape, values));
  };
  const image = builder.input(input, [1, 3, 8, 8]);
  const pads = { pads: ints([1, 1, 1, 1]), kernel_shape: ints([3, 3]) };
  const conv = (from: string, name: string, channels: number): string =>
    builder.node(
      'Conv',
      [from, weights(`${name}.w`, [16, channels, 3, 3], 0.3), weights(`${name}.b`, [16], 0.1)],
      {
        name,
        shape: [1, 16, 8, 8],
        attributes: pads,
      },
    );
  const relu = (from: string, name: string): string =>
    builder.node('Relu', [from], { name, shape: [1, 16, 8, 8] });
  const features = relu(conv(relu(conv(image, layer, 3), 'relu1'), 'conv2', 16), 'relu2');
  const pooled = builder.node('GlobalAveragePool', [features], { name: 'pool', shape: [1, 16, 1, 1] });
  const flat = builder.node('Flatten', [pooled], { name: 'flat', shape: [1, 16] });
  const scores = builder.node('Gemm', [flat, weights('fc.w', [16, 10], 0.5), weights('fc.b', [10], 0.1)], {
    name: output,
    shape: [1, 10],
  });
  builder.output(scores);
  return builder.build();
}

export function smallSamples(count: number): readonly Sample[] {
  const random = seededRandom(5);
  return Array.from({ length: count }, () => ({
    inputs: [Float32Array.from({ length: 192 }, () => 2 * random() - 1)],
    label: null,
  }));
}

export async function smallModel(platform: Platform, names: Names = PLAIN): Promise<TensorRtModel> {
  const graph = smallGraph(names);
  if (platform.precision !== 'int8') {
    const layers = graph.nodes.map(({ name, op }) => ({
      node: name,
      op,
      precision: platform.precision,
      reason: null,
    }));
    return { float: graph, quantized: null, layers, ranges: new Map() };
  }
  const calibration = async function* () {
    yield* smallSamples(8);
  };
  return (await quantizeForTensorRt(graph, platform, calibration, { precisions: 'int8' })).model;
}

export function platformOf(id: string, settings: TargetSettings = {}): Platform {
  return resolvePlatform(loadProfile(id) as JetsonProfile, settings);
}

/** @param changed of the model, before anything is made of it */
export async function smallInput(
  platform: Platform,
  names: Names = PLAIN,
  changed: (model: TensorRtModel) => TensorRtModel = (model) => model,
): Promise<BundleInput> {
  const model = changed(await smallModel(platform, names));
  const graph = model.quantized ?? model.float;
  const ports = portsOf(graph, platform.release);
  const float = exportModel(model.float);
  return {
    platform,
    name: 'small',
    source: { sha256: '0'.repeat(64), bound: new Map(), toolVersion: '1.2.3' },
    model,
    onnx: { model: typingOf(platform) === 'cache' ? float : exportModel(graph), float },
    ...ports,
    golden: goldenCases(model, typingOf(platform), ports, smallSamples(1)),
    preprocess: null,
    labels: [],
    accuracy: null,
    pass: null,
  };
}
