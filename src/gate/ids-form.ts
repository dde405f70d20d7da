/**
 * Gated models for runtimes that compute batches, but no parts of tensors (TensorRT): the gate, the stage behind it and the
 * rest as models of their own. The stage takes the numbers of patches as an input, gathers these patches with what lies around
 * them into a batch, computes its layers without padding, and scatters the results into those of the frame before.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import { type GraphBuilder, graphBuilder, int, ints } from '../graph/build.ts';
import { PATCH_GATE, PATCH_REUSE } from '../graph/own-operators.ts';
import { consumers, removeDead } from '../graph/rewrite.ts';
import { floatTensor, int64Tensor } from '../graph/tensor.ts';
import type { Graph, Node, Port, StateTie } from '../graph/types.ts';
import { intAttribute, stringsAttribute } from '../ops/attributes.ts';
import type { Window } from '../ops/window.ts';
import { resolveModel } from '../passes/resolve.ts';
import { type Layer, type Stage, stageOf } from './stages.ts';

type IdsForm = {
  /** Frame and state in; the blended frame, the mask, and `stale` [1, 1, rows, columns] out: 1 for patches of the stage to compute. */
  readonly gate: Graph;
  /**
   * Blended frame, `ids` (int64 [K], the places of ones in `stale`, row by row) and what it gave before in; the same out, those
   * patches computed anew. For a frame without any it is not run. K is any number up to that of all patches; the same patch may
   * be named again.
   */
  readonly stage: Graph;
  /** What of the outputs of the stage goes into which of its inputs for the next frame: results and state at once. */
  readonly caches: readonly StateTie[];
  /** What the stage gave in, the outputs of the model out; null where these are the same. */
  readonly rest: Graph | null;
};

/** The number of patches to compute, as the file calls it. */
export const IDS_DIMENSION = 'K';
export const IDS_INPUT = 'ids';

/** The value of the stage that holds tiles of a value of the model. */
export const tileName = (value: string): string => `${value}_tiles`;

/** @throws TinymlError E_OP for graphs of another form than `insertGate` gives with one exact gate, and layers without this form */
export function idsForm(graph: Graph): IdsForm {
  const gates = graph.nodes.filter(({ op }) => op === PATCH_GATE);
  const [gate] = gates;
  if (gate === undefined || gates.length > 1 || graph.nodes.some(({ op }) => op === PATCH_REUSE)) {
    throw new TinymlError('E_OP', 'only a model with one gate in exact mode has the form with ids', {
      at: gates.map(({ name }) => `node "${name}"`),
      hint: 'make it with --layers auto and --mode exact',
    });
  }
  const stage = gatedStage(graph, gate);
  const patch = intAttribute(gate, 'patch', 0);
  const tiles = tilesOf(graph, stage, patch);
  return {
    gate: gateModel(graph, gate, tiles),
    stage: stageModel(graph, stage, tiles),
    caches: tiles.outputs.map(({ value }) => ({ input: cacheOf(value), output: value })),
    rest: restModel(graph, gate, stage, tiles),
  };
}

/** The layers that are gated: those before the ends of the gate. */
function gatedStage(graph: Graph, gate: Node): Stage {
  const ends = new Set(stringsAttribute(gate, 'ends', []));
  const all = stageOf(graph, gate.outputs[0]!);
  const inside = new Set([all.value]);
  const layers = all.layers.filter(({ value, reads }) => {
    if (ends.has(value) || !reads.every((name) => inside.has(name))) return false;
    inside.add(value);
    return true;
  });
  if (layers.length > 0) return { ...all, layers };
  throw new TinymlError('E_OP', 'no layer follows the gate', { at: `node "${gate.name}"` });
}

/** Pixels along both axes, from the corner of a patch: half-open, negative for those before it. */
type Span = { readonly from: readonly [number, number]; readonly to: readonly [number, number] };

type Tiles = {
  readonly patch: number;
  readonly rows: number;
  readonly columns: number;
  /** What is needed of each value for one patch of the outputs of the stage. */
  readonly spans: ReadonlyMap<string, Span>;
  /** Values that the rest of the model reads, in order. */
  readonly outputs: readonly Layer[];
  /** Side of a patch in each value. */
  readonly sides: ReadonlyMap<string, number>;
};

function tilesOf(graph: Graph, stage: Stage, patch: number): Tiles {
  const [, , height = 0, width = 0] = stage.shape;
  const [rows, columns] = [height / patch, width / patch];
  const sides = new Map([[stage.value, patch]]);
  for (const layer of stage.layers) sides.set(layer.value, sideOf(graph, layer, rows, columns));
  const inside = new Set(stage.layers.flatMap(({ nodes }) => nodes));
  const readers = consumers(graph);
  const outputs = stage.layers.filter(
    ({ value }) =>
      graph.outputs.some((port) => port.value === value) ||
      (readers.get(value) ?? []).some((reader) => !inside.has(reader)),
  );
  const spans = new Map<string, Span>();
  const need = (value: string, span: Span): void => {
    const before = spans.get(value);
    spans.set(value, before === undefined ? span : around(before, span));
  };
  for (const { value } of outputs) {
    const side = sides.get(value)!;
    need(value, { from: [0, 0], to: [side, side] });
  }
  for (const layer of stage.layers.toReversed()) {
    const span = spans.get(layer.value);
    if (span !== undefined) for (const name of layer.reads) need(name, readSpan(layer, span));
  }
  return { patch, rows, columns, spans, outputs, sides };
}

/** @throws TinymlError E_OP for a layer whose patches are no whole pixels, or whose padding is more than zeros */
function sideOf(graph: Graph, layer: Layer, rows: number, columns: number): number {
  const [, , height = 0, width = 0] = layer.shape;
  const side = height / rows;
  if (!Number.isInteger(side) || side * columns !== width) {
    throw noForm(layer, `its ${height}x${width} pixels are not cut by ${rows}x${columns} patches`);
  }
  if (layer.op !== 'Conv' && layer.window !== null && readsBeyond(layer.window)) {
    throw noForm(layer, `the padding of ${layer.op} is not zeros`);
  }
  for (const name of layer.nodes.flatMap(({ inputs }) => inputs.slice(1))) {
    const { shape } = graph.constants.get(name) ?? { shape: [] };
    if (layer.window === null && shape.slice(-2).some((size) => size > 1) && shape.length > 2) {
      throw noForm(layer, `"${name}" is another number at every place`);
    }
  }
  return side;
}

function noForm(layer: Layer, why: string): TinymlError {
  return new TinymlError('E_OP', `a layer has no form with ids: ${why}`, {
    at: `node "${layer.name}" (${layer.op})`,
    hint: 'take other patches with --patch, or gate a value behind this layer with --layers',
  });
}

function readsBeyond({ input, output, kernel, strides, dilations, padBegin }: Window): boolean {
  return input.some(
    (size, axis) =>
      padBegin[axis]! > 0 ||
      (output[axis]! - 1) * strides[axis]! + (kernel[axis]! - 1) * dilations[axis]! + 1 > size,
  );
}

const both = <T>(make: (axis: 0 | 1) => T): readonly [T, T] => [make(0), make(1)];

function around(a: Span, b: Span): Span {
  return {
    from: both((axis) => Math.min(a.from[axis], b.from[axis])),
    to: both((axis) => Math.max(a.to[axis], b.to[axis])),
  };
}

/** What a layer reads for a part of its output. */
function readSpan({ window }: Layer, span: Span): Span {
  if (window === null) return span;
  const start = (at: number, axis: 0 | 1): number => at * window.strides[axis]! - window.padBegin[axis]!;
  return {
    from: both((axis) => start(span.from[axis], axis)),
    to: both(
      (axis) => start(span.to[axis] - 1, axis) + (window.kernel[axis]! - 1) * window.dilations[axis]! + 1,
    ),
  };
}

/** The gate alone, and which patches of the stage depend on active ones. */
function gateModel(graph: Graph, gate: Node, { patch, rows, columns, spans }: Tiles): Graph {
  const [blended = '', mask = ''] = gate.outputs;
  const span = spans.get(blended)!;
  const before = both((axis) => -Math.floor(span.from[axis] / patch));
  const after = both((axis) => Math.ceil(span.to[axis] / patch) - 1);
  const stale = `${mask}_stale`;
  const reach: Node = {
    name: stale,
    op: 'MaxPool',
    inputs: [mask],
    outputs: [stale],
    attributes: {
      kernel_shape: ints(both((axis) => before[axis] + after[axis] + 1)),
      pads: ints([...before, ...after]),
    },
  };
  const own = new Set(gateState(graph, gate));
  const outputs = graph.outputs.filter(({ name }) => own.has(name));
  const real = (name: string, value: string): Port => ({ name, value, dtype: 'float32' });
  const whole = removeDead({
    ...graph,
    nodes: [...graph.nodes, reach],
    outputs: [...outputs, real('mask', mask), real('stale', stale)],
    values: new Map([
      ...graph.values,
      [stale, { name: stale, dtype: 'float32', shape: [1, 1, rows, columns], quant: null }],
    ]),
    state: graph.state.filter(({ output }) => own.has(output)),
  });
  return withReadInputs(whole);
}

/** Outputs of the model that are state of the gate: what its own nodes make. */
function gateState(graph: Graph, gate: Node): readonly string[] {
  const made = removeDead({
    ...graph,
    outputs: gate.outputs.map((value) => ({ name: value, value, dtype: 'float32' as const })),
  }).nodes.flatMap(({ outputs }) => outputs);
  return graph.state
    .filter(({ output }) => made.includes(graph.outputs.find(({ name }) => name === output)!.value))
    .map(({ output }) => output);
}

/** Without the inputs that nothing reads. */
function withReadInputs(graph: Graph): Graph {
  const read = new Set([
    ...graph.nodes.flatMap(({ inputs }) => inputs),
    ...graph.outputs.map(({ value }) => value),
  ]);
  const inputs = graph.inputs.filter(({ value }) => read.has(value));
  const dropped = new Set(graph.inputs.filter((port) => !inputs.includes(port)).map(({ value }) => value));
  return {
    ...graph,
    inputs,
    values: new Map([...graph.values].filter(([name]) => !dropped.has(name))),
  };
}

/** What is behind the stage. */
function restModel(graph: Graph, gate: Node, stage: Stage, { outputs }: Tiles): Graph | null {
  const inside = new Set(stage.layers.flatMap(({ nodes }) => nodes));
  const given = [stage.value, ...outputs.map(({ value }) => value)];
  const own = new Set(gateState(graph, gate));
  const state = graph.state.filter(({ output }) => !own.has(output));
  const results = graph.outputs.filter(({ name }) => !own.has(name));
  const inputs = given.map((value): Port => ({ name: value, value, dtype: 'float32' }));
  const made = new Set(given);
  const nodes = graph.nodes.filter(
    (node) => !inside.has(node) && !node.outputs.some((name) => made.has(name)),
  );
  const rest = withReadInputs(
    removeDead({ ...graph, nodes, inputs: [...graph.inputs, ...inputs], outputs: results, state }),
  );
  return rest.nodes.length === 0 ? null : rest;
}

/** A part of a value, gathered for every patch: [K, channels, height, width]. */
type Tile = { readonly name: string; readonly span: Span };

const cacheOf = (value: string): string => `${value}_before`;

function stageModel(graph: Graph, stage: Stage, tiles: Tiles): Graph {
  const { rows, columns, spans, outputs } = tiles;
  const b = graphBuilder('stage');
  const numbers = numberedNames(b);
  const frame = b.input(stage.value, stage.shape);
  const ids = b.input(IDS_INPUT, [rows * columns], { dtype: 'int64' });
  const caches = outputs.map(({ value, shape }) => b.input(cacheOf(value), shape));
  const known = new Map<string, Tile>();
  known.set(stage.value, gatherTiles(b, numbers, frame, ids, stage, tiles));
  const windowReads = new Set(stage.layers.flatMap(({ window, reads }) => (window === null ? [] : reads)));
  for (const layer of stage.layers) {
    const span = spans.get(layer.value);
    if (span === undefined) continue;
    const wanted = readSpan(layer, span);
    const cut = (name: string): string => cutTile(b, numbers, known.get(name)!, wanted);
    let last = '';
    for (const node of layer.nodes) {
      const inputs = node.inputs.map((name) => {
        if (name === '') return '';
        const tensor = graph.constants.get(name);
        if (tensor !== undefined) return numbers.constant(name, tensor);
        return known.has(name) ? cut(name) : last;
      });
      last = b.node(node.op, inputs, { name: tileName(node.outputs[0]!), attributes: withoutPadding(node) });
    }
    const tile = { name: last, span };
    const masked = windowReads.has(layer.value) ? zeroOutside(b, numbers, tile, layer, ids, tiles) : tile;
    known.set(layer.value, masked);
  }
  outputs.forEach((layer, i) => {
    const side = tiles.sides.get(layer.value)!;
    const whole = { from: [0, 0], to: [side, side] } as const;
    const tile = cutTile(b, numbers, known.get(layer.value)!, whole);
    b.output(scatterTiles(b, numbers, tile, caches[i]!, ids, layer, tiles), { name: layer.value });
  });
  return resolveModel(b.model());
}

/** Attributes of a window that reads just what it is given. */
function withoutPadding({ op, attributes }: Node): Node['attributes'] {
  if (op !== 'Conv' && op !== 'MaxPool' && op !== 'AveragePool') return attributes;
  const { pads: _, auto_pad: __, ceil_mode: ___, ...others } = attributes;
  return others;
}

/** Constants under names that are free. */
type Numbers = {
  readonly ints: (wanted: string, values: readonly number[], shape?: readonly number[]) => string;
  readonly constant: (wanted: string, tensor: Parameters<GraphBuilder['constant']>[1]) => string;
  readonly name: (wanted: string) => string;
};

function numberedNames(b: GraphBuilder): Numbers {
  let count = 0;
  const name = (wanted: string): string => `${wanted}_${count++}`;
  return {
    name,
    ints: (wanted, values, shape = [values.length]) =>
      b.constant(name(wanted), { ...int64Tensor(values), shape }),
    constant: (wanted, tensor) => b.constant(name(wanted), tensor),
  };
}

const sizeOf = ({ from, to }: Span): readonly [number, number] => both((axis) => to[axis] - from[axis]);

/** Places in a plane of `width` pixels: where patch `id` begins, and what lies from there. */
function placesOf(
  b: GraphBuilder,
  numbers: Numbers,
  ids: string,
  { rows, columns }: Pick<Tiles, 'rows' | 'columns'>,
  begin: (row: number, column: number) => number,
  [high, wide]: readonly [number, number],
  width: number,
): string {
  const begins = Array.from({ length: rows * columns }, (_, id) =>
    begin(Math.floor(id / columns), id % columns),
  );
  const inside = Array.from({ length: high * wide }, (_, at) => Math.floor(at / wide) * width + (at % wide));
  const first = b.node('Gather', [numbers.ints('begins', begins), ids], {
    name: numbers.name('begin'),
    dtype: 'int64',
  });
  const column = b.node('Unsqueeze', [first, numbers.ints('axis', [1])], {
    name: numbers.name('begin_column'),
    dtype: 'int64',
  });
  return b.node('Add', [column, numbers.ints('inside', inside, [1, inside.length])], {
    name: numbers.name('places'),
    dtype: 'int64',
  });
}

function gatherTiles(
  b: GraphBuilder,
  numbers: Numbers,
  frame: string,
  ids: string,
  { value, shape }: Stage,
  tiles: Tiles,
): Tile {
  const [, channels = 0, height = 0, width = 0] = shape;
  const { patch, spans } = tiles;
  const span = spans.get(value)!;
  const before = both((axis) => Math.max(0, -span.from[axis]));
  const after = both((axis) => Math.max(0, span.to[axis] - patch));
  const pads = numbers.ints('pads', [0, 0, ...before, 0, 0, ...after]);
  const padded = b.node('Pad', [frame, pads], { name: numbers.name('padded') });
  const [high, wide] = [height + before[0] + after[0], width + before[1] + after[1]];
  const flat = b.node('Reshape', [padded, numbers.ints('plane', [channels, high * wide])], {
    name: numbers.name('flat'),
  });
  const [dy, dx] = both((axis) => span.from[axis] + before[axis]);
  const begin = (row: number, column: number): number => (row * patch + dy) * wide + column * patch + dx;
  const size = sizeOf(span);
  const places = placesOf(b, numbers, ids, tiles, begin, size, wide);
  const gathered = b.node('Gather', [flat, places], {
    name: numbers.name('gathered'),
    attributes: { axis: int(1) },
  });
  const turned = b.node('Transpose', [gathered], {
    name: numbers.name('by_patch'),
    attributes: { perm: ints([1, 0, 2]) },
  });
  const shapes = numbers.ints('tile', [-1, channels, ...size]);
  return { name: b.node('Reshape', [turned, shapes], { name: numbers.name('tiles') }), span };
}

/** A part of tiles. */
function cutTile(b: GraphBuilder, numbers: Numbers, { name, span }: Tile, wanted: Span): string {
  const starts = both((axis) => wanted.from[axis] - span.from[axis]);
  const ends = both((axis) => wanted.to[axis] - span.from[axis]);
  const size = sizeOf(span);
  if (starts.every((start) => start === 0) && ends.every((end, axis) => end === size[axis])) return name;
  const bounds = [numbers.ints('starts', starts), numbers.ints('ends', ends), numbers.ints('axes', [2, 3])];
  return b.node('Slice', [name, ...bounds], { name: numbers.name(`${name}_cut`) });
}

/** Tiles that are zero outside of the frame, as padding is: rows and columns that lie in it, by patch. */
function zeroOutside(
  b: GraphBuilder,
  numbers: Numbers,
  tile: Tile,
  { value, shape }: Layer,
  ids: string,
  { rows, columns, sides }: Tiles,
): Tile {
  const { span } = tile;
  const side = sides.get(value)!;
  const [high, wide] = sizeOf(span);
  const axes = [
    { axis: 0 as const, length: high, place: (id: number) => Math.floor(id / columns), shape: [1, high, 1] },
    { axis: 1 as const, length: wide, place: (id: number) => id % columns, shape: [1, 1, wide] },
  ];
  return axes.reduce<Tile>((masked, { axis, length, place, shape: one }) => {
    if (span.from[axis] >= 0 && span.to[axis] <= side) return masked;
    const size = shape[2 + axis]!;
    const inFrame = Array.from({ length: rows * columns * length }, (_, at) => {
      const pixel = place(Math.floor(at / length)) * side + span.from[axis] + (at % length);
      return Number(pixel >= 0 && pixel < size);
    });
    const table = numbers.constant('in_frame', floatTensor([rows * columns, ...one], inFrame));
    const mask = b.node('Gather', [table, ids], { name: numbers.name('is_in_frame') });
    return { name: b.node('Mul', [masked.name, mask], { name: numbers.name(`${value}_framed`) }), span };
  }, tile);
}

/** The value with the tiles of the patches in it. */
function scatterTiles(
  b: GraphBuilder,
  numbers: Numbers,
  tile: string,
  cache: string,
  ids: string,
  { value, shape }: Layer,
  tiles: Tiles,
): string {
  const [, channels = 0, height = 0, width = 0] = shape;
  const side = tiles.sides.get(value)!;
  const begin = (row: number, column: number): number => (row * width + column) * side;
  const places = placesOf(b, numbers, ids, tiles, begin, [side, side], width);
  const row = b.node('Reshape', [places, numbers.ints('row', [1, -1])], {
    name: numbers.name('places_row'),
    dtype: 'int64',
  });
  const spread = b.node('Expand', [row, numbers.ints('channels', [channels, 1])], {
    name: numbers.name('places_all'),
    dtype: 'int64',
  });
  const turned = b.node('Transpose', [tile], {
    name: numbers.name('by_channel'),
    attributes: { perm: ints([1, 0, 2, 3]) },
  });
  const updates = b.node('Reshape', [turned, numbers.ints('updates', [channels, -1])], {
    name: numbers.name('updates'),
  });
  const plane = numbers.ints('plane', [channels, height * width]);
  const flat = b.node('Reshape', [cache, plane], { name: numbers.name('before') });
  const scattered = b.node('ScatterElements', [flat, spread, updates], {
    name: numbers.name('scattered'),
    attributes: { axis: int(1) },
  });
  return b.node('Reshape', [scattered, numbers.ints('shape', shape)], { name: value });
}
