/** Gemm (transA = 0, transB = 1, weights [out, in], as the passes leave it) to fully_connected_s8, or fully_connected_s4. */
import type { Node } from '../../graph/types.ts';
import { floatAttribute, intAttribute } from '../../ops/attributes.ts';
import { fullyConnectedRoom } from '../../program/kernels/fully-connected-s4.ts';
import type { TensorId } from '../../program/types.ts';
import {
  activationQuant,
  addConstant,
  contiguous,
  defineValue,
  type LoweringContext,
  shapeOf,
  unsupported,
  viewOf,
} from '../shared/context.ts';
import { targetOf } from '../shared/fused-activation.ts';
import { reorderColumns } from '../shared/permute.ts';
import { quantizedBias, quantizedWeights, requantizingConstants } from '../shared/weights.ts';
import { packLayer } from './four-bits.ts';

export function lowerGemm(context: LoweringContext, node: Node): void {
  const why = withoutForm(context, node);
  if (why !== null)
    throw unsupported(node, why, 'write it as MatMul with a constant matrix, then Add of a row');
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
  const form = packLayer(data, weights.fourBits, {
    ...{ channels: outFeatures, taps: 1, inputs: inFeatures, positions: rows },
  });
  const stored =
    form === null
      ? { ...weights, data }
      : { ...weights, data: form.packed.weights, shape: [outFeatures, form.rows.rowSize / 2] };
  const all = requantizingConstants(context, node, stored, bias, input, target.quant);
  const perChannel = weights.scale.some((scale) => scale !== weights.scale[0]);
  const [codes, ...others] = perChannel ? all : shareMultiplier(context, all);
  const operands = { name: node.name, inputs: [source], outputs: [destination] };
  const params = {
    rows,
    inFeatures,
    outFeatures,
    perChannel: perChannel ? 1 : 0,
    inputOffset: -input.zeroPoint,
    outputOffset: target.quant.zeroPoint,
    actMin: target.actMin,
    actMax: target.actMax,
  };
  if (form === null) {
    context.steps.push({ kernel: 'fully_connected_s8', ...operands, constants: [codes!, ...others], params });
    return;
  }
  const factors = addConstant(context, `${node.name}_factors`, form.packed.factors);
  context.steps.push({
    kernel: 'fully_connected_s4',
    ...operands,
    constants: [codes!, factors, ...others],
    params: { ...params, ...form.rows, room: fullyConnectedRoom({ ...params, ...form.rows }) },
  });
}

/** What of a Gemm keeps it from the form that `matmulToGemm` gives the others; null for one in this form. */
function withoutForm({ graph }: LoweringContext, node: Node): string | null {
  const [, weights = '', bias = ''] = node.inputs;
  if (!graph.constants.has(weights)) return 'Gemm of two activations has no int8 kernel';
  if (bias !== '' && !graph.constants.has(bias)) return 'Gemm that adds an activation has no int8 kernel';
  if (intAttribute(node, 'transA', 0) !== 0) return 'Gemm of a transposed activation has no int8 kernel';
  const normal =
    intAttribute(node, 'transB', 0) === 1 &&
    floatAttribute(node, 'alpha', 1) === 1 &&
    floatAttribute(node, 'beta', 1) === 1;
  return normal
    ? null
    : 'Gemm with a bias for each row, or whose alpha its codes do not hold, has no int8 kernel';
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
