/** Gemm (transA = 0, transB = 1, weights [out, in], as the passes leave it) to fully_connected_s8. */
import type { Node } from '../../graph/types.ts';
import { floatAttribute, intAttribute } from '../../ops/attributes.ts';
import type { TensorId } from '../../program/types.ts';
import {
  activationQuant,
  contiguous,
  defineValue,
  type LoweringContext,
  shapeOf,
  unsupported,
  viewOf,
} from '../shared/context.ts';
import { reorderColumns } from '../shared/permute.ts';
import { targetOf } from './activation.ts';
import { quantizedBias, quantizedWeights, requantizingConstants } from './weights.ts';

export function lowerGemm(context: LoweringContext, node: Node): void {
  const normal =
    intAttribute(node, 'transA', 0) === 0 &&
    intAttribute(node, 'transB', 0) === 1 &&
    floatAttribute(node, 'alpha', 1) === 1 &&
    floatAttribute(node, 'beta', 1) === 1;
  if (!normal) throw unsupported(node, 'Gemm in int8 needs transA = 0, constant weights, alpha = beta = 1');
  const [x, w] = node.inputs as readonly [string, string];
  const weights = quantizedWeights(context, node, w, 0);
  const input = activationQuant(context, x, node);
  const target = targetOf(context, node);
  const bias = quantizedBias(context, node, node.inputs[2] ?? '', input.scale, weights.scale);
  const [rows] = shapeOf(context, x) as readonly [number];
  const [outFeatures, inFeatures] = weights.shape as [number, number];
  const order = context.featureOrders.get(x);
  const source = order === undefined ? contiguous(context, x, node) : viewOf(context, x, node).tensor;
  const data = order === undefined ? weights.data : reorderColumns(weights.data, outFeatures, order);
  const destination = defineValue(context, target.value, target.quant);
  const constants = requantizingConstants(context, node, { ...weights, data }, bias, input, target.quant);
  const perChannel = weights.scale.some((scale) => scale !== weights.scale[0]);
  context.steps.push({
    kernel: 'fully_connected_s8',
    name: node.name,
    inputs: [source],
    outputs: [destination],
    constants: perChannel ? constants : shareMultiplier(context, constants),
    params: {
      rows,
      inFeatures,
      outFeatures,
      perChannel: perChannel ? 1 : 0,
      inputOffset: -input.zeroPoint,
      outputOffset: target.quant.zeroPoint,
      actMin: target.actMin,
      actMax: target.actMax,
    },
  });
}

/** Keeps one multiplier and one shift where all channels have the same: 8 bytes a channel less in flash. */
function shareMultiplier(context: LoweringContext, constants: readonly TensorId[]): readonly TensorId[] {
  for (const id of constants.slice(2)) {
    const tensor = context.tensors[id]!;
    if (tensor.storage.kind !== 'constant') continue;
    const data = tensor.storage.data.slice(0, 1);
    context.tensors[id] = { ...tensor, shape: [1], storage: { kind: 'constant', data } };
  }
  return constants;
}
