/** The space around a network of a user: its blocks, each a little narrower or wider, shorter or longer. */
import { TinymlError } from '../diagnostics/errors.ts';
import type { Graph, ImportedModel } from '../graph/types.ts';
import { inputsOf, readNetwork, type Unit } from '../train/compile/network.ts';
import { networkOf } from './network.ts';
import type { Space, Stage } from './space.ts';

type Kind = Stage['kind'][number];

/** One block as it is there. */
type Block = {
  readonly kind: Kind;
  readonly channels: number;
  readonly kernel: Stage['kernel'][number];
  readonly stride: 1 | 2;
  readonly expansion: number;
  readonly pool: boolean;
};

const WIDTHS = [0.5, 0.75, 1, 1.25, 1.5];
const KERNELS = [3, 5, 7] as const;
const EXPANSIONS = [2, 3, 4, 6];
/** Of height and width. */
const SIZES = [1, 0.75, 0.5];

/**
 * @param graph from `prepareGraph` with `keepBatchNorm`
 * @param resizes whether images of any size can be made of the data
 * @throws TinymlError E_OP for a network that is no chain of such blocks, naming the first layer that is not
 */
export function spaceAround(graph: Graph, resizes: boolean): Space {
  const { image, runs, head, classes } = runsIn(graph);
  const [channels, height, width] = image;
  return {
    name: graph.name,
    channels,
    sizes: (resizes ? SIZES : [1]).map((share) => [Math.round(height * share), Math.round(width * share)]),
    widths: WIDTHS,
    classes,
    stages: runs.map(stageAround),
    head: [head],
  };
}

/**
 * The network itself with all channels times a width, in random weights.
 * @throws as `spaceAround`
 */
export function withWidth(graph: Graph, width: number): ImportedModel {
  const { runs, head } = runsIn(graph);
  const space = spaceAround(graph, false);
  const stages = runs.map(({ block, depth }) => ({ ...block, depth }));
  return networkOf(space, { size: space.sizes[0]!, width, stages, head });
}

type Image = readonly [channels: number, height: number, width: number];

/** Blocks of a network, those that are alike together. @throws as `spaceAround` */
function runsIn(
  graph: Graph,
): Omit<Read, 'blocks'> & { readonly image: Image; readonly runs: readonly Run[] } {
  const network = readNetwork(graph, false);
  if (network.inputShape.length !== 3) throw refused('the input', 'it is no image');
  const units = network.units.filter(({ source }) => source.kind !== 'affine' && source.kind !== 'value');
  const { blocks, ...rest } = blocksOf(units);
  return { ...rest, image: network.inputShape as unknown as Image, runs: runsOf(blocks) };
}

type Read = {
  readonly blocks: readonly Block[];
  readonly head: Space['head'][number];
  readonly classes: number;
};

function blocksOf(units: readonly Unit[]): Read {
  const blocks: Block[] = [];
  for (let at = 0; at < units.length; ) {
    const unit = units[at]!;
    const left = units.slice(at);
    const head = headOf(left);
    if (head !== null) return { blocks, ...head };
    const pooled = unit.source.kind === 'maxPool' && isHalving(unit.source.params);
    if (pooled && blocks.length > 0) {
      blocks.push({ ...blocks.pop()!, pool: true });
      at++;
      continue;
    }
    const found = residualAt(left) ?? invertedAt(left) ?? separableAt(left) ?? convAt(left);
    if (found === null) throw refused(`layer "${unit.name}"`, 'it begins no block that a space has');
    blocks.push(found.block);
    at += found.taken;
  }
  throw refused('the output', 'no dense layer behind all others tells classes apart');
}

/** The dense layer at the end, alone or behind a mean. */
function headOf(left: readonly Unit[]): Pick<Read, 'head' | 'classes'> | null {
  const layers = left.filter(({ source }) => source.kind !== 'move');
  const [first, second, ...more] = layers;
  const isDense = (unit: Unit | undefined): boolean => unit?.source.kind === 'conv' && unit.positions === 1;
  if (first?.source.kind === 'averagePool' && first.positions === 1 && isDense(second) && more.length === 0) {
    return { head: 'average', classes: second!.channels };
  }
  return isDense(first) && second === undefined ? { head: 'flatten', classes: first!.channels } : null;
}

type Found = { readonly block: Block; readonly taken: number };

/** A convolution as a block may have it: square windows, the whole image padded. */
type Layer = {
  readonly unit: Unit;
  readonly kernel: Stage['kernel'][number];
  readonly stride: 1 | 2;
  readonly depthwise: boolean;
  readonly linear: boolean;
  readonly from: number;
  readonly to: number;
};

function layerOf(unit: Unit | undefined): Layer | null {
  if (unit?.source.kind !== 'conv' || unit.positions === 1) return null;
  const { params: p } = unit.source;
  const depthwise = p.groups > 1 && p.groups === p.inChannels && p.outChannels === p.inChannels;
  const isSquare =
    p.kernelH === p.kernelW && p.strideH === p.strideW && p.dilationH === 1 && p.dilationW === 1;
  const isPadded =
    p.outH === Math.ceil(p.inH / p.strideH) && p.outW === Math.ceil(p.inW / p.strideW) && p.kernelH % 2 === 1;
  if (!isSquare || !isPadded || p.strideH > 2 || p.kernelH > 7 || !(depthwise || p.groups === 1)) return null;
  return {
    unit,
    kernel: p.kernelH as Layer['kernel'],
    stride: p.strideH as 1 | 2,
    depthwise,
    linear: unit.bounds.max === Number.POSITIVE_INFINITY && unit.bounds.min === Number.NEGATIVE_INFINITY,
    from: p.inChannels,
    to: p.outChannels,
  };
}

/** 1x1 to more channels, depthwise, 1x1 without an activation; what it is added to where sizes allow. */
function invertedAt(left: readonly Unit[]): Found | null {
  const first = layerOf(left[0]);
  const expand = first !== null && !first.depthwise && first.kernel === 1 ? first : null;
  const [depthwise, project, sum] = [0, 1, 2].map((i) => left[i + (expand === null ? 0 : 1)]);
  const [inner, last] = [layerOf(depthwise), layerOf(project)];
  if (inner === null || last === null || !inner.depthwise || !isPointwise(last) || !last.linear) return null;
  const isAdded = sum?.source.kind === 'add' && inputsOf(sum).includes(last.unit.output);
  return {
    taken: (expand === null ? 2 : 3) + (isAdded ? 1 : 0),
    block: {
      kind: 'inverted',
      channels: last.to,
      kernel: inner.kernel,
      stride: inner.stride,
      expansion: expand === null ? 1 : expand.to / expand.from,
      pool: false,
    },
  };
}

function separableAt(left: readonly Unit[]): Found | null {
  const [depthwise, pointwise] = [layerOf(left[0]), layerOf(left[1])];
  if (depthwise === null || pointwise === null || !depthwise.depthwise || !isPointwise(pointwise))
    return null;
  return { taken: 2, block: { ...plainBlock('separable', depthwise), channels: pointwise.to } };
}

/** Two convolutions of which the second has no activation before it is added to what came in, or to a 1x1 convolution of it. */
function residualAt(left: readonly Unit[]): Found | null {
  const first = layerOf(left[0]);
  if (first === null || first.depthwise) return null;
  const sum = left.findIndex(({ source }) => source.kind === 'add');
  if (sum !== 2 && sum !== 3) return null;
  const layers = left.slice(1, sum).map(layerOf);
  const second = layers.find((one) => one?.from === first.to && one.kernel === first.kernel && one.linear);
  const isShortcut = layers.every(
    (one) => one === second || (one !== null && isPointwise(one, first.stride)),
  );
  if (second === undefined || second === null || !isShortcut || second.stride !== 1) return null;
  return { taken: sum + 1, block: plainBlock('residual', { ...first, to: second.to }) };
}

function convAt(left: readonly Unit[]): Found | null {
  const layer = layerOf(left[0]);
  return layer === null || layer.depthwise ? null : { taken: 1, block: plainBlock('conv', layer) };
}

function isPointwise({ kernel, stride, depthwise }: Layer, wanted = 1): boolean {
  return kernel === 1 && stride === wanted && !depthwise;
}

function isHalving(p: {
  readonly kernelH: number;
  readonly kernelW: number;
  readonly strideH: number;
}): boolean {
  return p.kernelH === 2 && p.kernelW === 2 && p.strideH === 2;
}

function plainBlock(kind: Kind, { to, kernel, stride }: Layer): Block {
  return { kind, channels: to, kernel, stride, expansion: 1, pool: false };
}

type Run = { readonly block: Block; readonly depth: number };

/** Blocks that go on as the one before are one stage. */
function runsOf(blocks: readonly Block[]): readonly Run[] {
  const runs: Run[] = [];
  for (const block of blocks) {
    const last = runs.at(-1);
    const goesOn =
      last !== undefined &&
      !last.block.pool &&
      !block.pool &&
      block.stride === 1 &&
      (['kind', 'channels', 'kernel', 'expansion'] as const).every((of) => block[of] === last.block[of]);
    if (goesOn) runs.push({ ...runs.pop()!, depth: last.depth + 1 });
    else runs.push({ block, depth: 1 });
  }
  return runs;
}

function stageAround({ block: { kind, channels, kernel, stride, expansion, pool }, depth }: Run): Stage {
  return {
    kind: [kind],
    channels: unique([0.75, 1, 1.25].map((share) => Math.max(4, Math.round(channels * share)))),
    depth: unique([Math.max(1, depth - 1), depth, depth + 1]),
    kernel: (kernel === 1 ? [1] : unique([...KERNELS, kernel])) as Stage['kernel'],
    expansion: kind === 'inverted' ? unique([...EXPANSIONS, expansion]) : [1],
    stride: [stride],
    pool: [pool],
  };
}

function unique(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function refused(at: string, why: string): TinymlError {
  return new TinymlError('E_OP', `there is no space around this network: ${why}`, {
    at,
    hint: 'convolutions, depthwise separable, inverted and residual blocks and maxima of 2x2, one behind the other, a mean and a dense layer are understood; --space takes a JSON file of any other',
  });
}
