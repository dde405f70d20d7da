/** What normalisations by the statistics of each run go over: axes, instances, groups. */
import type { Node } from '../../graph/types.ts';
import { broadcastTo } from '../../ops/arrays.ts';
import { floatAttribute, intAttribute } from '../../ops/attributes.ts';
import { dequantizeTensor } from '../../ops/quant.ts';
import { elements, type LoweringContext, unsupported } from './context.ts';
import { permute } from './permute.ts';
import { channelsLast, type Layout, plainLayout } from './views.ts';

/** How the numbers lie that are normalised together: [batch][positions][groups][channels]. */
type NormalisedForm = {
  readonly layout: Layout;
  readonly positions: number;
  readonly groups: number;
  readonly channels: number;
  readonly centred: boolean;
  readonly epsilon: number;
  /** One for every group and channel. */
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
};

type Forming = Pick<LoweringContext, 'graph' | 'layouts'>;

/** @throws TinymlError E_OP if scale or bias are computed */
export function normalisedForm(context: Forming, node: Node): NormalisedForm {
  const shape = context.graph.values.get(node.inputs[0]!)!.shape;
  switch (node.op) {
    case 'LayerNormalization':
    case 'RMSNormalization':
      return overAxes(context, node, shape);
    default:
      return overGroups(context, node, shape);
  }
}

/** The axes from `axis` on, wherever they lie; in memory they come last. */
function overAxes(context: Forming, node: Node, shape: readonly number[]): NormalisedForm {
  const attribute = intAttribute(node, 'axis', -1);
  const axis = attribute < 0 ? attribute + shape.length : attribute;
  const own = context.layouts.get(node.inputs[0]!) ?? plainLayout(shape.length);
  const [outer, inner] = [own.filter((k) => k < axis), own.filter((k) => k >= axis)];
  const normalised = shape.slice(axis);
  const order = inner.map((k) => k - axis);
  const values = (index: number, absent: number): Float32Array =>
    permute(constantValues(context, node, index, normalised, absent), normalised, order);
  return {
    layout: [...outer, ...inner],
    positions: 1,
    groups: 1,
    channels: elements(normalised),
    centred: node.op === 'LayerNormalization',
    epsilon: floatAttribute(node, 'epsilon', 1e-5),
    gamma: values(1, 1),
    beta: values(2, 0),
  };
}

/** Channels of each image by themselves, or in groups. */
function overGroups(context: Forming, node: Node, shape: readonly number[]): NormalisedForm {
  const channels = shape[1]!;
  const groups = node.op === 'InstanceNormalization' ? channels : intAttribute(node, 'num_groups', 1);
  return {
    layout: channelsLast(shape.length),
    positions: elements(shape.slice(2)),
    groups,
    channels: channels / groups,
    centred: true,
    epsilon: floatAttribute(node, 'epsilon', 1e-5),
    gamma: constantValues(context, node, 1, [channels], 1),
    beta: constantValues(context, node, 2, [channels], 0),
  };
}

/** Real numbers of a scale or bias, one for each element of the shape. */
function constantValues(
  { graph }: Forming,
  node: Node,
  index: number,
  shape: readonly number[],
  absent: number,
): Float32Array {
  const name = node.inputs[index] ?? '';
  if (name === '') return new Float32Array(elements(shape)).fill(absent);
  const constant = graph.constants.get(name);
  if (constant === undefined) {
    throw unsupported(
      node,
      `${node.op} has a kernel for a constant scale and bias only, and "${name}" is computed`,
      'put a Mul and an Add of the computed values behind a normalisation without them',
    );
  }
  const quant = graph.values.get(name)?.quant ?? null;
  const real = quant === null ? constant : dequantizeTensor(constant, quant);
  return broadcastTo(real, shape).data as Float32Array;
}
