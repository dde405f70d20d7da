/** A real, small trainer to test what is around trainers: softmax regression by SGD with momentum. */
import { TinymlError } from '../../src/diagnostics/errors.ts';
import type { Graph, Node, TypedArray } from '../../src/graph/types.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import type { TrainerOptions } from '../../src/train/options.ts';
import type { Batch, GradientHealth, StepResult, StepSettings, Trainer } from '../../src/train/types.ts';
import { floats, modelBytes, node, valueInfo } from '../onnx/models.ts';

/** float32 [1, channels, height, width] in, Flatten, Gemm "dense", float32 [1, classes] out; weights are small and seeded. */
export function regressionModel(
  shape: readonly [number, number, number],
  classes: number,
  more: { readonly weights?: readonly number[] } = {},
): Uint8Array {
  const elements = shape[0] * shape[1] * shape[2];
  const random = seededRandom(11);
  const weights = more.weights ?? Array.from({ length: classes * elements }, () => (random() - 0.5) * 0.01);
  return modelBytes(13, {
    node: [
      { ...node('Flatten', ['x'], ['flat'], { axis: 1 }), name: 'flatten' },
      { ...node('Gemm', ['flat', 'w', 'b'], ['y'], { transB: 1 }), name: 'dense' },
    ],
    initializer: [
      floats('w', [classes, elements], weights),
      floats('b', [classes], new Array<number>(classes).fill(0)),
    ],
    input: [valueInfo('x', [1, ...shape])],
    output: [valueInfo('y', null)],
  });
}

/**
 * Trains the Gemm of such a graph. Its gradient counts as quantised to 8 bits by its largest magnitude where it is
 * inspected; training itself is in float32.
 */
export function createRegression(graph: Graph, options: TrainerOptions): Trainer {
  const gemm = graph.nodes.find(({ op }) => op === 'Gemm') as Node;
  const [, weightName, biasName] = gemm.inputs as readonly [string, string, string];
  const classes = graph.constants.get(biasName)!.data.length;
  const elements = graph.constants.get(weightName)!.data.length / classes;
  const { batchSize, optimizer } = options;
  const momentum = optimizer.kind === 'sgd' ? optimizer.momentum : 0;
  const state = new Map<string, Float32Array>([
    ['weights', (graph.constants.get(weightName)!.data as Float32Array).slice()],
    ['bias', (graph.constants.get(biasName)!.data as Float32Array).slice()],
    ['weights.velocity', new Float32Array(classes * elements)],
    ['bias.velocity', new Float32Array(classes)],
  ]);
  const array = (name: string): Float32Array => state.get(name)!;

  const gradients = ({ inputs, labels }: Batch) => {
    const [weights, bias] = [array('weights'), array('bias')];
    const dWeights = new Float32Array(classes * elements);
    const dBias = new Float32Array(classes);
    const counted = labels.filter((label) => label >= 0).length;
    let loss = 0;
    let correct = 0;
    for (let n = 0; n < batchSize; n++) {
      const label = labels[n]!;
      if (label < 0) continue;
      const x = inputs.subarray(n * elements, (n + 1) * elements);
      const logits = Float64Array.from({ length: classes }, (_, c) => {
        let sum = bias[c]!;
        for (let i = 0; i < elements; i++) sum += weights[c * elements + i]! * x[i]!;
        return sum;
      });
      const most = Math.max(...logits);
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0);
      loss += (Math.log(total) + most - logits[label]!) / counted;
      if (logits.indexOf(most) === label) correct++;
      for (let c = 0; c < classes; c++) {
        const g = (Math.exp(logits[c]! - most) / total - (c === label ? 1 : 0)) / counted;
        dBias[c]! += g;
        for (let i = 0; i < elements; i++) dWeights[c * elements + i]! += g * x[i]!;
      }
    }
    return { loss, correct, dWeights, dBias };
  };

  const update = (name: string, gradient: Float32Array, rate: number): void => {
    const [values, velocity] = [array(name), array(`${name}.velocity`)];
    for (let i = 0; i < values.length; i++) {
      velocity[i] = momentum * velocity[i]! + gradient[i]!;
      values[i]! -= rate * velocity[i]!;
    }
  };

  const toGraph = (): Graph => ({
    ...graph,
    constants: new Map(
      [...graph.constants].map(([name, tensor]) => {
        const trained = name === weightName ? 'weights' : name === biasName ? 'bias' : null;
        return [name, trained === null ? tensor : { ...tensor, data: array(trained).slice() }];
      }),
    ),
  });

  return {
    batchSize,
    memory: null,
    step: (batch: Batch, { learningRate }: StepSettings): StepResult => {
      const { loss, correct, dWeights, dBias } = gradients(batch);
      if (!Number.isFinite(loss)) {
        throw new TinymlError('E_NOT_FINITE', 'the output is not finite', { at: `layer "${gemm.name}"` });
      }
      update('weights', dWeights, learningRate);
      update('bias', dBias, learningRate);
      return { loss, correct };
    },
    inspect: (batch: Batch): readonly GradientHealth[] => [
      { layer: gemm.name, ...healthOf(gradients(batch).dWeights), lac: null },
    ],
    state: () => new Map([...state].map(([name, values]) => [name, values.slice()])),
    restore: (saved: ReadonlyMap<string, TypedArray>) => {
      for (const [name, values] of state) {
        const other = saved.get(name);
        if (other?.length !== values.length || saved.size !== state.size) {
          throw new TinymlError('E_CHECKPOINT', `the checkpoint has no "${name}" of ${values.length} values`);
        }
        values.set(other as Float32Array);
      }
    },
    toGraph,
    toFloatGraph: toGraph,
  };
}

function healthOf(gradient: Float32Array): Omit<GradientHealth, 'layer' | 'lac'> {
  const most = gradient.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const codes = Float32Array.from(gradient, (g) => Math.round((g / most) * 127));
  const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, one, i) => sum + one * b[i]!, 0);
  const share = (of: (code: number) => boolean): number => codes.filter(of).length / codes.length;
  return {
    saturation: share((code) => Math.abs(code) === 127),
    zeros: share((code) => code === 0),
    cosine: dot(gradient, codes) / Math.sqrt(dot(gradient, gradient) * dot(codes, codes)),
  };
}
