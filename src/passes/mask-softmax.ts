import { int, makeNode } from '../graph/build.ts';
import { MASKED_SOFTMAX } from '../graph/own-operators.ts';
import { type Edit, startEdit } from '../graph/rewrite.ts';
import { floatTensor, sameShape } from '../graph/tensor.ts';
import type { Graph, Node, Tensor } from '../graph/types.ts';
import { broadcastTo } from '../ops/arrays.ts';
import { intAttribute } from '../ops/attributes.ts';
import {
  floatConstant,
  type GraphView,
  isIntermediate,
  quantOf,
  scalarConstant,
  shapeOf,
  viewGraph,
} from './match.ts';

/** From here on nothing is left of a score that is not that far above all others: e^-64 is 2^-92. */
const MASKS = -64;
/** What a mask is written as: as float16 it is finite, and below e^-10000 there is no float32. */
const MASKED = -10000;

/**
 * Law: the probabilities of a Softmax over masked scores, to within e^-64 of the differences of the scores. Scores whose mask
 * is 0 or at most -64 (a constant, a product with such a scalar, or a choice of such numbers by what is computed), or that a constant condition replaces by such a
 * number, and the Softmax over them are tinyml::MaskedSoftmax, whose kernels leave masked scores out: neither the sum
 * nor the mask sets a range. Rows that are masked whole are left as they are.
 */
export function maskSoftmax(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const [scores = ''] = node.inputs;
    const probabilities = node.op === 'Where' ? neverNaN(view, node) : null;
    if (probabilities !== null) {
      edit.redirect(node.outputs[0]!, probabilities);
      edit.replace(node);
      continue;
    }
    const masked =
      node.op === 'Softmax' && isIntermediate(view, scores) ? view.producers.get(scores) : undefined;
    if (masked === undefined) continue;
    const shape = shapeOf(view, scores);
    const attribute = intAttribute(node, 'axis', -1);
    const axis = attribute < 0 ? attribute + shape.length : attribute;
    if (masked.op === 'Add') boundMask(view, edit, masked);
    const found = masked.op === 'Add' ? added(view, edit, masked, axis) : chosen(view, edit, masked, axis);
    if (found === null || !sameShape(shapeOf(view, found.x), shape)) continue;
    edit.replace(
      node,
      makeNode(MASKED_SOFTMAX, [found.x, found.mask], node.outputs, { axis: int(axis) }, node.name),
    );
  }
  return edit.finish();
}

type Masked = { readonly x: string; readonly mask: string };

/** x + mask, either way round. */
function added(view: GraphView, edit: Edit, { inputs, outputs }: Node, axis: number): Masked | null {
  const [a = '', b = ''] = inputs;
  const shape = shapeOf(view, outputs[0]!);
  for (const [x, mask] of [
    [a, b],
    [b, a],
  ] as const) {
    const constant = floatConstant(view, mask);
    if (constant !== null) {
      const written = maskOf(
        constant,
        (value) => (value === 0 ? 0 : value <= MASKS ? MASKED : null),
        shape,
        axis,
      );
      if (written !== null) return { x, mask: edit.addConstant(mask, written) };
    } else if (isComputedMask(view, mask)) return { x, mask };
  }
  return null;
}

/** where(condition, x, number), or the other way round. */
function chosen(view: GraphView, edit: Edit, { op, inputs, outputs }: Node, axis: number): Masked | null {
  if (op !== 'Where') return null;
  const [condition = '', a = '', b = ''] = inputs;
  const constant = view.graph.constants.get(condition);
  const [x, number, keeps] = scalarConstant(view, a) === null ? [a, b, 1] : [b, a, 0];
  const value = scalarConstant(view, number);
  if (constant === undefined || value === null || value > MASKS) return null;
  const shape = shapeOf(view, outputs[0]!);
  const mask = maskOf(constant, (flag) => (flag === keeps ? 0 : MASKED), shape, axis);
  return mask === null ? null : { x, mask: edit.addConstant(condition, mask) };
}

/** The mask as 0 and -10000; null if an element is neither, or nothing of a row counts. */
function maskOf(
  tensor: Tensor,
  meaning: (value: number) => number | null,
  shape: readonly number[],
  axis: number,
): Tensor | null {
  const values = Array.from(tensor.data as ArrayLike<number>, (value) => meaning(Number(value)));
  if (values.includes(null) || !values.includes(MASKED)) return null;
  const mask = floatTensor(tensor.shape, values as number[]);
  if (tensor.shape.length > shape.length) return null;
  const whole = broadcastTo(mask, shape).data as Float32Array;
  const stride = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const size = shape[axis]!;
  for (let start = 0; start < whole.length; start++) {
    if (Math.floor(start / stride) % size !== 0) continue;
    let left = false;
    for (let k = 0; k < size && !left; k++) left = whole[start + k * stride] === 0;
    if (!left) return null;
  }
  return mask;
}

/** The Softmax s of where(isnan(s), 0, s): it is a NaN where a row is masked whole, and 0 in integers. */
function neverNaN(view: GraphView, { inputs }: Node): string | null {
  const [condition = '', zero = '', softmax = ''] = inputs;
  const asks = view.producers.get(condition);
  const op = view.producers.get(softmax)?.op;
  const matches =
    asks?.op === 'IsNaN' && asks.inputs[0] === softmax && (op === 'Softmax' || op === MASKED_SOFTMAX);
  return matches && scalarConstant(view, zero) === 0 ? softmax : null;
}

/** Where a mask is chosen by what is computed, of 0 and a number, the number becomes -10000: it may have been -Infinity. */
function boundMask(view: GraphView, edit: Edit, { inputs }: Node): void {
  for (const name of inputs) {
    const choice = behindMoves(view, name);
    const numbers = choice === null ? null : chosenMask(view, choice);
    if (choice === null || numbers === null || numbers.includes(MASKED) || edit.isEdited(choice)) continue;
    const onlyMasks = (view.readers.get(choice.outputs[0]!) ?? []).every(
      ({ op }) => op === 'Add' || op === MASKED_SOFTMAX || MOVES.has(op),
    );
    if (!onlyMasks) continue;
    const [condition = ''] = choice.inputs;
    const bounded = numbers.map((number, i) => {
      return edit.addConstant(choice.inputs[i + 1]!, floatTensor([], [number === 0 ? 0 : MASKED]));
    });
    edit.replace(choice, { ...choice, inputs: [condition, ...bounded] });
  }
}

/** The numbers of where(condition, number, number) if one is 0 and the other at most -64. */
function chosenMask(view: GraphView, { op, inputs }: Node): readonly number[] | null {
  if (op !== 'Where') return null;
  const numbers = inputs.slice(1).map((name) => scalarConstant(view, name));
  const [a = null, b = null] = numbers;
  if (a === null || b === null) return null;
  return (a === 0 && b <= MASKS) || (b === 0 && a <= MASKS) ? [a, b] : null;
}

const MOVES = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Expand', 'Transpose', 'Identity']);

function behindMoves(view: GraphView, name: string): Node | null {
  let node = view.producers.get(name);
  while (node !== undefined && MOVES.has(node.op)) node = view.producers.get(node.inputs[0]!);
  return node ?? null;
}

/** Whether a value is computed as a product with a number of at most -64, (1 - attention_mask) * -1e9, or chosen of 0 and -10000. */
function isComputedMask(view: GraphView, name: string): boolean {
  const node = behindMoves(view, name);
  if (node === null || quantOf(view, name)?.axis != null) return false;
  if (chosenMask(view, node)?.includes(MASKED) === true) return true;
  return node.op === 'Mul' && node.inputs.some((input) => (scalarConstant(view, input) ?? 0) <= MASKS);
}
