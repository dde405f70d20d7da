/** RNN, GRU and LSTM as rules read them: sizes, directions, and how their values lie where times come first. */
import type { Node } from '../../graph/types.ts';
import { intAttribute, stringAttribute } from '../../ops/attributes.ts';
import { type LoweringContext, shapeOf } from './context.ts';
import type { Layout } from './views.ts';

export type RecurrentForm = {
  readonly steps: number;
  readonly batch: number;
  readonly inputSize: number;
  readonly hidden: number;
  /** Whether each direction goes from the last time to the first. */
  readonly reverse: readonly boolean[];
  /** [steps, batch, inputSize] of the input. */
  readonly input: Layout;
  /** [steps, directions, batch, hidden] of the output. */
  readonly output: Layout;
  /** [directions, batch, hidden] of states. */
  readonly state: Layout;
};

/** Shape inference has checked the node. */
export function recurrentForm(context: Pick<LoweringContext, 'graph'>, node: Node): RecurrentForm {
  const [x, , recurrent] = node.inputs as readonly [string, string, string];
  const batchFirst = intAttribute(node, 'layout', 0) !== 0;
  const [first, second, inputSize] = shapeOf(context, x) as readonly [number, number, number];
  const [steps, batch] = batchFirst ? [second, first] : [first, second];
  const direction = stringAttribute(node, 'direction', 'forward');
  return {
    steps,
    batch,
    inputSize,
    hidden: shapeOf(context, recurrent)[2]!,
    reverse: direction === 'bidirectional' ? [false, true] : [direction === 'reverse'],
    input: batchFirst ? [1, 0, 2] : [0, 1, 2],
    output: batchFirst ? [1, 2, 0, 3] : [0, 1, 2, 3],
    state: batchFirst ? [1, 0, 2] : [0, 1, 2],
  };
}
