/** The few pure helpers that passes are made of. */
import { TinymlError } from '../diagnostics/errors.ts';
import type { Graph, Node, Quant, Tensor, Value } from './types.ts';

/** The node that computes each value; model inputs and constants have none. */
export function producers(graph: Pick<Graph, 'nodes'>): ReadonlyMap<string, Node> {
  const map = new Map<string, Node>();
  for (const node of graph.nodes) for (const output of node.outputs) map.set(output, node);
  return map;
}

/** The nodes that read each value, each node once, in order. Values that nobody reads are absent. */
export function consumers(graph: Pick<Graph, 'nodes'>): ReadonlyMap<string, readonly Node[]> {
  const map = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(node.inputs)) {
      if (input === '') continue;
      const readers = map.get(input);
      if (readers) readers.push(node);
      else map.set(input, [node]);
    }
  }
  return map;
}

/** Names of the values that are model outputs. */
export function outputValues(graph: Pick<Graph, 'outputs'>): ReadonlySet<string> {
  return new Set(graph.outputs.map((port) => port.value));
}

/** The name itself if it is free, else with the smallest suffix `_1`, `_2` ... that is. */
export function uniqueName(base: string, isTaken: (name: string) => boolean): string {
  return uniqueNames(isTaken)(base);
}

/** The same, of names that stay taken: for many of one base in a time that grows with how many. */
export function uniqueNames(isTaken: (name: string) => boolean): (base: string) => string {
  /** Below these suffixes all names of a base are taken. */
  const from = new Map<string, number>();
  return (base) => {
    if (!isTaken(base)) return base;
    let suffix = from.get(base) ?? 1;
    while (isTaken(`${base}_${suffix}`)) suffix++;
    from.set(base, suffix);
    return `${base}_${suffix}`;
  };
}

export function sameQuant(a: Quant | null, b: Quant | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.dtype === b.dtype &&
    a.axis === b.axis &&
    a.fourBits?.group === b.fourBits?.group &&
    (a.fourBits === undefined) === (b.fourBits === undefined) &&
    a.scale.length === b.scale.length &&
    a.scale.every((scale, i) => scale === b.scale[i]) &&
    a.zeroPoint.every((zeroPoint, i) => zeroPoint === b.zeroPoint[i])
  );
}

/**
 * Nodes in an order in which every value is computed before it is read; nodes keep their relative order
 * where they can (Kahn's algorithm over positions). Linear up to the queue.
 * @throws TinymlError E_ONNX_INVALID naming the nodes of a cycle.
 */
export function sortTopologically(nodes: readonly Node[]): readonly Node[] {
  const producer = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const output of node.outputs) if (output !== '') producer.set(output, i);
  });
  const waiting = nodes.map(() => 0);
  const readers: number[][] = nodes.map(() => []);
  nodes.forEach((node, i) => {
    for (const input of new Set(node.inputs)) {
      const source = producer.get(input);
      if (source === undefined) continue;
      waiting[i]!++;
      readers[source]!.push(i);
    }
  });
  if (nodes.every((_, i) => readers[i]!.every((reader) => reader > i))) return nodes;

  const sorted: Node[] = [];
  const ready = nodes.flatMap((_, i) => (waiting[i] === 0 ? [i] : []));
  for (let next = 0; next < ready.length; next++) {
    const i = ready[next]!;
    sorted.push(nodes[i]!);
    for (const reader of readers[i]!) if (--waiting[reader]! === 0) ready.push(reader);
  }
  if (sorted.length < nodes.length) {
    const stuck = nodes.filter((_, i) => waiting[i]! > 0).map((node) => `node "${node.name}" (${node.op})`);
    throw new TinymlError('E_ONNX_INVALID', 'the graph has a cycle', { at: stuck.slice(0, 10) });
  }
  return sorted;
}

/** Law: outputs are unchanged. Drops the nodes, values and constants that no model output depends on. */
export function removeDead(graph: Graph): Graph {
  const live = new Set(graph.outputs.map((port) => port.value));
  const nodes: Node[] = [];
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i]!;
    if (!node.outputs.some((output) => live.has(output))) continue;
    for (const name of [...node.inputs, ...node.outputs]) live.add(name);
    nodes.push(node);
  }
  for (const port of graph.inputs) live.add(port.value);
  if (nodes.length === graph.nodes.length && [...graph.values.keys()].every((name) => live.has(name))) {
    return graph;
  }
  return {
    ...graph,
    nodes: nodes.reverse(),
    values: new Map([...graph.values].filter(([name]) => live.has(name))),
    constants: new Map([...graph.constants].filter(([name]) => live.has(name))),
  };
}

/**
 * A batch of changes to one graph, applied at once by `finish`, so that a pass costs one copy however much it
 * changes. The graph itself is never touched.
 */
export type Edit = {
  /** True if the node was replaced or removed in this batch: a second match on it must wait for the next round. */
  readonly isEdited: (node: Node) => boolean;
  /** Puts `replacement` in the place of the node; none removes it. */
  readonly replace: (node: Node, ...replacement: readonly Node[]) => void;
  /** Every reader of `from`, model outputs included, reads `to`. */
  readonly redirect: (from: string, to: string) => void;
  /** Adds a value, or replaces the one of the same name. */
  readonly setValue: (value: Value) => void;
  /** Adds a constant and its value under a fresh name made from `base`; gives the name. */
  readonly addConstant: (base: string, tensor: Tensor, quant?: Quant | null) => string;
  /** Adds a value under a fresh name made from `base`; gives the name. */
  readonly addValue: (base: string, value: Omit<Value, 'name'>) => string;
  /** The changed graph without what is dead now; the same object if nothing was changed. */
  readonly finish: () => Graph;
};

export function startEdit(graph: Graph): Edit {
  const replaced = new Map<Node, readonly Node[]>();
  const redirected = new Map<string, string>();
  const values = new Map<string, Value>();
  const constants = new Map<string, Tensor>();

  const freshName = (base: string) => uniqueName(base, (name) => graph.values.has(name) || values.has(name));

  /** End of the chain of redirections, with the path shortened for the next question. */
  const target = (name: string): string => {
    let end = name;
    for (let next = redirected.get(end); next !== undefined; next = redirected.get(end)) end = next;
    for (let step = name; step !== end; ) {
      const next = redirected.get(step)!;
      redirected.set(step, end);
      step = next;
    }
    return end;
  };

  const addValue: Edit['addValue'] = (base, value) => {
    const name = freshName(base);
    values.set(name, { ...value, name });
    return name;
  };

  return {
    isEdited: (node) => replaced.has(node),
    replace: (node, ...replacement) => {
      replaced.set(node, replacement);
    },
    redirect: (from, to) => {
      if (target(to) !== from) redirected.set(from, to);
    },
    setValue: (value) => {
      values.set(value.name, value);
    },
    addConstant: (base, tensor, quant = null) => {
      const dtype = quant === null ? tensor.dtype : 'float32';
      const name = addValue(base, { dtype, shape: tensor.shape, quant });
      constants.set(name, tensor);
      return name;
    },
    addValue,
    finish: () => {
      if (replaced.size + redirected.size + values.size === 0) return graph;
      const readThrough = (node: Node): Node =>
        node.inputs.some((input) => redirected.has(input))
          ? { ...node, inputs: node.inputs.map(target) }
          : node;
      return removeDead({
        ...graph,
        nodes: graph.nodes.flatMap((node) => (replaced.get(node) ?? [node]).map(readThrough)),
        outputs: graph.outputs.map((port) => ({ ...port, value: target(port.value) })),
        values: values.size === 0 ? graph.values : new Map([...graph.values, ...values]),
        constants: constants.size === 0 ? graph.constants : new Map([...graph.constants, ...constants]),
      });
    },
  };
}
