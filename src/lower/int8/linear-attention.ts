/** Linear attention, heads and all, to linear_attention_s8: operands are views. */
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { floatAttribute } from '../../ops/attributes.ts';
import { MOST_ATTENTION, type Strides } from '../../program/kernels/linear-attention-s8.ts';
import {
  activationQuant,
  defineValue,
  type LoweringContext,
  shapeOf,
  unsupported,
  viewOf,
} from '../shared/context.ts';
import { targetOf } from '../shared/fused-activation.ts';
import { mergeAxes, type View } from '../shared/views.ts';

const NO_LOOP = { size: 1, strides: [0, 0, 0, 0] };

export function lowerLinearAttention(context: LoweringContext, node: Node): void {
  const [q, k, v] = node.inputs.map((name) => ({
    view: viewOf(context, name, node),
    quant: activationQuant(context, name, node),
  })) as [Operand, Operand, Operand];
  const target = targetOf(context, node);
  const shape = shapeOf(context, target.value);
  const [values, tokens] = shape.slice(-2) as [number, number];
  const keys = q.view.shape.at(-2)!;
  const { tokens: mostTokens, channels } = MOST_ATTENTION;
  if (tokens > mostTokens || keys > channels || values > channels) {
    throw unsupported(
      node,
      `linear attention of ${tokens} tokens with ${keys} and ${values} channels has no int8 kernel: up to ${mostTokens} and ${channels} have`,
      'make the image smaller before it, or use more heads',
    );
  }
  // Channels of all heads side by side for each token: the channels-last order of the image that they make.
  const rank = shape.length;
  const heads = shape.slice(0, -2).map((_, axis) => axis);
  const layout = [...heads.slice(0, -1), rank - 1, ...heads.slice(-1), rank - 2];
  const destination = defineValue(context, target.value, target.quant, layout);
  const output = context.views.get(target.value)!;
  const views = [q.view, k.view, v.view, output];
  const loops = mergeAxes(
    shape.slice(0, -2),
    views.map(({ strides }) => strides.slice(0, -2)),
  );
  if (loops.length > 2) {
    throw unsupported(
      node,
      'linear attention over more than two axes of heads has no int8 kernel',
      'merge them by a Reshape',
    );
  }
  const [first, second] = [...[NO_LOOP, NO_LOOP], ...loops].slice(-2) as [Loop, Loop];
  const strides = (name: 'query' | 'key' | 'value' | 'output', i: number, view: View) => ({
    [`${name}Start`]: view.offset,
    [`${name}Batch0`]: first.strides[i]!,
    [`${name}Batch1`]: second.strides[i]!,
    [`${name}Channel`]: view.strides.at(-2)!,
    [`${name}Token`]: view.strides.at(-1)!,
  });
  const epsilon = floatAttribute(node, 'epsilon', 1e-15) / (q.quant.scale * k.quant.scale);
  const fixed = quantizeMultiplier(v.quant.scale / target.quant.scale / 2 ** 20);
  if (fixed.shift > 0) {
    throw unsupported(
      node,
      'linear attention has no int8 form for an output scale far below that of the values',
    );
  }
  context.steps.push({
    kernel: 'linear_attention_s8',
    name: node.name,
    inputs: [q.view.tensor, k.view.tensor, v.view.tensor],
    constants: [],
    outputs: [destination],
    params: {
      ...{ batch0: first.size, batch1: second.size, tokens, keys, values },
      ...(strides('query', 0, q.view) as Strides<'query'>),
      ...(strides('key', 1, k.view) as Strides<'key'>),
      ...(strides('value', 2, v.view) as Strides<'value'>),
      ...(strides('output', 3, output) as Strides<'output'>),
      queryOffset: -q.quant.zeroPoint,
      keyOffset: -k.quant.zeroPoint,
      valueOffset: -v.quant.zeroPoint,
      epsilon: Math.min(Math.round(epsilon), 2 ** 31 - 1),
      outputOffset: target.quant.zeroPoint,
      multiplier: fixed.multiplier,
      shift: fixed.shift,
      actMin: target.actMin,
      actMax: target.actMax,
    },
  });
}

type Operand = { readonly view: View; readonly quant: ReturnType<typeof activationQuant> };
type Loop = ReturnType<typeof mergeAxes>[number];
