/** Graphs in layers that a DLA has: what keeps a classifier on it to the end. */
import { int, ints } from '../../../../graph/build.ts';
import { startEdit } from '../../../../graph/rewrite.ts';
import { elementCount, floatTensor, int64Tensor, sameShape } from '../../../../graph/tensor.ts';
import type { Graph, Node } from '../../../../graph/types.ts';
import { intAttribute } from '../../../../ops/attributes.ts';
import {
  type GraphView,
  intConstant,
  isIntermediate,
  isNormalGemm,
  viewGraph,
} from '../../../../passes/match.ts';
import { decompose } from '../decompose/form.ts';

/** Largest window of a pool, and largest kernel of a Conv, on a side. */
const MAX_WINDOW = 8;
const MAX_KERNEL = 32;

/** Law: the same function with global pools as windows, products of flat vectors as 1x1 convolutions, Reshapes behind them. */
export function dlaForms(graph: Graph): Graph {
  let current = windowedPools(graph);
  for (;;) {
    const moved = reshapeLast(gemmToConv(current));
    if (moved === current) return current;
    current = moved;
  }
}

/** Law: the mean of all is a mean of means over windows of equal size, or a depthwise Conv with equal weights. */
function windowedPools(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const [x = ''] = node.inputs;
    const shape = graph.values.get(x)?.shape ?? [];
    if (shape.length !== 4 || !isMean(view, node)) continue;
    const [batch = 1, channels = 1, ...sides] = shape;
    const steps = sides.map(windowsOf);
    if (sides.some((side, i) => steps[i] === null && side > MAX_KERNEL)) continue;
    decompose(graph, edit, node, ({ add, last, constant }) => {
      const mean = steps.every((list) => list !== null) ? pooled(steps as number[][]) : convolved();
      const target = graph.values.get(node.outputs[0]!)!.shape;
      if (target.length === 4) last('Identity', [mean]);
      else last('Reshape', [mean, constant('shape', int64Tensor([batch, channels]))]);

      function pooled(windows: readonly (readonly number[])[]): string {
        const count = Math.max(...windows.map(({ length }) => length), 1);
        let from = x;
        for (let i = 0; i < count; i++) {
          const window = ints(windows.map((list) => list[i] ?? 1));
          from = add(`mean_${i}`, 'AveragePool', [from], { kernel_shape: window, strides: window });
        }
        return from;
      }
      function convolved(): string {
        const [height = 1, width = 1] = sides;
        const size = channels * height * width;
        const weights = new Float32Array(size).fill(1 / (height * width));
        const w = constant('weights', floatTensor([channels, 1, height, width], weights));
        return add('mean', 'Conv', [x, w], { group: int(channels), kernel_shape: ints(sides) });
      }
    });
  }
  return removeIdentities(edit.finish());
}

/** Whether the node is a mean over height and width, and nothing else. */
function isMean(view: GraphView, node: Node): boolean {
  if (node.op === 'GlobalAveragePool') return true;
  if (node.op !== 'ReduceMean') return false;
  const axes = intConstant(view, node.inputs[1] ?? '')?.map((axis) => (axis < 0 ? axis + 4 : axis));
  return axes?.toSorted().join() === '2,3';
}

/** Windows of pools that one after the other reduce a side to 1; null where a prime factor is too large. */
function windowsOf(side: number): readonly number[] | null {
  const windows: number[] = [];
  for (let left = side; left > 1; ) {
    const window = [8, 7, 6, 5, 4, 3, 2].find((size) => size <= MAX_WINDOW && left % size === 0);
    if (window === undefined) return null;
    windows.push(window);
    left /= window;
  }
  return windows;
}

/** Identities that only stand where a name was needed: their input takes the name over. */
function removeIdentities(graph: Graph): Graph {
  const edit = startEdit(graph);
  const view = viewGraph(graph);
  for (const node of graph.nodes) {
    const [x = ''] = node.inputs;
    const producer = view.producers.get(x);
    if (node.op !== 'Identity' || producer === undefined || !isIntermediate(view, x)) continue;
    edit.replace(producer, { ...producer, outputs: node.outputs });
    edit.replace(node);
  }
  return edit.finish();
}

/** Law: x W' + b of flattened images is a Conv whose kernel is the whole image. */
function gemmToConv(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const [x = '', weights = '', bias = ''] = node.inputs;
    const image = flattened(view, x);
    const tensor = graph.constants.get(weights);
    const isPlain = bias === '' || graph.constants.get(bias)?.shape.length === 1;
    if (!isNormalGemm(node) || image === null || tensor === undefined || !isPlain) continue;
    const [, channels = 1, height = 1, width = 1] = graph.values.get(image)!.shape;
    if (height > MAX_KERNEL || width > MAX_KERNEL) continue;
    const [outputs = 1] = tensor.shape;
    decompose(graph, edit, node, ({ add, last, constant }) => {
      const w = constant('weights', { ...tensor, shape: [outputs, channels, height, width] });
      const inputs = [image, w, ...(bias === '' ? [] : [bias])];
      const y = add('conv', 'Conv', inputs, { kernel_shape: ints([height, width]) });
      const shape = graph.values.get(node.outputs[0]!)!.shape;
      last('Reshape', [y, constant('shape', int64Tensor(shape))]);
    });
  }
  return edit.finish();
}

/** The image [n, c, h, w] of which a value [n, c h w] holds the elements in order; null where it holds something else. */
function flattened(view: GraphView, name: string): string | null {
  const node = view.producers.get(name);
  if (node === undefined || !['Flatten', 'Reshape', 'Squeeze'].includes(node.op)) return null;
  const [from, to] = [node.inputs[0]!, name].map((one) => view.graph.values.get(one)!.shape);
  const isFlat = to!.length === 2 && from!.length === 4 && from![0] === to![0];
  return isFlat && elementCount(from!) === elementCount(to!) ? node.inputs[0]! : null;
}

const POINTWISE: ReadonlySet<string> = new Set([
  ...['Relu', 'LeakyRelu', 'Sigmoid', 'Tanh', 'Clip', 'Softmax', 'tinyml::Silu'],
]);

/** Law: an operator on each element, or over the channels, of a flat vector is the same on its image of one pixel. */
function reshapeLast(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const [x = '', ...limits] = node.inputs;
    const image = flattened(view, x);
    if (!POINTWISE.has(node.op) || image === null) continue;
    const shape = graph.values.get(image)!.shape;
    if (!sameShape(shape.slice(2), [1, 1]) || edit.isEdited(node)) continue;
    const overChannels = node.op === 'Softmax' && Math.abs(intAttribute(node, 'axis', -1)) !== 1;
    if (overChannels) continue;
    decompose(graph, edit, node, ({ add, last, constant }) => {
      const attributes = node.op === 'Softmax' ? { axis: int(1) } : node.attributes;
      const y = add('image', node.op, [image, ...limits], attributes);
      last('Reshape', [y, constant('shape', int64Tensor(graph.values.get(node.outputs[0]!)!.shape))]);
    });
  }
  return edit.finish();
}
