/** Forms of operators that parsers do not take, although they know the operator. Sources: see operators.ts. */
import type { DType, Graph, Node } from '../../../graph/types.ts';
import { intAttribute, intsAttribute, stringAttribute } from '../../../ops/attributes.ts';
import { isBefore } from './order.ts';
import type { Release, ReleaseId } from './release.ts';
import type { Unparsable } from './unparsable.ts';

type Restriction = Pick<Unparsable, 'reason' | 'since' | 'instead'>;

type Check = (node: Node, graph: Graph) => readonly Restriction[];

/** What the release does not take of a node whose operator it knows. */
export function restrictionsOf(node: Node, graph: Graph, release: Release): readonly Unparsable[] {
  const found = [...(CHECKS[node.op]?.(node, graph) ?? []), ...elementTypes(node, graph)];
  return found
    .filter(({ since }) => isBefore(release.id, since))
    .map((restriction) => ({ node: node.name, op: node.op, ...restriction }));
}

/** One restriction where the condition holds. */
const when = (
  holds: boolean,
  since: ReleaseId | null,
  reason: string,
  instead: string | null = null,
): readonly Restriction[] => (holds ? [{ reason, since, instead }] : []);

const shapeOf = (graph: Graph, name: string | undefined): readonly number[] =>
  graph.values.get(name ?? '')?.shape ?? [];
const typeOf = (graph: Graph, name: string | undefined): DType | undefined =>
  graph.values.get(name ?? '')?.dtype;
const isComputed = (graph: Graph, name: string | undefined): boolean =>
  Boolean(name) && !graph.constants.has(name!);
/** Of a list of integers; null where it is computed. */
const integers = (graph: Graph, name: string | undefined): readonly number[] | null => {
  const tensor = graph.constants.get(name ?? '');
  return tensor === undefined ? null : Array.from(tensor.data as ArrayLike<number | bigint>, Number);
};

/** A list that must be known when the model is parsed. */
const constantInput =
  (index: number, what: string, since: ReleaseId | null): Check =>
  ({ inputs }, graph) =>
    when(isComputed(graph, inputs[index]), since, `${what} are computed; they must be constants`);

const conv: Check = ({ inputs }, graph) => {
  const axes = shapeOf(graph, inputs[0]).length - 2;
  return [
    ...when(axes > 3, null, `${axes} spatial axes; at most 3 are supported`),
    ...when(
      axes === 1 && isComputed(graph, inputs[1]),
      '8.5',
      'weights of one spatial axis that are no initializer (they have Q/DQ)',
      'the same over two axes, between Reshapes',
    ),
    ...when(isComputed(graph, inputs[2]), '8.5', 'the bias is computed; it must be an initializer'),
  ];
};

const pool: Check = (node, graph) => {
  const axes = shapeOf(graph, node.inputs[0]).length - 2;
  return [
    ...when(axes > 3, null, `${axes} spatial axes; at most 3 are supported`),
    ...when(
      intsAttribute(node, 'dilations', []).some((dilation) => dilation !== 1),
      null,
      'a pool with dilations',
    ),
    ...when(Boolean(node.outputs[1]) && isUsed(graph, node.outputs[1]!), null, 'the output Indices is used'),
  ];
};

function isUsed(graph: Graph, name: string): boolean {
  return (
    graph.nodes.some(({ inputs }) => inputs.includes(name)) ||
    graph.outputs.some(({ value }) => value === name)
  );
}

const topK: Check = (node, graph) => {
  const k = integers(graph, node.inputs[1]);
  return [
    ...when(
      intAttribute(node, 'sorted', 1) === 0,
      null,
      'sorted = 0',
      'sorted = 1, which is one of its orders',
    ),
    ...when(k !== null && k[0]! >= 3840, null, `K is ${k?.[0]}; it must be less than 3840`),
    ...when(k === null, '8.6', 'K is computed; it must be a constant'),
    ...when(
      intAttribute(node, 'largest', 1) === 0,
      '8.5',
      'largest = 0 is read as largest = 1',
      'TopK of the negative',
    ),
    ...when(typeOf(graph, node.inputs[0]) === 'int32', '8.6', 'its input is int32'),
  ];
};

const COORDINATES = [
  'half_pixel',
  'pytorch_half_pixel',
  'tf_half_pixel_for_nn',
  'asymmetric',
  'align_corners',
];

const resize: Check = (node, graph) => {
  const mode = stringAttribute(node, 'mode', 'nearest');
  const coordinates = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel');
  const nearest = stringAttribute(node, 'nearest_mode', 'round_prefer_floor');
  const policy = stringAttribute(node, 'keep_aspect_ratio_policy', 'stretch');
  const rank = shapeOf(graph, node.inputs[0]).length;
  const all = Array.from({ length: rank }, (_, axis) => axis);
  const axes = intsAttribute(node, 'axes', all).length;
  const type = typeOf(graph, node.inputs[0]);
  return [
    ...when(mode === 'cubic', null, 'mode "cubic"; nearest and linear are supported'),
    ...when(!COORDINATES.includes(coordinates), null, `coordinate_transformation_mode "${coordinates}"`),
    ...when(
      coordinates === 'tf_half_pixel_for_nn' && nearest !== 'round_prefer_floor',
      null,
      `nearest_mode "${nearest}" with tf_half_pixel_for_nn`,
    ),
    ...when(intAttribute(node, 'antialias', 0) !== 0, null, 'antialias = 1'),
    ...when(policy !== 'stretch', null, `keep_aspect_ratio_policy "${policy}"`),
    ...when(
      intsAttribute(node, 'axes', all).some((axis, i) => axis !== i) || axes !== rank,
      null,
      'attribute axes',
      'scales or sizes of all axes',
    ),
    ...when(type === 'int32' || type === 'bool', '10.3', `its input is ${type}`),
  ];
};

const recurrent: Check = (node, graph) => [
  ...when(intAttribute(node, 'layout', 0) !== 0, null, 'layout = 1', 'layout = 0 between Transposes'),
  ...when(
    node.inputs.slice(1, 4).some((name) => isComputed(graph, name)),
    '8.5',
    'its weights are computed; they must be initializers',
  ),
];

const scatter =
  (since: ReleaseId | null): Check =>
  (node) => {
    const reduction = stringAttribute(node, 'reduction', 'none');
    return when(reduction !== 'none', since, `reduction "${reduction}"`);
  };

const argument: Check = ({ inputs }, graph) =>
  when(typeOf(graph, inputs[0]) === 'int32', '8.6', 'its input is int32');

const instanceNormalization: Check = ({ inputs }, graph) => {
  const rank = shapeOf(graph, inputs[0]).length;
  return [
    ...when(rank > 5, '8.6', `an input of rank ${rank}; 3 to 5 are supported`),
    ...when(
      inputs.slice(1).some((name) => isComputed(graph, name)),
      '8.6',
      'its scale and bias are computed; they must be initializers',
    ),
  ];
};

const layerNormalization: Check = ({ outputs }, graph) =>
  when(
    outputs.slice(1).some((name) => name !== '' && isUsed(graph, name)),
    null,
    'Mean or InvStdDev is used; only Y is supported',
    'ReduceMean, Sub, Mul, Sqrt, Div',
  );

const clip: Check = ({ inputs }, graph) =>
  when(
    inputs.slice(1).some((name) => isComputed(graph, name)),
    '8.5',
    'its limits are computed; they must be initializers',
  );

const pow: Check = ({ inputs }, graph) => {
  const type = typeOf(graph, inputs[0]);
  return when(type === 'int32' || type === 'int64', '10.13', `its base is ${type}`);
};

const where: Check = ({ inputs }, graph) =>
  when(typeOf(graph, inputs[1]) === 'bool', '8.5', 'it selects booleans');

const pad: Check = (node, graph) => [
  ...when(stringAttribute(node, 'mode', 'constant') === 'wrap', '10.3', 'mode "wrap"'),
  ...when(isComputed(graph, node.inputs[3]), '10.13', 'axes are computed; they must be constants'),
];

const reduceAxes = constantInput(1, 'axes', null);

const CHECKS: Readonly<Record<string, Check>> = {
  Conv: conv,
  ConvTranspose: conv,
  MaxPool: pool,
  AveragePool: pool,
  TopK: topK,
  ArgMax: argument,
  ArgMin: argument,
  Resize: resize,
  RNN: recurrent,
  GRU: recurrent,
  LSTM: recurrent,
  ScatterND: scatter(null),
  ScatterElements: scatter('10.3'),
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  Clip: clip,
  Pow: pow,
  Where: where,
  Pad: pad,
  Slice: constantInput(3, 'axes', '10.3'),
  Squeeze: constantInput(1, 'axes', null),
  Unsqueeze: constantInput(1, 'axes', null),
  CumSum: constantInput(1, 'axes', null),
  OneHot: constantInput(1, 'classes', null),
  ReduceL1: reduceAxes,
  ReduceL2: reduceAxes,
  ReduceLogSum: reduceAxes,
  ReduceLogSumExp: reduceAxes,
  ReduceMax: reduceAxes,
  ReduceMean: reduceAxes,
  ReduceMin: reduceAxes,
  ReduceProd: reduceAxes,
  ReduceSum: reduceAxes,
  ReduceSumSquare: reduceAxes,
};

/** Types that no tensor of a network has, whatever the operator. */
const NO_TYPE: ReadonlySet<DType | undefined> = new Set<DType>(['int16', 'uint16', 'uint32', 'uint64']);
/** They take uint8 at the border of the network, and make something else of it. */
const TAKES_UINT8: ReadonlySet<string> = new Set(['Cast', 'QuantizeLinear', 'DequantizeLinear']);

function elementTypes(node: Node, graph: Graph): readonly Restriction[] {
  const types = [...node.inputs, ...node.outputs].map((name) => typeOf(graph, name));
  const none = types.find((type) => NO_TYPE.has(type));
  return [
    ...when(none !== undefined, null, `a tensor of type ${none}`),
    ...when(types.includes('uint8') && !TAKES_UINT8.has(node.op), null, 'a tensor of type uint8'),
    ...when(types.includes('uint8') && node.op === 'Cast', '8.6', 'a tensor of type uint8'),
  ];
}
