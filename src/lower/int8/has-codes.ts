/** Which nodes compute in integers. */
import { statePairs } from '../../graph/state.ts';
import type { Node } from '../../graph/types.ts';
import { type LoweringContext, storageOf } from '../shared/context.ts';
import { activationBehind } from '../shared/fused-activation.ts';

/** Operators whose second operand is weights, which have codes where the node computes in integers. */
const WEIGHTED = new Set(['Conv', 'ConvTranspose', 'Gemm', 'RNN', 'GRU', 'LSTM']);

/** Operators whose rules leave an activation behind them to a step of its own. */
const ALONE = new Set([
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Slice',
  'Split',
  'Gather',
  'Concat',
  'Pad',
  'Softmax',
  'Resize',
  'DepthToSpace',
  'SpaceToDepth',
  'Tile',
  'Expand',
  'GatherElements',
  'GatherND',
  'Where',
  'Trilu',
  'TopK',
  'Hardmax',
  'OneHot',
  'Cast',
  'RNN',
  'GRU',
  'LSTM',
]);

/**
 * Whether all that a node reads and makes has codes: what is no real number or nobody reads counts as if it had, and so does a
 * value that only an activation with codes reads, which is computed in the same step.
 */
export function hasCodes(context: LoweringContext, { op, inputs, outputs }: Node): boolean {
  const { constants, values } = context.graph;
  const isRead = (name: string): boolean => context.consumers.has(name) || context.outputValues.has(name);
  const isCoded = (name: string): boolean =>
    name === '' || values.get(name)!.dtype !== 'float32' || context.quants.has(name);
  const reads = inputs.every((name, i) =>
    constants.has(name) ? i !== 1 || !WEIGHTED.has(op) || values.get(name)!.quant !== null : isCoded(name),
  );
  return (
    reads &&
    outputs.every(
      (name) =>
        isCoded(name) || !isRead(name) || (!ALONE.has(op) && activationBehind(context, name) !== null),
    )
  );
}

/** Whether any of these codes has 16 bits, but for what has 16 in 8-bit kernels, too. */
export function hasWideCodes(context: LoweringContext, node: Node): boolean {
  const { inputs, outputs } = node;
  const behind = outputs.map((name) => activationBehind(context, name)?.node.outputs[0] ?? name);
  const sums = sumsOf(context, node);
  return [...inputs, ...behind].some((name) => storageOf(context, name) === 'int16' && !sums.includes(name));
}

/** What adds up over time: the cell state of an LSTM, and the state of a GRU that is carried from run to run. */
function sumsOf({ graph }: LoweringContext, { op, inputs, outputs }: Node): readonly string[] {
  const [, state = '', cell = ''] = outputs;
  if (op === 'LSTM') return [inputs[6] ?? '', cell];
  const carried = op === 'GRU' && statePairs(graph).some(({ output }) => output.value === state);
  return carried ? [inputs[5] ?? '', state] : [];
}
