/** What shape inference asks of the inputs of a node, for rules that share its parts. */
import type { Node } from '../../graph/types.ts';
import type { InputInfo } from '../../ops/types.ts';
import type { LoweringContext } from './context.ts';

/** Types, shapes and constant data; null where an input is left out. */
export function inputInfos(
  { graph }: Pick<LoweringContext, 'graph'>,
  { inputs }: Node,
): readonly (InputInfo | null)[] {
  return inputs.map((name) => {
    if (name === '') return null;
    const { dtype, shape } = graph.values.get(name)!;
    return { dtype, shape, data: graph.constants.get(name)?.data ?? null };
  });
}

/** Whether all inputs but the first are constant, or left out. */
export function restIsConstant({ graph }: Pick<LoweringContext, 'graph'>, { inputs }: Node): boolean {
  return inputs.slice(1).every((name) => name === '' || graph.constants.has(name));
}
