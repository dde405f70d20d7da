import { int, makeNode } from '../graph/build.ts';
import { type Edit, startEdit } from '../graph/rewrite.ts';
import { floatTensor, int64Tensor } from '../graph/tensor.ts';
import type { Graph, Node } from '../graph/types.ts';
import { stringAttribute } from '../ops/attributes.ts';
import { type GraphView, quantOf, viewGraph } from './match.ts';
import { scatteredRuns } from './scatter-to-gather.ts';

/** What an update joins with, and what leaves a number as it is: null for the number itself. */
const JOINS: ReadonlyMap<string, readonly [op: string, neutral: number | null]> = new Map([
  ['add', ['Add', 0]],
  ['mul', ['Mul', 1]],
  ['max', ['Max', null]],
  ['min', ['Min', null]],
]);

/** A place with more updates than these is summed by a matrix, or left. */
const MOST_ROUNDS = 16;

/** Elements of a matrix of zeros and ones that is worth its flash. */
const LARGEST_MATRIX = 2 ** 18;

/**
 * Law: what is joined with numbers at constant places is gathered from the updates, the first of each place, then the second, and joined
 * place by place; sums of many are a product with a matrix of zeros and ones. Of float graphs: what stands between gets a scale of its own.
 */
export function expandScatter(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    if (node.op !== 'ScatterElements' && node.op !== 'ScatterND') continue;
    const join = JOINS.get(stringAttribute(node, 'reduction', 'none'));
    const [y = ''] = node.outputs;
    const isReal = graph.values.get(y)!.dtype === 'float32' && quantOf(view, y) === null;
    if (join !== undefined && isReal && graph.constants.has(node.inputs[1]!)) expand(view, edit, node, join);
  }
  return edit.finish();
}

function expand(
  view: GraphView,
  edit: Edit,
  node: Node,
  [op, neutral]: readonly [op: string, neutral: number | null],
): void {
  const [x, , updates] = node.inputs as readonly [string, string, string];
  const [y] = node.outputs as readonly [string];
  const { shape, runs, length, offsets } = scatteredRuns(view, node);
  const hits = Array.from({ length: runs }, (): number[] => []);
  offsets.forEach((offset, i) => {
    hits[offset / length]!.push(i);
  });
  const rounds = hits.reduce((most, { length: count }) => Math.max(most, count), 0);
  const sums = op === 'Add' && rounds > 2 && runs * offsets.length <= LARGEST_MATRIX;
  if (!sums && rounds > MOST_ROUNDS) return;
  const nodes: Node[] = [];
  const append = (what: string, inputs: readonly string[], rows: number, axis?: number): string => {
    const value = edit.addValue(`${y}_${what}`, { dtype: 'float32', shape: [rows, length], quant: null });
    nodes.push(makeNode(what, inputs, [value], axis === undefined ? {} : { axis: int(axis) }));
    return value;
  };
  const rowsOf = (name: string, rows: number): string => {
    const tensor = view.graph.constants.get(name);
    if (tensor !== undefined) return edit.addConstant(name, { ...tensor, shape: [rows, length] });
    return append('Reshape', [name, edit.addConstant(`${name}_shape`, int64Tensor([rows, length]))], rows);
  };
  const [old, fresh] = [rowsOf(x, runs), rowsOf(updates, offsets.length)];
  let made = old;
  if (sums) {
    const matrix = new Float32Array(runs * offsets.length);
    offsets.forEach((offset, i) => {
      matrix[(offset / length) * offsets.length + i] = 1;
    });
    const ones = edit.addConstant(`${y}_ones`, floatTensor([runs, offsets.length], matrix));
    made = append('Add', [made, append('MatMul', [ones, fresh], runs)], runs);
  } else if (rounds > 0) {
    const rest =
      neutral === null
        ? old
        : edit.addConstant(`${y}_neutral`, floatTensor([1, length], new Float32Array(length).fill(neutral)));
    const behind = offsets.length + (neutral === null ? runs : 1);
    const both = append('Concat', [fresh, rest], behind, 0);
    for (let round = 0; round < rounds; round++) {
      const own = (run: number): number => offsets.length + (neutral === null ? run : 0);
      const order = hits.map((list, run) => list[round] ?? own(run));
      const places = edit.addConstant(`${y}_places`, int64Tensor(order));
      made = append(op, [made, append('Gather', [both, places], runs, 0)], runs);
    }
  }
  const whole = edit.addConstant(`${y}_shape`, int64Tensor(shape));
  edit.replace(node, ...nodes, makeNode('Reshape', [made, whole], [y], {}, node.name));
}
