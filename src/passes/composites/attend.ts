/** Scaled dot-product attention over heads, in the nodes that the kernels and the fusions know. */
import { ints } from '../../graph/build.ts';
import { elementCount, floatTensor, int64Tensor } from '../../graph/tensor.ts';
import type { Node, Tensor } from '../../graph/types.ts';
import { badShape } from '../../ops/define.ts';
import type { Writer } from './writer.ts';

/** What a score gets that must not count: the least that is finite in every type that weights come in, twice over. */
const MASKED = -1e4;

type Attention = {
  /** [batch, heads, tokens, size]; keys and values may have fewer heads, each for as many neighbouring ones of the queries. */
  readonly q: string;
  readonly k: string;
  readonly v: string;
  readonly scale: number;
  /** c tanh(score / c); 0: as it is. */
  readonly softcap: number;
  /** Added to scores; empty: nothing. */
  readonly bias: string;
  /** Bool or whole numbers, not 0 where a score counts, broadcast to the scores; empty: all count. */
  readonly counts: string;
  /** [tokens, keys], 1 where a score counts; null: all count. */
  readonly window: Tensor | null;
};

/** What attention makes on its way, the scores at their four stages. */
type Attended = {
  readonly output: string;
  readonly scores: string;
  readonly capped: string;
  readonly masked: string;
  readonly weights: string;
};

/** @throws TinymlError E_SHAPE for heads that cannot be shared out */
export function attend(
  node: Node,
  writer: Writer,
  { q, k, v, scale, softcap, bias, counts, window }: Attention,
): Attended {
  const { add, shape } = writer;
  const [batch, heads, tokens, size] = shape(q) as [number, number, number, number];
  const [, groups, keys] = shape(k) as [number, number, number, number];
  const values = shape(v)[3]!;
  if (groups < 1 || heads % groups !== 0) badShape(node, `${heads} heads of queries for ${groups} of keys`);
  const isGrouped = groups !== heads;
  const reshape = (x: string, to: readonly number[]): string =>
    isGrouped ? add('Reshape', [x, writer.constant(int64Tensor(to))]) : x;
  const each = heads / groups;
  const perm = ints(isGrouped ? [0, 1, 2, 4, 3] : [0, 1, 3, 2]);
  const turned = add('Transpose', [reshape(k, [batch, groups, 1, keys, size])], { perm });
  const product = add('MatMul', [reshape(q, [batch, groups, each, tokens, size]), turned]);
  const scores = add('Mul', [reshape(product, [batch, heads, tokens, keys]), number(writer, scale)]);
  const cap = number(writer, softcap);
  const capped = softcap === 0 ? scores : add('Mul', [add('Tanh', [add('Div', [scores, cap])]), cap]);
  const biased = bias === '' ? capped : add('Add', [capped, bias]);
  const masked = mask(writer, biased, counts, window);
  const weights = add('Softmax', [masked]);
  const sum = add('MatMul', [
    reshape(weights, [batch, groups, each, tokens, keys]),
    reshape(v, [batch, groups, 1, keys, values]),
  ]);
  return { output: reshape(sum, [batch, heads, tokens, values]), scores, capped, masked, weights };
}

/** Where a constant says what counts it chooses; what is computed is 1 or 0, of which (x - 1) 10000 is made and added. */
function mask(writer: Writer, scores: string, counts: string, window: Tensor | null): string {
  const { add } = writer;
  const open = window === null ? '' : writer.constant(window);
  if (counts === '' || writer.constantOf(counts) !== null) {
    const both = [counts === '' ? '' : add('Cast', [counts], { to: BOOL }), open].filter(
      (name) => name !== '',
    );
    if (both.length === 0) return scores;
    const condition = both.length === 1 ? both[0]! : add('And', both);
    return add('Where', [condition, scores, number(writer, MASKED)]);
  }
  const real = add('Cast', [counts], { to: FLOAT });
  const all = open === '' ? real : add('Mul', [real, add('Cast', [open], { to: FLOAT })]);
  const missing = add('Sub', [number(writer, 1), all]);
  return add('Add', [scores, add('Mul', [missing, number(writer, MASKED)])]);
}

/** TensorProto.DataType. */
const FLOAT = { kind: 'int', value: 1 } as const;
const BOOL = { kind: 'int', value: 9 } as const;

export function number({ constant }: Writer, value: number): string {
  return constant(floatTensor([], [value]));
}

/** [batch, tokens, heads times size] as [batch, heads, tokens, size]. @throws TinymlError E_SHAPE for other numbers of channels */
export function splitHeads(node: Node, { add, constant, shape }: Writer, x: string, heads: number): string {
  const [batch, tokens, size] = shape(x) as [number, number, number];
  if (heads < 1 || size % heads !== 0) badShape(node, `${heads} heads of ${size} channels`);
  const parted = add('Reshape', [x, constant(int64Tensor([batch, tokens, heads, size / heads]))]);
  return add('Transpose', [parted], { perm: ints([0, 2, 1, 3]) });
}

/** [batch, heads, tokens, size] as [batch, tokens, heads times size]. */
export function joinHeads({ add, constant, shape }: Writer, x: string): string {
  const [batch, heads, tokens, size] = shape(x) as [number, number, number, number];
  const turned = add('Transpose', [x], { perm: ints([0, 2, 1, 3]) });
  return add('Reshape', [turned, constant(int64Tensor([batch, tokens, heads * size]))]);
}

/** Which keys j a query i sees: those from i + offset - left to i + offset + right; a bound below 0 is none. Null: all of them. */
export function windowOf(
  tokens: number,
  keys: number,
  offset: number,
  left: number,
  right: number,
): Tensor | null {
  if (left < 0 && right < 0) return null;
  const data = new Uint8Array(elementCount([tokens, keys]));
  for (let i = 0; i < tokens; i++) {
    const first = left < 0 ? 0 : Math.max(i + offset - left, 0);
    const last = right < 0 ? keys : Math.min(i + offset + right + 1, keys);
    if (first < last) data.fill(1, i * keys + first, i * keys + last);
  }
  return { dtype: 'bool', shape: [tokens, keys], data };
}
