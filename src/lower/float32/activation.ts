/** Relu and Clip: steps of their own, or bounds of the step before. */
import type { Node } from '../../graph/types.ts';
import { limitsOf } from '../../passes/limits.ts';
import type { OperandView } from '../../passes/match.ts';
import type { TensorId } from '../../program/types.ts';
import { addConstant, type LoweringContext, storageOf } from '../shared/context.ts';

export function isClamp({ graph }: Pick<OperandView, 'graph'>, node: Node): boolean {
  const bounds = limitsOf(graph, node);
  return bounds !== null && bounds.min <= bounds.max;
}

/** Where a step writes, and the bounds of the activation that goes into it. */
type Target = { readonly value: string; readonly bounds: TensorId };

/** As the int8 `targetOf`: the Relu or Clip that alone reads an output is computed with it. */
export function targetOf(context: LoweringContext, node: Node): Target {
  const [output] = node.outputs as readonly [string];
  const [reader, ...others] = context.consumers.get(output) ?? [];
  const alone = reader !== undefined && others.length === 0 && !context.outputValues.has(output);
  // Codes are rounded to before the limits.
  const open = alone && storageOf(context, output) === 'float32';
  if (open && reader.inputs[0] === output && isClamp(context, reader)) {
    context.fused.add(reader);
    return { value: reader.outputs[0]!, bounds: addBounds(context, reader) };
  }
  return { value: output, bounds: addBounds(context, node) };
}

/** The limits of a Relu or Clip; none for any other node. */
export function addBounds(context: LoweringContext, node: Node): TensorId {
  const { min, max } = limitsOf(context.graph, node) ?? {
    min: Number.NEGATIVE_INFINITY,
    max: Number.POSITIVE_INFINITY,
  };
  return addConstant(context, `${node.name}_bounds`, Float32Array.of(min, max));
}
