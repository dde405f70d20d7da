/** The float path of training on TensorFlow, by @tensorflow/tfjs-node. */
import { TinymlError, unreachable } from '../../diagnostics/errors.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { Graph, Node, Tensor, TypedArray } from '../../graph/types.ts';
import { floatAttribute } from '../../ops/attributes.ts';
import { regularise } from '../../passes/pipeline.ts';
import { differentiate, firstState } from '../compile/differentiate.ts';
import { replaceHead } from '../compile/head.ts';
import { type Network, readNetwork, type Unit, type WeightForm } from '../compile/network.ts';
import { ownVectors } from '../compile/own-vectors.ts';
import { toOnnxOrder } from '../compile/parameters.ts';
import { learnedGraph } from '../compile/to-graph.ts';
import { trainedOf } from '../compile/trained.ts';
import { checkTrainerOptions, type Optimizer, type TrainerOptions } from '../options.ts';
import type { Batch, StepSettings, Trainer } from '../types.ts';
import { loadTfjs } from './load-tfjs.ts';
import { type BatchStatistics, type Layout, type TfNetwork, tfNetwork } from './tfjs-network.ts';
import type { Tf, TfTensor, TfVariable } from './tfjs-types.ts';

/** Something that stays from step to step: a weight, a moment or a running statistic. */
type Kept = {
  readonly variable: TfVariable;
  readonly shape: readonly number[];
  readonly layout: Layout;
};

/** A trained tensor: what is kept of it, and 1 where it is trained (null: everywhere). */
type Trained = {
  readonly name: string;
  readonly layer: string;
  readonly weight: TfVariable;
  readonly moments: readonly TfVariable[];
  readonly mask: TfTensor | null;
};

/** Names of the moments of a tensor in a checkpoint, after the name of the tensor. */
const MOMENTS = { sgd: ['velocity'], adam: ['m', 'v'] } as const satisfies Record<
  Optimizer['kind'],
  readonly string[]
>;

/**
 * A trainer whose steps TensorFlow computes in float32, with the meaning of the native float trainer: it takes the same
 * graphs, starts from the same weights and trains the same ones. Same steps, same bytes on one machine with one thread, as
 * far as TensorFlow keeps to it; its sums are in another order than ours.
 * @throws TinymlError E_TOOLCHAIN if the package is not there, E_OP for what cannot be trained, E_USAGE for a scheme that
 *   does not fit or a method other than float
 */
export function createTfjsTrainer(model: Graph, options: TrainerOptions): Trainer {
  const { batchSize, loss, optimizer } = options;
  checkTrainerOptions(options);
  const start = startOf(ownVectors(model), options);
  const { graph } = start;
  const tf = loadTfjs(options.jobs);
  const frozenNorms = new Set(
    start.units.flatMap(({ unit, weights }) =>
      isLayer(unit) && weights === 0 ? [unit.norm?.node.name] : [],
    ),
  );
  const byBatch = (node: Node) => !frozenNorms.has(node.name);
  const network = tfNetwork(tf, graph, byBatch);

  const kept = new Map<string, Kept>();
  const constants = new Map<string, TfTensor>();
  for (const [name, layout] of network.layouts) {
    constants.set(name, tf.keep(tf.tidy(() => arrange(tf, graph.constants.get(name)!, layout))));
  }
  const keepVariable = (name: string, value: TfTensor, shape: readonly number[], layout: Layout) => {
    const variable = tf.variable(value);
    kept.set(name, { variable, shape, layout });
    return variable;
  };
  const trained = start.units.flatMap(trainedTensors).map(({ name, layer, mask }): Trained => {
    const layout = network.layouts.get(name)!;
    const { shape } = graph.constants.get(name)!;
    const value = constants.get(name)!;
    const weight = keepVariable(name, value, shape, layout);
    constants.set(name, weight);
    const moments = MOMENTS[optimizer.kind].map((moment) =>
      keepVariable(`${name}:${moment}`, tf.zeros(value.shape), shape, layout),
    );
    const kept = mask && tf.keep(tf.tidy(() => arrange(tf, { dtype: 'float32', shape, data: mask }, layout)));
    return { name, layer, weight, moments, mask: kept };
  });
  for (const node of graph.nodes.filter(({ op }) => op === 'BatchNormalization').filter(byBatch)) {
    for (const name of node.inputs.slice(3)) {
      const { shape } = graph.constants.get(name)!;
      constants.set(name, keepVariable(name, constants.get(name)!, shape, network.layouts.get(name)!));
    }
  }
  const variables = trained.map(({ weight }) => weight);
  const constant = (name: string) => constants.get(name)!;

  const step: Trainer['step'] = (batch, settings) => {
    checkBatch(graph, options, batch);
    const statistics = new Map<Node, BatchStatistics>();
    let logits: TfTensor | null = null;
    const inputs = inputTensor(tf, graph, batch, batchSize);
    const targets = targetTensor(tf, graph, options, batch);
    const counted = countedSamples(options, batch);
    const { value, grads } = tf.variableGrads(() => {
      const outputs = network.forward(inputs, {
        constant,
        normalised: (node, { mean, variance, samples }) => {
          statistics.set(node, { mean: tf.keep(mean), variance: tf.keep(variance), samples });
        },
      });
      logits = tf.keep(outputs);
      return lossOf(options, outputs, targets, counted);
    }, variables);
    const gradients = trained.map(({ weight }) => grads[weight.name]!);
    const seen = [...statistics.values()].flatMap(({ mean, variance }) => [mean, variance]);
    try {
      const lossValue = checkFinite(tf, network, graph, { value, gradients, trained, inputs, constant });
      const correct = loss.kind === 'cross-entropy' ? countCorrect(logits!, batch.labels) : 0;
      trained.forEach((tensor, i) => {
        tf.tidy(() => update(optimizer, tensor, gradients[i]!, settings));
      });
      for (const [node, batchStatistics] of statistics)
        tf.tidy(() => follow(node, batchStatistics, constant));
      return { loss: lossValue, correct };
    } finally {
      tf.dispose([inputs, targets, logits!, value, ...Object.values(grads), ...seen]);
    }
  };

  const toGraph = (): Graph => ({
    ...graph,
    constants: new Map(
      [...graph.constants].map(([name, tensor]) => {
        const one = kept.get(name);
        return [name, one === undefined ? tensor : { ...tensor, data: inOnnxOrder(tf, one) }];
      }),
    ),
  });

  return {
    batchSize,
    memory: null,
    step,
    inspect: () => [],
    state: () => new Map([...kept].map(([name, one]) => [name, inOnnxOrder(tf, one)])),
    restore: (state) => restore(tf, kept, state),
    toGraph,
    toFloatGraph: () => regularise(toGraph()),
  };
}

/** What is trained of a unit: a share of its weights, its bias. */
type StartUnit = { readonly unit: Unit; readonly weights: number; readonly bias: boolean };
type Start = { readonly graph: Graph; readonly units: readonly StartUnit[] };

/** The graph with the weights that the native trainer starts from, and what it trains. */
function startOf(model: Graph, options: TrainerOptions): Start {
  const own = options.classes === null ? model : replaceHead(model, options.classes, options.seed);
  const network: Network = readNetwork(own, options.loss.kind !== 'cross-entropy');
  const program = differentiate(network, options);
  const trained = trainedOf(network, options);
  return {
    graph: learnedGraph(network, program, firstState(program)),
    units: network.units.flatMap((unit) => {
      const own = trained.get(unit.name);
      return own === undefined ? [] : [{ unit, ...own }];
    }),
  };
}

function isLayer({ source }: Unit): boolean {
  return source.kind === 'conv' || source.kind === 'convTranspose';
}

type TrainedTensor = {
  /** Name of the constant. */
  readonly name: string;
  readonly layer: string;
  /** In ONNX order: 1 for what is trained, 0 for the rest; null: all is. */
  readonly mask: Float32Array | null;
};

/** A bias in front of a normalisation does nothing, and its shift is there instead. */
function trainedTensors({ unit, weights, bias }: StartUnit): readonly TrainedTensor[] {
  const { name: layer, source, norm } = unit;
  const all = (name: string): TrainedTensor => ({ name, layer, mask: null });
  const tensors: TrainedTensor[] = [];
  if (source.kind === 'conv' || source.kind === 'convTranspose') {
    const { linear, params } = source;
    const mask = maskOf(linear.form, params.inChannels, weights);
    if (weights > 0) tensors.push({ name: linear.weights, layer, mask });
    if (bias && norm === null && linear.bias !== '') tensors.push(all(linear.bias));
  }
  if (norm !== null) {
    if (weights > 0) tensors.push(all(norm.gamma));
    if (bias) tensors.push(all(norm.beta));
  }
  return tensors;
}

/** The first channels, in the order of memory, that make up a share of all, and at least one. */
function maskOf(form: WeightForm, channels: number, share: number): Float32Array | null {
  const count = Math.max(1, Math.round(share * channels));
  if (count >= channels) return null;
  const columns = elementCount(form.shape.slice(1));
  const inMemory = Float32Array.from({ length: elementCount(form.shape) }, (_, i) =>
    (i % columns) % channels < count ? 1 : 0,
  );
  return toOnnxOrder(inMemory, form);
}

/** @throws TinymlError E_DATA for arrays of the wrong length */
function checkBatch(graph: Graph, { batchSize, loss }: TrainerOptions, batch: Batch): void {
  const expected = batchSize * sampleElements(graph, graph.inputs[0]!.value);
  const wanted: readonly (readonly [string, number, number])[] = [
    ['inputs', batch.inputs.length, expected],
    ...(loss.kind === 'cross-entropy' ? [['labels', batch.labels.length, batchSize] as const] : []),
  ];
  for (const [what, length, needed] of wanted) {
    if (length === needed) continue;
    throw new TinymlError('E_DATA', `a batch has ${length} ${what} where ${needed} are needed`);
  }
}

function sampleElements(graph: Graph, value: string): number {
  return elementCount(graph.values.get(value)!.shape.slice(1));
}

function inputTensor(tf: Tf, graph: Graph, { inputs }: Batch, batchSize: number): TfTensor {
  const [, ...sample] = graph.values.get(graph.inputs[0]!.value)!.shape;
  return tf.tensor(inputs, [batchSize, ...sample], 'float32');
}

/** What the outputs are compared with: probabilities of the classes (all 0 where a sample does not count), or values. */
function targetTensor(tf: Tf, graph: Graph, { batchSize, loss }: TrainerOptions, batch: Batch): TfTensor {
  const elements = sampleElements(graph, graph.outputs[0]!.value);
  const shape = [batchSize, elements];
  if (loss.kind !== 'cross-entropy') {
    const targets = batch.targets ?? batch.inputs;
    if (targets.length !== batchSize * elements) {
      throw new TinymlError('E_DATA', `${targets.length} target values for ${batchSize * elements} outputs`, {
        hint: 'targets have the shape of the output',
      });
    }
    return tf.tensor(targets, shape, 'float32');
  }
  const probabilities = new Float32Array(batchSize * elements);
  batch.labels.forEach((label, sample) => {
    if (label < 0) return;
    if (label >= elements) {
      throw new TinymlError('E_DATA', `label ${label} for a model of ${elements} classes`, {
        hint: 'labels count from 0; --classes gives the model another head',
      });
    }
    const first = sample * elements;
    probabilities.fill(loss.labelSmoothing / elements, first, first + elements);
    probabilities[first + label]! += 1 - loss.labelSmoothing;
  });
  return tf.tensor(probabilities, shape, 'float32');
}

/** At least 1, so that the mean over no samples is 0. */
function countedSamples({ batchSize, loss }: TrainerOptions, { labels }: Batch): number {
  if (loss.kind !== 'cross-entropy') return batchSize;
  return Math.max(1, labels.filter((label) => label >= 0).length);
}

/** Cross-entropy -sum(p log softmax(y)) or mean squared error, averaged over the samples. */
function lossOf({ loss }: TrainerOptions, outputs: TfTensor, targets: TfTensor, counted: number): TfTensor {
  switch (loss.kind) {
    case 'cross-entropy':
      return targets.mul(outputs.logSoftmax().mul(-1)).sum().div(counted);
    case 'mean-squared-error':
    case 'reconstruction':
      return outputs.sub(targets).square().mean();
    default:
      return unreachable(loss);
  }
}

function countCorrect(logits: TfTensor, labels: Int32Array): number {
  const values = logits.dataSync();
  const classes = logits.shape[1]!;
  return labels.filter((label, sample) => {
    const row = values.subarray(sample * classes, (sample + 1) * classes);
    return label >= 0 && row.every((value, i) => (i < label ? value < row[label]! : value <= row[label]!));
  }).length;
}

type Checked = {
  readonly value: TfTensor;
  readonly gradients: readonly TfTensor[];
  readonly trained: readonly Trained[];
  readonly inputs: TfTensor;
  readonly constant: (name: string) => TfTensor;
};

/** The loss. @throws TinymlError E_NOT_FINITE naming the first layer where numbers are lost */
function checkFinite(tf: Tf, network: TfNetwork, graph: Graph, checked: Checked): number {
  const { value, gradients, trained, inputs, constant } = checked;
  // 0 times a finite number is 0, times anything else NaN: one number per tensor, and one wait for all.
  const sums = tf.tidy(() =>
    tf.stack([value, ...gradients.map((gradient) => gradient.mul(0).sum())]).dataSync(),
  );
  if (sums.every(Number.isFinite)) return sums[0]!;
  const lost: string[] = [];
  tf.tidy(() => {
    network.forward(inputs, {
      constant,
      normalised: () => {},
      computed: ({ name, op }, output) => {
        const [sum] = output.mul(0).sum().dataSync();
        if (!Number.isFinite(sum)) lost.push(`node "${name}" (${op})`);
      },
    });
  });
  const bad = trained.findLast((_, i) => !Number.isFinite(sums[i + 1]));
  const last = graph.nodes.at(-1)!;
  const at = lost[0] ?? `gradient of ${bad === undefined ? `node "${last.name}"` : `node "${bad.layer}"`}`;
  throw new TinymlError('E_NOT_FINITE', 'training diverged: a number is NaN or infinite', {
    at,
    hint: 'lower the learning rate, or look for extreme values in the data',
  });
}

/**
 * With g + decay w for g: SGD: v = momentum v + g, w -= rate v. Adam (Kingma and Ba, 2015): m = b1 m + (1 - b1) g,
 * v = b2 v + (1 - b2) g^2, w -= rate m' / (sqrt(v') + epsilon), where m' and v' are corrected for their start at 0.
 */
function update(optimizer: Optimizer, tensor: Trained, gradient: TfTensor, settings: StepSettings): void {
  const { weight, moments, mask } = tensor;
  const { learningRate } = settings;
  const { weightDecay } = optimizer;
  const decayed = weightDecay === 0 ? gradient : gradient.add(weight.mul(weightDecay));
  const slope = mask === null ? decayed : decayed.mul(mask);
  switch (optimizer.kind) {
    case 'sgd': {
      const [velocity] = moments as readonly [TfVariable];
      velocity.assign(velocity.mul(optimizer.momentum).add(slope));
      weight.assign(weight.sub(velocity.mul(learningRate)));
      return;
    }
    case 'adam': {
      const [m, v] = moments as readonly [TfVariable, TfVariable];
      const { beta1, beta2, epsilon } = optimizer;
      const steps = settings.step + 1;
      m.assign(m.mul(beta1).add(slope.mul(1 - beta1)));
      v.assign(v.mul(beta2).add(slope.square().mul(1 - beta2)));
      const deviation = v
        .mul(1 / (1 - beta2 ** steps))
        .sqrt()
        .add(epsilon);
      weight.assign(weight.sub(m.div(deviation).mul(learningRate / (1 - beta1 ** steps))));
      return;
    }
    default:
      unreachable(optimizer);
  }
}

/** running = momentum running + (1 - momentum) batch, with the variance of n - 1 samples. */
function follow(
  node: Node,
  { mean, variance, samples }: BatchStatistics,
  constant: (name: string) => TfTensor,
): void {
  const momentum = floatAttribute(node, 'momentum', 0.9);
  const unbiased = variance.mul(samples > 1 ? samples / (samples - 1) : 1);
  for (const [name, seen] of [
    [node.inputs[3]!, mean],
    [node.inputs[4]!, unbiased],
  ] as const) {
    const running = constant(name) as TfVariable;
    running.assign(running.mul(momentum).add(seen.mul(1 - momentum)));
  }
}

/** @throws TinymlError E_CHECKPOINT where names or lengths differ */
function restore(tf: Tf, kept: ReadonlyMap<string, Kept>, state: ReadonlyMap<string, TypedArray>): void {
  const strange = [
    ...[...kept].filter(([name, { shape }]) => state.get(name)?.length !== elementCount(shape)),
    ...[...state].filter(([name, data]) => !kept.has(name) || !(data instanceof Float32Array)),
  ].map(([name]) => `tensor "${name}"`);
  if (strange.length > 0) {
    throw new TinymlError('E_CHECKPOINT', 'the checkpoint is of another model or scheme', {
      at: strange,
      hint: 'resume with the model and the options that the checkpoint was made with',
    });
  }
  for (const [name, { variable, shape, layout }] of kept) {
    const data = state.get(name) as Float32Array;
    tf.tidy(() => variable.assign(arrange(tf, { dtype: 'float32', shape, data }, layout)));
  }
}

/** A tensor in the layout of TensorFlow. */
function arrange(tf: Tf, tensor: Tensor, { shape, permutation }: Layout): TfTensor {
  return tf
    .tensor(Float32Array.from(tensor.data as Float32Array), tensor.shape, 'float32')
    .reshape(shape)
    .transpose(permutation);
}

function inOnnxOrder(tf: Tf, { variable, shape, layout }: Kept): Float32Array {
  const inverse = layout.permutation.map((_, axis) => layout.permutation.indexOf(axis));
  return tf.tidy(() => Float32Array.from(variable.transpose(inverse).reshape(shape).dataSync()));
}
