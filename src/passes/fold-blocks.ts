import { TinymlError } from '../diagnostics/errors.ts';
import { int, makeNode } from '../graph/build.ts';
import { startEdit } from '../graph/rewrite.ts';
import { elementCount, floatTensor } from '../graph/tensor.ts';
import type { Graph, Node, Tensor } from '../graph/types.ts';
import { intAttribute } from '../ops/attributes.ts';
import { describeNode } from '../ops/define.ts';
import { affineOfNode } from '../ops/quant.ts';
import { INT4 } from '../program/kernels/four-bits.ts';
import { RANGE } from '../program/signature.ts';

/**
 * Law: no value changes. Constants that a file stores with 4 bits or in blocks are int8 codes with one scale for each channel: zero
 * points are taken off, and where the scales of blocks are multiples of one scale, codes are multiplied.
 * @throws TinymlError E_QUANT naming the nodes whose blocks have no such scale, or whose codes would leave int8
 */
export function foldBlocks(graph: Graph): Graph {
  const edit = startEdit(graph);
  const problems: string[] = [];
  for (const node of graph.nodes) {
    if (node.op !== 'DequantizeLinear') continue;
    const tensors = node.inputs.map((name) => graph.constants.get(name));
    const [codes] = tensors;
    const blocked = intAttribute(node, 'block_size', 0) !== 0;
    if (codes === undefined || tensors.includes(undefined) || !(blocked || codes.fourBits)) continue;
    const folded = blocked ? foldBlocked(node, tensors as Tensor[]) : recentre(node, tensors as Tensor[]);
    if (typeof folded === 'string') {
      problems.push(`${describeNode(node)}: ${folded}`);
      continue;
    }
    const inputs = [
      edit.addConstant(node.inputs[0]!, folded.codes),
      edit.addConstant(node.inputs[1]!, folded.scale),
    ];
    const attributes = folded.axis === null ? {} : { axis: int(folded.axis) };
    edit.replace(node, makeNode(node.op, inputs, node.outputs, attributes, node.name));
  }
  if (problems.length === 0) return edit.finish();
  throw new TinymlError('E_QUANT', 'weights in blocks have no form in int8', {
    at: problems,
    hint: 'give the float model to `tinyml quantize --weight-bits all=4:32`, which chooses scales of blocks that have',
  });
}

type Folded = { readonly codes: Tensor; readonly scale: Tensor; readonly axis: number | null };

/** Codes about 0, with the scales as they are. */
function recentre(node: Node, tensors: readonly Tensor[]): Folded {
  const [codes, scale] = tensors as readonly [Tensor, Tensor];
  const { inner, count, zeroPoint } = affineOfNode(node, tensors);
  const centred = Int8Array.from(
    codes.data as Int8Array,
    (code, i) => code - zeroPoint[Math.floor(i / inner) % count]!,
  );
  const axis = count === 1 ? null : (intAttribute(node, 'axis', 1) + codes.shape.length) % codes.shape.length;
  return {
    codes: fourBitTensor(codes.shape, centred, areInt4(centred) ? { group: null } : null),
    scale,
    axis,
  };
}

/** Codes times what the scale of their block is of that of their channel; why not where they have none. */
function foldBlocked(node: Node, tensors: readonly Tensor[]): Folded | string {
  const [{ shape, data }] = tensors as readonly [Tensor];
  const axis = (intAttribute(node, 'axis', 1) + shape.length) % shape.length;
  if (shape.length < 2) return 'blocks of a row have no channels';
  const { scale, zeroPoint } = affineOfNode(node, tensors);
  const channelAxis = axis === 0 ? 1 : 0;
  const channels = shape[channelAxis]!;
  const inner = elementCount(shape.slice(channelAxis + 1));
  const channelOf = (i: number): number => Math.floor(i / inner) % channels;
  const seen = Array.from({ length: channels }, () => new Set<number>());
  for (let i = 0; i < data.length; i++) seen[channelOf(i)]!.add(scale[i]!);
  const bases = seen.map((scales) => commonScale([...scales]));
  if (bases.includes(null)) {
    const [least, most] = RANGE.factor;
    return `scales of blocks are no multiples, ${least} to ${most}, of one scale for each channel`;
  }
  const own = Int8Array.from(data as Int8Array, (code, i) => code - zeroPoint[i]!);
  const codes = Array.from(own, (code, i) => code * Math.round(scale[i]! / bases[channelOf(i)]!));
  if (codes.some((code) => code < -128 || code > 127))
    return 'codes times the scales of their blocks leave int8';
  const stored = areInt4(own) && axis < 2 ? { group: intAttribute(node, 'block_size', 0) } : null;
  return {
    codes: fourBitTensor(shape, Int8Array.from(codes), stored),
    scale: floatTensor([channels], bases as number[]),
    axis: channelAxis,
  };
}

function fourBitTensor(shape: Tensor['shape'], data: Int8Array, fourBits: Tensor['fourBits'] | null): Tensor {
  return { dtype: 'int8', shape, data, ...(fourBits ? { fourBits } : {}) };
}

function areInt4(codes: Int8Array): boolean {
  const [least, most] = INT4;
  return codes.every((code) => code >= least && code <= most);
}

/** The greatest scale of which all are multiples by 1 to 15, but for rounding to float32; null where there is none. */
function commonScale(scales: readonly number[]): number | null {
  const least = Math.min(...scales);
  if (!(least > 0 && Number.isFinite(Math.max(...scales)))) return null;
  const [first, most] = RANGE.factor;
  for (let parts: number = first; parts <= most; parts++) {
    const base = Math.fround(least / parts);
    const fits = scales.every((scale) => {
      const factor = Math.round(scale / base);
      return factor <= most && Math.abs(scale - factor * base) <= scale * 2 ** -22;
    });
    if (fits) return base;
  }
  return null;
}
