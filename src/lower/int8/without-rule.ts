/** Operators that have no int8 form: why, where that is not all there is to say, and the way out. */
import type { TinymlError } from '../../diagnostics/errors.ts';
import type { Node } from '../../graph/types.ts';
import { unsupported } from '../shared/context.ts';

/** Operators of dynamic quantisation, which finds scales in every run. */
const DYNAMIC = new Set(['DynamicQuantizeLinear', 'ConvInteger', 'MatMulInteger']);

const RECURRENT =
  'train with convolutions over time in its place, or run the layers before and behind it as two models';
const PICK = 'let the model end before it: the application finds the largest outputs';
const LOGIC = 'cut it off the model, and let the application compare';

const WAYS_OUT: ReadonlyMap<string, string> = new Map([
  ['ArgMax', PICK],
  ['ArgMin', PICK],
  ['TopK', PICK],
  ['Hardmax', PICK],
  ['BatchNormalization', 'put it behind a Conv, ConvTranspose or Gemm: it folds into their weights'],
  ['DepthToSpace', 'write it as Reshape, Transpose, Reshape, which it is'],
  ['SpaceToDepth', 'write it as Reshape, Transpose, Reshape, which it is'],
  ['Resize', 'enlarge by a ConvTranspose with a stride, make smaller by an AveragePool'],
  ['GRU', RECURRENT],
  ['LSTM', RECURRENT],
  ['RNN', RECURRENT],
  ['LogSoftmax', 'let the model end in Softmax, or in what it reads: the application takes the logarithm'],
  ['ReduceSum', 'write it as ReduceMean, and put the number of elements into the weights of what reads it'],
  ['Mean', 'write it as Add, and put the number of operands into the weights of what reads it'],
  ['Expand', 'let what reads it broadcast, or write it as Concat of copies'],
  ['Tile', 'write it as Concat of copies'],
  ['Equal', LOGIC],
  ['Greater', LOGIC],
  ['Less', LOGIC],
  ['Where', LOGIC],
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
