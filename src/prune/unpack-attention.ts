/** Attention whose queries, keys and values come of one dense layer, with a layer for each. */
import { ints, makeNode } from '../graph/build.ts';
import { type Edit, producers, startEdit } from '../graph/rewrite.ts';
import { elementCount, floatTensor, int64Tensor } from '../graph/tensor.ts';
import type { Graph, Node, Tensor } from '../graph/types.ts';
import { operators } from '../ops/index.ts';
import { isNormalGemm } from '../passes/match.ts';
import { attentionProducts } from './attention-layers.ts';

/** What only moves numbers: after it, each is still one of those of the dense layer. */
const MOVERS = new Set([
  'Reshape',
  'Transpose',
  'Squeeze',
  'Unsqueeze',
  'Split',
  'Slice',
  'Gather',
  'Flatten',
]);

/** float32 counts so far without gaps. */
const MAX_COUNTED = 2 ** 24;

/** How an operand of attention comes of a dense layer. */
type Origin = {
  readonly dense: Node;
  /** Nodes from the layer to the operand, each with which of its outputs goes on. */
  readonly way: readonly (readonly [node: Node, output: number])[];
  /** Product of the numbers that it is multiplied by on the way. */
  readonly factor: number;
};

/**
 * Law: outputs are unchanged, but for the rounding of a factor that goes into weights. Each operand of attention that shares its dense layer with others gets one of its own: that
 * what belongs to a head can be taken out of it. What moves numbers between them is run on their places, whatever its form: Split, Slice, Gather, heads before or behind the three.
 */
export function unpackAttention(graph: Graph): Graph {
  const made = producers(graph);
  const edit = startEdit(graph);
  const added = new Map<Node, readonly Node[]>();
  for (const { scores, mix } of attentionProducts(graph)) {
    const operands = [
      { node: scores, input: 0, turned: false },
      { node: scores, input: 1, turned: true },
      { node: mix, input: 1, turned: false },
    ].map((operand) => ({ ...operand, origin: originOf(graph, made, operand.node.inputs[operand.input]!) }));
    const packed = operands.filter(({ origin }, i) =>
      operands.some((other, k) => k !== i && origin !== null && other.origin?.dense === origin.dense),
    );
    for (const { node, input, turned, origin } of packed) {
      const { dense } = origin!;
      const nodes = unpacked(graph, edit, node.inputs[input]!, turned, origin!);
      added.set(dense, [...(added.get(dense) ?? []), ...nodes]);
    }
  }
  for (const [dense, nodes] of added) edit.replace(dense, dense, ...nodes);
  return edit.finish();
}

function originOf(graph: Graph, made: ReadonlyMap<string, Node>, operand: string): Origin | null {
  let way: Origin['way'] = [];
  let factor = 1;
  for (let name = operand; ; ) {
    const node = made.get(name);
    if (node === undefined) return null;
    if (isNormalGemm(node)) return { dense: node, way, factor };
    const computed = node.inputs.filter((input) => input !== '' && !graph.constants.has(input));
    if (computed.length !== 1) return null;
    const number =
      node.op === 'Mul' || (node.op === 'Div' && computed[0] === node.inputs[0])
        ? scalarBeside(graph, node)
        : null;
    if (number !== null) factor *= node.op === 'Mul' ? number : 1 / number;
    else if (MOVERS.has(node.op) && computed[0] === node.inputs[0])
      way = [[node, node.outputs.indexOf(name)], ...way];
    else return null;
    name = computed[0]!;
  }
}

function scalarBeside({ constants }: Graph, { inputs }: Node): number | null {
  const constant = inputs.map((name) => constants.get(name)).find((tensor) => tensor !== undefined);
  return constant?.data.length === 1 ? Number(constant.data[0]) : null;
}

/**
 * The nodes of a layer of its own.
 * @param turned whether the operand is [heads, size of a head, tokens], as keys are, in the place of [heads, tokens, size of a head]
 */
function unpacked(
  graph: Graph,
  edit: Edit,
  operand: string,
  turned: boolean,
  { dense, way, factor }: Origin,
): readonly Node[] {
  const { shape } = graph.values.get(operand)!;
  const [heads = 1, tokens = 1, size = 1] = turned
    ? [shape.at(-3), shape.at(-1), shape.at(-2)]
    : shape.slice(-3);
  const columns = columnsOf(graph, dense, way, [heads, tokens, size], turned);
  if (columns === null || shape.length > 4 || elementCount(shape) !== heads * tokens * size) return [];
  const [x = '', w = '', b = ''] = dense.inputs;
  const weights = graph.constants.get(w)!;
  const depth = weights.shape[1]!;
  const rows = Float32Array.from(
    { length: columns.length * depth },
    (_, i) => Number(weights.data[columns[Math.floor(i / depth)]! * depth + (i % depth)]) * factor,
  );
  const names = [edit.addConstant(`${operand}_weights`, floatTensor([columns.length, depth], rows))];
  if (b !== '') {
    const bias = graph.constants.get(b)!.data;
    const picked = Float32Array.from(
      columns,
      (column) => Number(bias[bias.length === 1 ? 0 : column]) * factor,
    );
    names.push(edit.addConstant(`${operand}_bias`, floatTensor([columns.length], picked)));
  }
  const value = (base: string, of: readonly number[]): string =>
    edit.addValue(`${operand}_${base}`, { dtype: 'float32', shape: of, quant: null });
  const lead = shape.slice(0, -3);
  const first = lead.length;
  const made = value('dense', [tokens, columns.length]);
  const parted = value('heads', [...lead, tokens, heads, size]);
  const perm = [...lead.keys(), ...(turned ? [1, 2, 0] : [1, 0, 2]).map((axis) => first + axis)];
  const moved = value('moved', shape);
  const to = edit.addConstant(`${operand}_shape`, int64Tensor([...lead, tokens, heads, size]));
  edit.redirect(operand, moved);
  return [
    makeNode('Gemm', [x, ...names], [made], dense.attributes),
    makeNode('Reshape', [made, to], [parted]),
    makeNode('Transpose', [parted], [moved], { perm: ints(perm) }),
  ];
}

/** The columns of the dense layer that an operand holds, [heads, size]; null where these are not the same for each of its rows, in their order. */
function columnsOf(
  graph: Graph,
  dense: Node,
  way: Origin['way'],
  [heads, tokens, size]: readonly [number, number, number],
  turned: boolean,
): readonly number[] | null {
  const { shape } = graph.values.get(dense.outputs[0]!)!;
  const [rows = 1, width = 1] = shape;
  if (rows !== tokens || elementCount(shape) > MAX_COUNTED) return null;
  const places = floatTensor(
    shape,
    Float32Array.from({ length: rows * width }, (_, i) => i),
  );
  const { data } = way.reduce<Tensor>((tensor, [node, output]) => {
    const operands = node.inputs.map((name, i) => (i === 0 ? tensor : (graph.constants.get(name) ?? null)));
    return operators.get(node.op)!.run(node, operands)[output]!;
  }, places);
  const columns: number[] = [];
  for (let head = 0; head < heads; head++) {
    for (let channel = 0; channel < size; channel++) {
      for (let token = 0; token < tokens; token++) {
        const place = turned
          ? (head * size + channel) * tokens + token
          : (head * tokens + token) * size + channel;
        const found = Number(data[place]);
        if (token === 0) columns.push(found);
        else if (found !== columns.at(-1)! + token * width) return null;
      }
    }
  }
  return columns.every((column) => column < width) ? columns : null;
}
