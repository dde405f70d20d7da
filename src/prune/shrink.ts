/** Smaller graphs: tokens, heads and neurons taken out, and every shape behind them anew. */
import { TinymlError } from '../diagnostics/errors.ts';
import { int, makeNode } from '../graph/build.ts';
import { removeDead, uniqueName } from '../graph/rewrite.ts';
import { elementCount, floatTensor, int64Tensor } from '../graph/tensor.ts';
import type { Graph, Node, Tensor, Value } from '../graph/types.ts';
import { operators } from '../ops/index.ts';
import type { AttentionLayer, FeedForward } from './attention-layers.ts';

/** The graph in which a value [1, tokens, width] goes on with these tokens alone: neighbours as Slices, joined by a Concat. */
export function keepTokens(graph: Graph, stream: string, kept: readonly number[]): Graph {
  const old = graph.values.get(stream)!.shape[1]!;
  if (kept.length === old) return graph;
  const constants = new Map(graph.constants);
  const values = new Map(graph.values);
  const name = (base: string): string => uniqueName(base, (taken) => values.has(taken));
  const constant = (base: string, ...numbers: readonly number[]): string => {
    const own = name(base);
    const tensor = int64Tensor(numbers);
    constants.set(own, tensor);
    values.set(own, { name: own, dtype: 'int64', shape: tensor.shape, quant: null });
    return own;
  };
  const make = (op: string, base: string, inputs: readonly string[], axis: number | null): Node => {
    const own = name(base);
    values.set(own, { ...graph.values.get(stream)!, name: own });
    return makeNode(op, inputs, [own], axis === null ? {} : { axis: int(axis) }, own);
  };
  const slices = runsOf(kept).map(([first, end]) => {
    const base = `${stream}_tokens_${first}`;
    const bounds = [
      constant(`${base}_from`, first),
      constant(`${base}_to`, end),
      constant(`${base}_axis`, 1),
    ];
    return make('Slice', base, [stream, ...bounds], null);
  });
  const outputs = slices.map((node) => node.outputs[0]!);
  const joined = slices.length === 1 ? [] : [make('Concat', `${stream}_tokens`, outputs, 1)];
  const last = [...slices, ...joined].at(-1)!.outputs[0]!;
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    const redirected = { ...node, inputs: node.inputs.map((input) => (input === stream ? last : input)) };
    return node.outputs.includes(stream) ? [node, ...slices, ...joined] : [redirected];
  });
  return shapedAnew({ ...graph, constants, values, nodes });
}

/** [first, end) of neighbours. */
function runsOf(kept: readonly number[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const index of kept) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === index) last[1] = index + 1;
    else runs.push([index, index + 1]);
  }
  return runs;
}

/** The graph with these heads of a layer alone. */
export function keepHeads(graph: Graph, layer: AttentionLayer, kept: readonly number[]): Graph {
  const { heads, dense } = layer;
  if (kept.length === heads) return graph;
  const [query, key, value, output] = dense;
  const channels = (node: Node, axis: 0 | 1): readonly number[] => {
    const width = graph.constants.get(node.inputs[1]!)!.shape[axis]! / heads;
    return kept.flatMap((head) => Array.from({ length: width }, (_, i) => head * width + i));
  };
  const picked = [query, key, value].reduce(
    (smaller, node) => pickRows(smaller, node, channels(node, 0)),
    graph,
  );
  return shapedAnew(pickColumns(picked, output, channels(output, 1)));
}

/** The graph with these neurons of a feed-forward part alone. */
export function keepNeurons(graph: Graph, { wide, narrow }: FeedForward, kept: readonly number[]): Graph {
  const [width = 0] = graph.constants.get(wide.inputs[1]!)!.shape;
  if (kept.length === width) return graph;
  return shapedAnew(pickColumns(pickRows(graph, wide, kept), narrow, kept));
}

function pickRows(graph: Graph, node: Node, rows: readonly number[]): Graph {
  const [, weights = '', bias = ''] = node.inputs;
  const { shape, data } = graph.constants.get(weights)!;
  const [, columns = 1] = shape;
  const picked = floatTensor(
    [rows.length, columns],
    Float32Array.from({ length: rows.length * columns }, (_, i) =>
      Number(data[rows[Math.floor(i / columns)]! * columns + (i % columns)]),
    ),
  );
  const smaller = withConstant(graph, node, 1, picked);
  if (bias === '') return smaller;
  const own = graph.constants.get(bias)!.data;
  const kept = Float32Array.from(rows, (row) => Number(own[own.length === 1 ? 0 : row]));
  return withConstant(smaller, node, 2, floatTensor([rows.length], kept));
}

function pickColumns(graph: Graph, node: Node, columns: readonly number[]): Graph {
  const { shape, data } = graph.constants.get(node.inputs[1]!)!;
  const [rows = 1, all = 1] = shape;
  const { length } = columns;
  const picked = Float32Array.from({ length: rows * length }, (_, i) =>
    Number(data[Math.floor(i / length) * all + columns[i % length]!]),
  );
  return withConstant(graph, node, 1, floatTensor([rows, length], picked));
}

/** The graph in which the node reads this constant: others that read the old one go on with it. */
function withConstant(graph: Graph, node: Node, input: number, tensor: Tensor): Graph {
  const name = uniqueName(`${node.inputs[input]}_pruned`, (taken) => graph.values.has(taken));
  const values = new Map(graph.values).set(name, {
    ...graph.values.get(node.inputs[input]!)!,
    name,
    shape: tensor.shape,
  });
  const nodes = graph.nodes.map((other) =>
    other.outputs[0] === node.outputs[0] ? { ...other, inputs: other.inputs.with(input, name) } : other,
  );
  return removeDead({ ...graph, nodes, values, constants: new Map(graph.constants).set(name, tensor) });
}

/**
 * Shapes inferred once more. Of a Reshape that axis gets smaller before which as many elements lie as before the one that did.
 * @throws TinymlError E_SHAPE naming the first node that cannot go on with fewer
 */
function shapedAnew(graph: Graph): Graph {
  const values = new Map<string, Value>(graph.values);
  const constants = new Map(graph.constants);
  const info = (name: string) => {
    if (name === '') return null;
    const { dtype, shape } = values.get(name)!;
    return { dtype, shape, data: constants.get(name)?.data ?? null };
  };
  const nodes = graph.nodes.map((node): Node => {
    const changed = node.op === 'Reshape' ? reshaped(node) : node;
    try {
      const outputs = operators.get(changed.op)!.infer(changed, changed.inputs.map(info));
      changed.outputs.forEach((name, i) => {
        if (name !== '') values.set(name, { ...values.get(name)!, shape: outputs[i]!.shape });
      });
    } catch (error) {
      if (!(error instanceof TinymlError)) throw error;
      throw new TinymlError(
        'E_SHAPE',
        `the model cannot go on with fewer of what it computes: ${error.message}`,
        {
          at: `node "${node.name}" (${node.op})`,
          hint: 'it has a constant for each token, head or neuron here: prune the others',
        },
      );
    }
    return changed;
  });

  function reshaped(node: Node): Node {
    const [x = '', target = ''] = node.inputs;
    const [old, now] = [graph.values.get(x)!.shape, values.get(x)!.shape];
    const wanted = Array.from(constants.get(target)!.data as BigInt64Array, Number);
    if (wanted.includes(-1) || elementCount(wanted) === elementCount(now)) return node;
    const fitting = smallerShape(wanted, old, now);
    if (fitting === null) return node;
    const own = uniqueName(`${target}_pruned`, (taken) => values.has(taken));
    const tensor = int64Tensor(fitting);
    constants.set(own, tensor);
    values.set(own, { name: own, dtype: 'int64', shape: tensor.shape, quant: null });
    return { ...node, inputs: [x, own] };
  }
  return { ...graph, nodes, values, constants };
}

/** @param wanted what `old` was reshaped to; null where no axis of it can be what got smaller */
function smallerShape(
  wanted: readonly number[],
  old: readonly number[],
  now: readonly number[],
): readonly number[] | null {
  const changed = old.findIndex((size, axis) => size !== now[axis]);
  const before = elementCount(old.slice(0, changed));
  const axis = wanted.findIndex((size, i) => size > 1 && elementCount(wanted.slice(0, i)) === before);
  const size = ((wanted[axis] ?? 0) * now[changed]!) / old[changed]!;
  const shape = wanted.map((dim, i) => (i === axis ? size : dim));
  return Number.isInteger(size) && elementCount(shape) === elementCount(now) ? shape : null;
}
