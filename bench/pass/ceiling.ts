/**
 * What exact reuse can save at most: the multiply-accumulates of the positions that changed patches reach, layer by layer,
 * as if neither gates nor lists nor borders of tiles cost anything.
 */
import type { Graph, Node } from '../../src/graph/types.ts';
import { windowOf } from '../../src/lower/shared/window.ts';
import { intsAttribute } from '../../src/ops/attributes.ts';
import { nodeMacs } from '../../src/passes/graph-macs.ts';

/** What of an image has changed: 1 where it has, row by row. */
export type Changed = { readonly height: number; readonly width: number; readonly at: Uint8Array };

/** Operators whose output positions see a window of the first input. */
const WINDOWED = new Set(['Conv', 'MaxPool', 'AveragePool']);
/** Operators whose output positions see the same position of every input. */
const POSITIONWISE = new Set(['Relu', 'Clip', 'Add', 'Mul', 'BatchNormalization', 'Identity']);

/** Patches of a mask [rows x columns] as pixels. */
export function changedPixels(mask: ArrayLike<number>, columns: number, patch: number): Changed {
  const [height, width] = [(mask.length / columns) * patch, columns * patch];
  const at = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / patch) * columns;
    for (let x = 0; x < width; x++) at[y * width + x] = mask[row + Math.floor(x / patch)]! === 0 ? 0 : 1;
  }
  return { height, width, at };
}

/** Multiply-accumulates of one frame that changed so, of a graph with one input. */
export function activeMacs(graph: Graph, input: Changed): number {
  const changed = new Map([[graph.inputs[0]!.value, input]]);
  let macs = 0;
  for (const node of graph.nodes) {
    const out = changedBy(graph, node, changed);
    if (out !== null) changed.set(node.outputs[0]!, out);
    macs += nodeMacs(graph, node) * (out === null ? 1 : shareOf(out));
  }
  return macs;
}

/** Null for what is computed as a whole: operators without positions, and all that follows them. */
function changedBy(graph: Graph, node: Node, changed: ReadonlyMap<string, Changed>): Changed | null {
  const inputs = node.inputs.flatMap((name) => changed.get(name) ?? []);
  const [first, ...more] = inputs;
  if (first === undefined) return null;
  if (WINDOWED.has(node.op)) return reached(graph, node, first);
  const variables = node.inputs.filter((name) => name !== '' && !graph.constants.has(name));
  if (!POSITIONWISE.has(node.op) || inputs.length < variables.length) return null;
  return { ...first, at: first.at.map((one, i) => one | Number(more.some(({ at }) => at[i] !== 0))) };
}

/** The positions of the output whose window has a changed one. */
function reached(graph: Graph, node: Node, { height, width, at }: Changed): Changed {
  const [shape, outShape] = [node.inputs[0]!, node.outputs[0]!].map((name) => graph.values.get(name)!.shape);
  const weights = graph.values.get(node.inputs[1] ?? '')?.shape.slice(2) ?? [];
  const window = windowOf(node, intsAttribute(node, 'kernel_shape', weights), shape!, outShape!);
  const [outHeight, outWidth] = window.output as [number, number];
  const columns = new Uint8Array(height * outWidth);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < outWidth; x++) {
      columns[y * outWidth + x] = Number(sees(window, 1, x, (from) => at[y * width + from]!));
    }
  }
  const out = new Uint8Array(outHeight * outWidth);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      out[y * outWidth + x] = Number(sees(window, 0, y, (from) => columns[from * outWidth + x]!));
    }
  }
  return { height: outHeight, width: outWidth, at: out };
}

/** Whether the window of an output position along one axis has an element that is not 0. */
function sees(
  window: ReturnType<typeof windowOf>,
  axis: 0 | 1,
  position: number,
  valueAt: (from: number) => number,
): boolean {
  const start = position * window.strides[axis]! - window.padBegin[axis]!;
  for (let tap = 0; tap < window.kernel[axis]!; tap++) {
    const from = start + tap * window.dilations[axis]!;
    if (from >= 0 && from < window.input[axis]! && valueAt(from) !== 0) return true;
  }
  return false;
}

function shareOf({ at }: Changed): number {
  return at.reduce((sum, one) => sum + one, 0) / at.length;
}
