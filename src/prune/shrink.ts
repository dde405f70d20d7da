/** Smaller graphs: tokens, heads and neurons taken out, and every shape behind them anew. */
import { TinymlError } from '../diagnostics/errors.ts';
import { int, makeNode } from '../graph/build.ts';
import { uniqueName } from '../graph/rewrite.ts';
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
  return shapedAnew({ ...graph, constants, values, nodes }, new Map([[old, kept.length]]));
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
  const width = graph.constants.get(value.inputs[1]!)!.shape[0]!;
  const all = new Map([
    [heads, kept.length],
    [width, (width / heads) * kept.length],
  ]);
  return shapedAnew(pickColumns(picked, output, channels(output, 1)), all);
}

/** The graph with these neurons of a feed-forward part alone. */
export function keepNeurons(graph: Graph, { wide, narrow }: FeedForward, kept: readonly number[]): Graph {
  const [width = 0] = graph.constants.get(wide.inputs[1]!)!.shape;
  if (kept.length === width) return graph;
  return shapedAnew(pickColumns(pickRows(graph, wide, kept), narrow, kept), new Map([[width, kept.length]]));
}

function pickRows(graph: Graph, { inputs }: Node, rows: readonly number[]): Graph {
  const [, weights = '', bias = ''] = inputs;
  const { shape, data } = graph.constants.get(weights)!;
  const [, columns = 1] = shape;
  const picked = floatTensor(
    [rows.length, columns],
    Float32Array.from({ length: rows.length * columns }, (_, i) =>
      Number(data[rows[Math.floor(i / columns)]! * columns + (i % columns)]),
    ),
  );
  const smaller = withConstant(graph, weights, picked);
  if (bias === '') return smaller;
  const own = graph.constants.get(bias)!.data;
  return withConstant(
    smaller,
    bias,
    floatTensor(
      [rows.length],
      Float32Array.from(rows, (row) => Number(own[row])),
    ),
  );
}

function pickColumns(graph: Graph, { inputs }: Node, columns: readonly number[]): Graph {
  const { shape, data } = graph.constants.get(inputs[1]!)!;
  const [rows = 1, all = 1] = shape;
  const { length } = columns;
  const picked = Float32Array.from({ length: rows * length }, (_, i) =>
    Number(data[Math.floor(i / length) * all + columns[i % length]!]),
  );
  return withConstant(graph, inputs[1]!, floatTensor([rows, length], picked));
}

function withConstant(graph: Graph, name: string, tensor: Tensor): Graph {
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(name));
  if (readers.length > 1) {
    throw new TinymlError('E_OP', 'layers that share weights cannot be made smaller one by one', {
      at: `constant "${name}"`,
      hint: 'export the model with weights for every layer',
    });
  }
  const values = new Map(graph.values).set(name, { ...graph.values.get(name)!, shape: tensor.shape });
  return { ...graph, values, constants: new Map(graph.constants).set(name, tensor) };
}

/**
 * Shapes inferred once more. Where a Reshape says the old size of an axis, it gets the new one.
 * @param sizes of axes, from old to new
 * @throws TinymlError E_SHAPE naming the first node that cannot go on with fewer
 */
function shapedAnew(graph: Graph, sizes: ReadonlyMap<number, number>): Graph {
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
    const count = elementCount(values.get(x)!.shape);
    const wanted = Array.from(constants.get(target)!.data as BigInt64Array, Number);
    if (wanted.includes(-1) || elementCount(wanted) === count) return node;
    const fitting = smallerShapes(wanted, [...sizes]).find((shape) => elementCount(shape) === count);
    if (fitting === undefined) return node;
    const own = uniqueName(`${target}_pruned`, (taken) => values.has(taken));
    const tensor = int64Tensor(fitting);
    constants.set(own, tensor);
    values.set(own, { name: own, dtype: 'int64', shape: tensor.shape, quant: null });
    return { ...node, inputs: [x, own] };
  }
  return { ...graph, nodes, values, constants };
}

/** The shape with one axis of an old size made smaller, the first axes first. */
function smallerShapes(
  shape: readonly number[],
  sizes: readonly (readonly [number, number])[],
): readonly (readonly number[])[] {
  return shape.flatMap((size, axis) =>
    sizes.flatMap(([old, now]) =>
      size === old ? [shape.map((other, i) => (i === axis ? now : other))] : [],
    ),
  );
}
