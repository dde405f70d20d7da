/** Operators that have no int8 form: why, where that is not all there is to say, and the way out. */
import type { TinymlError } from '../../diagnostics/errors.ts';
import type { Node } from '../../graph/types.ts';
import { unsupported } from '../shared/context.ts';

/** Operators of dynamic quantisation, which finds scales in every run. */
const DYNAMIC = new Set(['DynamicQuantizeLinear', 'ConvInteger', 'MatMulInteger']);

const SCATTER = 'scatter to constant places, or write it as Slice and Concat of what stays and what is new';
const LOGARITHM = 'sum in the model, and let the application take the logarithm';

const WAYS_OUT: ReadonlyMap<string, string> = new Map([
  ['BatchNormalization', 'put it behind a Conv, ConvTranspose or Gemm: it folds into their weights'],
  ['ScatterElements', SCATTER],
  ['ScatterND', SCATTER],
  ['ReduceProd', 'multiply slices of it by Mul'],
  ['ReduceLogSum', LOGARITHM],
  ['ReduceLogSumExp', LOGARITHM],
]);

/** The refusal of a node whose operator has no rule. */
export function withoutRule(node: Node): TinymlError {
  if (isDynamic(node)) {
    return unsupported(
      node,
      `${node.op} finds scales in every run (dynamic quantisation), which has no int8 form`,
      'give the float model that this file was made from to `tinyml quantize`, or quantise it statically (QuantFormat.QDQ)',
    );
  }
  return unsupported(node, `${node.op} has no int8 kernel`, WAYS_OUT.get(node.op));
}

export function isDynamic({ op }: Node): boolean {
  return DYNAMIC.has(op);
}
