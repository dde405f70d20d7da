/** Which constants of a graph a scheme trains. */
import { TinymlError, unreachable } from '../diagnostics/errors.ts';
import { producers } from '../graph/rewrite.ts';
import type { Graph, Node } from '../graph/types.ts';
import { intAttribute } from '../ops/attributes.ts';
import { matchesAny } from './names.ts';
import type { Scheme } from './options.ts';

export type TrainedTensor = {
  /** Name of the constant. */
  readonly name: string;
  /** Name of the node that reads it. */
  readonly layer: string;
  /** Only the first `count` entries along `axis` are trained; null: all. */
  readonly part: { readonly axis: number; readonly count: number } | null;
};

/** A node with weights, and the batch normalisations of its output. */
type Layer = { readonly node: Node; readonly norms: readonly Node[] };

const WEIGHTED: ReadonlySet<string> = new Set([
  'Conv',
  'ConvTranspose',
  'Gemm',
  'MatMul',
  'BatchNormalization',
]);

/**
 * The constants that are trained, in the order of the nodes. Scale and shift of a BatchNormalization go with the weights and
 * the bias of the layer it normalises; `freeze` may name either of the two.
 * @throws TinymlError E_USAGE for names that are no layers, and where nothing would be trained
 */
export function trainedTensors(
  graph: Graph,
  scheme: Scheme,
  freeze: readonly string[],
): readonly TrainedTensor[] {
  const layers = layersOf(graph);
  checkNames(layers, scheme, freeze);
  const trained = layers.flatMap((layer, i) => {
    const { share, bias } = chosen(scheme, layer.node.name, layers.length - i);
    const { node } = layer;
    if (matchesAny(node.name, freeze)) return [];
    const tensors = share > 0 ? [tensorOf(node, 1, partOf(graph, node, share))] : [];
    if (bias) tensors.push(tensorOf(node, 2, null));
    for (const norm of layer.norms) {
      if (matchesAny(norm.name, freeze)) continue;
      if (share > 0) tensors.push(tensorOf(norm, 1, null));
      if (bias) tensors.push(tensorOf(norm, 2, null));
    }
    return tensors;
  });
  const found = trained.filter(({ name }) => graph.constants.has(name));
  if (found.length > 0) return [...new Map(found.map((tensor) => [tensor.name, tensor])).values()];
  throw new TinymlError('E_USAGE', 'no weights and no biases are left to train', {
    hint: 'freeze fewer layers, or choose a wider scheme',
  });
}

/** A batch normalisation of something else than the output of a layer is a layer of its own. */
function layersOf(graph: Graph): readonly Layer[] {
  const producer = producers(graph);
  const layers = new Map<Node, Node[]>();
  for (const node of graph.nodes) {
    const normalises = node.op === 'BatchNormalization' ? producer.get(node.inputs[0]!) : undefined;
    const owner = normalises && layers.get(normalises);
    if (owner !== undefined) owner.push(node);
    else if (WEIGHTED.has(node.op) && graph.constants.has(node.inputs[1]!)) layers.set(node, []);
  }
  return [...layers].map(([node, norms]) => ({ node, norms }));
}

/** The share of the weights and whether the bias is trained, for a layer that is the `fromEnd`-th from the end. */
function chosen(scheme: Scheme, name: string, fromEnd: number): { share: number; bias: boolean } {
  switch (scheme.kind) {
    case 'full':
      return { share: 1, bias: true };
    case 'last':
      return fromEnd <= scheme.layers ? { share: 1, bias: true } : { share: 0, bias: false };
    case 'bias':
      return { share: 0, bias: true };
    case 'listed': {
      const { biases, weights } = scheme;
      const share = weights.find(({ layer }) => layer === name)?.channels ?? 0;
      if (biases === 'all') return { share, bias: true };
      return { share, bias: typeof biases === 'number' ? fromEnd <= biases : biases.includes(name) };
    }
    default:
      return unreachable(scheme);
  }
}

function tensorOf(node: Node, input: number, part: TrainedTensor['part']): TrainedTensor {
  return { name: node.inputs[input] ?? '', layer: node.name, part };
}

/** The first input channels that make up a share of all, at least one; depthwise, input channels are filters. */
function partOf(graph: Graph, node: Node, share: number): TrainedTensor['part'] {
  if (share >= 1) return null;
  const { shape } = graph.constants.get(node.inputs[1]!)!;
  const axis = inputChannelAxis(node);
  return { axis, count: Math.max(1, Math.round(share * shape[axis]!)) };
}

function inputChannelAxis(node: Node): number {
  switch (node.op) {
    case 'Conv':
      return intAttribute(node, 'group', 1) > 1 ? 0 : 1;
    case 'Gemm':
      return intAttribute(node, 'transB', 0) !== 0 ? 1 : 0;
    default:
      return 0;
  }
}

function checkNames(layers: readonly Layer[], scheme: Scheme, freeze: readonly string[]): void {
  const names = layers.map(({ node }) => node.name);
  const all = [...names, ...layers.flatMap(({ norms }) => norms.map(({ name }) => name))];
  const listed =
    scheme.kind === 'listed'
      ? [
          ...scheme.weights.map(({ layer }) => layer),
          ...(Array.isArray(scheme.biases) ? (scheme.biases as readonly string[]) : []),
        ]
      : [];
  const unknown = [
    ...listed.filter((name) => !names.includes(name)),
    ...freeze.filter((pattern) => !all.some((name) => matchesAny(name, [pattern]))),
  ];
  if (unknown.length === 0) return;
  throw new TinymlError(
    'E_USAGE',
    `the model has no layer ${unknown.map((name) => `"${name}"`).join(', ')}`,
    {
      hint: `layers with weights: ${names.join(', ')}`,
    },
  );
}
