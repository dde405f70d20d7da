/**
 * Attention depth first: the product of queries and keys, a softmax and the product with the values are one step, which holds
 * two rows of scores at a time instead of their matrices. Whatever an exporter wrote (transposed keys, scales before or
 * behind the product, heads split and merged), lowering has made of it views and three steps, which are what this reads.
 */
import { type AttentionS8, attentionRoom } from '../../program/kernels/attention-s8.ts';
import type { BatchMatmulS8 } from '../../program/kernels/batch-matmul-s8.ts';
import type { Step } from '../../program/kernels/index.ts';
import type { LutS8 } from '../../program/kernels/lut-s8.ts';
import { exponentialTable, type MaskedSoftmaxS8, type SoftmaxS8 } from '../../program/kernels/softmax-s8.ts';
import type { Program } from '../../program/program.ts';
import type { ProgramTensor, TensorId } from '../../program/types.ts';
import { withoutUnused } from '../../program/unused.ts';
import { mergeAxes } from '../shared/views.ts';

/** Zero point of probabilities. */
const NOTHING = -128;

/**
 * Law: the same bytes. Fused are a batch_matmul_s8 whose rows a softmax_s8 or masked_softmax_s8 alone reads, behind a table or
 * not, and the batch_matmul_s8 that alone reads the probabilities.
 */
export function fuseAttention(program: Program): Program {
  const uses = usesOf(program);
  const found = program.steps.flatMap((step) => chainOf(program, uses, step) ?? []);
  if (found.length === 0) return program;
  const tensors: ProgramTensor[] = [...program.tensors];
  const constant = (name: string, data: Int8Array | Int32Array): TensorId => {
    const dtype = data instanceof Int8Array ? 'int8' : 'int32';
    const storage = { kind: 'constant', data } as const;
    return tensors.push({ name, dtype, shape: [data.length], quant: null, storage }) - 1;
  };
  const gone = new Set<Step>(
    found.flatMap(({ scores, table, softmax }) => [scores, softmax, ...(table ?? [])]),
  );
  const fused = new Map<Step, Step>(found.map((chain) => [chain.product, attentionStep(chain, constant)]));
  const steps = program.steps.filter((step) => !gone.has(step)).map((step) => fused.get(step) ?? step);
  return withoutUnused({ ...program, tensors, steps }).program;
}

type Softmax = SoftmaxS8 | MaskedSoftmaxS8;

/** The steps of an attention, and its loops. */
type Chain = {
  readonly scores: BatchMatmulS8;
  readonly table: readonly [LutS8] | null;
  readonly softmax: Softmax;
  readonly product: BatchMatmulS8;
  /** Heads, twice, and queries: the distances of query, key, value, mask and output. */
  readonly loops: readonly [Loop, Loop, Loop];
  /** The probabilities are the right operand of the product, whose rows are the channels of the values. */
  readonly turned: boolean;
};

type Loop = { readonly size: number; readonly strides: readonly number[] };

/** Operands, in the order of the distances of a loop. */
const QUERY = 0;
const KEY = 1;
const VALUE = 2;
const MASK = 3;
const OUTPUT = 4;
const NO_LOOP: Loop = { size: 1, strides: [0, 0, 0, 0, 0] };

type Uses = {
  /** The one step that writes a tensor, and the one that reads it; null where there are others, or it is seen from outside. */
  readonly writer: (id: TensorId) => Step | null;
  readonly reader: (id: TensorId) => Step | null;
};

function usesOf({ steps, inputs, outputs, tensors }: Program): Uses {
  const ports = new Set([...inputs, ...outputs].map(({ tensor }) => tensor));
  const by = (ends: (step: Step) => readonly TensorId[]): ((id: TensorId) => Step | null) => {
    const all = new Map<TensorId, Step[]>();
    for (const step of steps) for (const id of ends(step)) all.set(id, [...(all.get(id) ?? []), step]);
    return (id) => {
      const [one, ...others] = all.get(id) ?? [];
      const isInner = !ports.has(id) && tensors[id]!.storage.kind === 'arena';
      return one !== undefined && others.length === 0 && isInner ? one : null;
    };
  };
  return { writer: by(({ outputs: ends }) => ends), reader: by(({ inputs: ends }) => ends) };
}

/** The attention whose softmax a step is. */
function chainOf(program: Program, { writer, reader }: Uses, softmax: Step): Chain | null {
  if (softmax.kernel !== 'softmax_s8' && softmax.kernel !== 'masked_softmax_s8') return null;
  const [seen, weights] = [softmax.inputs[0]!, softmax.outputs[0]!];
  if (softmax.kernel === 'masked_softmax_s8' && softmax.inputs[1] === seen) return null;
  const before = writer(seen);
  const table = before?.kernel === 'lut_s8' ? ([before] as const) : null;
  const scores = table === null ? before : writer(table[0].inputs[0]!);
  const product = reader(weights);
  if (scores?.kernel !== 'batch_matmul_s8' || product?.kernel !== 'batch_matmul_s8') return null;
  const alone = (id: TensorId): boolean => reader(id) !== null && writer(id) !== null;
  if (![seen, weights, scores.outputs[0]!].every(alone) || product.inputs[0] === product.inputs[1])
    return null;
  if (isChanged(program, scores, product, softmax)) return null;
  const turned = product.inputs[1] === weights;
  const loops = loopsOf(scores, softmax, product, turned);
  return loops === null ? null : { scores, table, softmax, product, loops, turned };
}

/** Whether queries, keys or masks are written again before the step that would read them then. */
function isChanged({ steps }: Program, scores: Step, product: Step, softmax: Step): boolean {
  const between = steps.slice(steps.indexOf(scores) + 1, steps.indexOf(product));
  const late = new Set([...scores.inputs, ...softmax.inputs.slice(1)]);
  return between.some(({ outputs }) => outputs.some((id) => late.has(id)));
}

/** A loop over rows of scores as they lie: its distance there, and those of two operands. */
type RowLoop = { readonly size: number; readonly at: number; readonly strides: readonly number[] };

/** Loops of the rows of scores, outermost first, that all three steps walk; null where they do not go together. */
function loopsOf(
  scores: BatchMatmulS8,
  softmax: Softmax,
  product: BatchMatmulS8,
  turned: boolean,
): Chain['loops'] | null {
  const { rowSize } = softmax.params;
  const [s, p] = [scores.params, product.params];
  const made: readonly RowLoop[] = [
    { size: s.batch0, at: s.outputBatch0, strides: [s.leftBatch0, s.rightBatch0] },
    { size: s.batch1, at: s.outputBatch1, strides: [s.leftBatch1, s.rightBatch1] },
    { size: s.rows, at: s.outputRow, strides: [s.leftRow, 0] },
  ];
  const read: readonly RowLoop[] = turned
    ? [
        { size: p.batch0, at: p.rightBatch0, strides: [p.leftBatch0, p.outputBatch0] },
        { size: p.batch1, at: p.rightBatch1, strides: [p.leftBatch1, p.outputBatch1] },
        { size: p.columns, at: p.rightColumn, strides: [0, 1] },
      ]
    : [
        { size: p.batch0, at: p.leftBatch0, strides: [p.rightBatch0, p.outputBatch0] },
        { size: p.batch1, at: p.leftBatch1, strides: [p.rightBatch1, p.outputBatch1] },
        { size: p.rows, at: p.leftRow, strides: [0, p.outputRow] },
      ];
  const [start, depthStride] = turned ? [p.rightStart, p.rightDepth] : [p.leftStart, p.leftDepth];
  const wholeRows = s.outputStart === 0 && s.columns === rowSize && start === 0 && p.depth === rowSize;
  if (!wholeRows || (depthStride !== 1 && rowSize !== 1)) return null;
  const rows = softmax.kernel === 'softmax_s8' ? softmax.params.rows : maskedRows(softmax);
  const digits = [made, read, maskLoops(softmax)].map((loops) => digitsOf(loops, rowSize, rows));
  if (digits.includes(null)) return null;
  const common = refine(digits as Digits[]);
  if (common === null) return null;
  const strides = common.map(({ strides: [queryAndKey, valueAndOutput, mask] }) => {
    const [[q, k], [v, y], [m]] = [queryAndKey!, valueAndOutput!, mask!];
    return [q!, k!, v!, m!, y!];
  });
  const merged = mergeAxes(
    common.map(({ size }) => size),
    [QUERY, KEY, VALUE, MASK, OUTPUT].map((operand) => strides.map((of) => of[operand]!)),
  );
  // The last loop goes over the queries of one head.
  const inner = merged.at(-1);
  const queries = inner !== undefined && inner.strides[KEY] === 0 && inner.strides[VALUE] === 0;
  const all = queries ? merged : [...merged, NO_LOOP];
  if (all.length > 3) return null;
  return [NO_LOOP, NO_LOOP, ...all].slice(-3) as unknown as Chain['loops'];
}

function maskedRows({ params: { outer0, outer1, outer2 } }: MaskedSoftmaxS8): number {
  return outer0 * outer1 * outer2;
}

function maskLoops(softmax: Softmax): readonly RowLoop[] {
  const { rowSize } = softmax.params;
  if (softmax.kernel === 'softmax_s8') return [{ size: softmax.params.rows, at: rowSize, strides: [0] }];
  const { outer0, outer1, outer2, maskStride0, maskStride1, maskStride2 } = softmax.params;
  return [
    { size: outer0, at: outer1 * outer2 * rowSize, strides: [maskStride0] },
    { size: outer1, at: outer2 * rowSize, strides: [maskStride1] },
    { size: outer2, at: rowSize, strides: [maskStride2] },
  ];
}

/** Loops over all rows in their order, outermost first; the place of a row follows from the sizes. */
type Digits = readonly { readonly size: number; readonly strides: readonly number[] }[];

/** Null where the loops are not those of all rows, one after the other. */
function digitsOf(loops: readonly RowLoop[], rowSize: number, rows: number): Digits | null {
  const ordered = loops.filter(({ size }) => size !== 1).sort((a, b) => b.at - a.at);
  let inner = rowSize;
  for (const { size, at } of [...ordered].reverse()) {
    if (at !== inner) return null;
    inner *= size;
  }
  return inner === rows * rowSize ? ordered : null;
}

/** The same loops for all: each loop of one is a loop of the others, or several that follow each other. */
function refine(
  all: readonly Digits[],
): readonly { readonly size: number; readonly strides: readonly (readonly number[])[] }[] | null {
  const common: { size: number; strides: (readonly number[])[] }[] = [];
  // From the innermost loop out: what is left of the loop of each.
  const left = all.map((digits) => [...digits].map(({ size, strides }) => ({ size, strides })));
  while (left.some((digits) => digits.length > 0)) {
    const ends = left.map((digits) => digits.at(-1));
    const size = Math.min(...ends.map((end) => end?.size ?? 1));
    if (size === 1 || ends.some((end) => end!.size % size !== 0)) return null;
    common.unshift({ size, strides: ends.map((end) => end!.strides) });
    left.forEach((digits) => {
      const { size: whole, strides } = digits.pop()!;
      if (whole > size) digits.push({ size: whole / size, strides: strides.map((one) => one * size) });
    });
  }
  return common;
}

function attentionStep(
  { scores, table, softmax, product, loops, turned }: Chain,
  constant: (name: string, data: Int8Array | Int32Array) => TensorId,
): AttentionS8 {
  const { params: s, name } = scores;
  const p = product.params;
  const [first, second, queries] = loops;
  const loopStrides = (operand: number) => [first, second, queries].map(({ strides }) => strides[operand]!);
  const strides = (name: string, operand: number, start: number, token: number | null, channel: number) => {
    const [batch0, batch1, query] = loopStrides(operand);
    return {
      [`${name}Start`]: start,
      [`${name}Batch0`]: batch0,
      [`${name}Batch1`]: batch1,
      [`${name}Token`]: token ?? query,
      [`${name}Channel`]: channel,
    };
  };
  const [value, v] = turned
    ? [
        product.inputs[0]!,
        { start: p.leftStart, token: p.leftDepth, channel: p.leftRow, offset: p.leftOffset },
      ]
    : [
        product.inputs[1]!,
        { start: p.rightStart, token: p.rightDepth, channel: p.rightColumn, offset: p.rightOffset },
      ];
  const side = (size: number, stride: number): number => (size === 1 ? 1 : stride);
  const values = turned ? p.rows : p.columns;
  const [mask0, mask1, maskRow] = loopStrides(MASK);
  const masked = softmax.kernel === 'masked_softmax_s8';
  const params = {
    ...{ batch0: first.size, batch1: second.size, rows: queries.size },
    ...{ columns: s.columns, depth: s.depth, values },
    ...strides('query', QUERY, s.leftStart, null, side(s.depth, s.leftDepth)),
    ...strides('key', KEY, s.rightStart, s.rightColumn, side(s.depth, s.rightDepth)),
    ...strides('value', VALUE, v.start, side(s.columns, v.token), v.channel),
    ...{ maskStart: masked ? softmax.params.maskStart : 0, maskBatch0: mask0!, maskBatch1: mask1! },
    ...{ maskRow: maskRow!, maskColumn: masked ? 1 : 0 },
    ...strides('output', OUTPUT, p.outputStart, null, turned ? side(values, p.outputRow) : 1),
    maskLeast: masked ? softmax.params.maskLeast : NOTHING,
    ...{ queryOffset: s.leftOffset, keyOffset: s.rightOffset, valueOffset: v.offset },
    scoreOffset: s.outputOffset,
    scoreMultiplier: s.multiplier,
    scoreShift: s.shift,
    ...{ scoreMin: s.actMin, scoreMax: s.actMax },
    tabled: table === null ? 0 : 1,
    outputOffset: p.outputOffset,
    multiplier: p.multiplier,
    shift: p.shift,
    ...{ actMin: p.actMin, actMax: p.actMax },
  } as Omit<AttentionS8['params'], 'room'>;
  return {
    kernel: 'attention_s8',
    name,
    inputs: [
      ...scores.inputs,
      value,
      masked ? softmax.inputs[1]! : constant(`${name}_mask`, Int8Array.of(0)),
    ],
    constants: [
      constant(`${name}_exponentials`, exponentialTable(softmax.params)),
      table === null ? constant(`${name}_table`, Int8Array.of(0)) : table[0].constants[0]!,
    ],
    outputs: product.outputs,
    params: { ...params, room: attentionRoom(params) },
  };
}
