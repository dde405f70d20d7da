/** Rows of scores beside a mask that says which of them count. */
import type { Node } from '../../graph/types.ts';
import { broadcastTo } from '../../ops/arrays.ts';
import { clamp } from '../../program/kernels/common.ts';
import type { TensorId } from '../../program/types.ts';
import {
  activationQuant,
  addConstant,
  contiguousIn,
  type LoweringContext,
  layoutOf,
  shapeOf,
  unsupported,
} from './context.ts';
import { codeRange } from './fused-activation.ts';
import { permute } from './permute.ts';
import { type Layout, mergeAxes, physicalShape, plainLayout, type View, wholeView } from './views.ts';

/** A mask below this leaves nothing: the law of `maskSoftmax` is 0 or at most -64. */
const MASKED = -32;

/**
 * The mask of a softmax over the last axis of a layout, and the walk through its rows beside those of the scores.
 * @throws TinymlError E_OP where a mask broadcasts along more axes than the kernel has loops, or along the rows
 */
export function maskedRows(
  context: LoweringContext,
  node: Node,
  shape: readonly number[],
  layout: Layout,
  source: TensorId,
) {
  const { view, least } = maskOf(context, node, shape, layout);
  const whole = wholeView(source, shape, layout);
  const outer = layout.slice(0, -1);
  const loops = mergeAxes(
    outer.map((k) => shape[k]!),
    [outer.map((k) => whole.strides[k]!), outer.map((k) => view.strides[k]!)],
  );
  if (loops.length > 3) {
    throw unsupported(
      node,
      'Softmax with a mask that broadcasts along many axes has no integer kernel',
      'merge the axes before the scores by a Reshape',
    );
  }
  const three = [...new Array(3 - loops.length).fill({ size: 1, strides: [0, 0] }), ...loops] as typeof loops;
  return {
    mask: view.tensor,
    params: {
      outer0: three[0]!.size,
      outer1: three[1]!.size,
      outer2: three[2]!.size,
      maskStart: view.offset,
      maskStride0: three[0]!.strides[1]!,
      maskStride1: three[1]!.strides[1]!,
      maskStride2: three[2]!.strides[1]!,
      maskLeast: least,
    },
  };
}

/** A mask as seen along all axes of the scores, elements of a row side by side, and the least code that counts. */
function maskOf(
  context: LoweringContext,
  node: Node,
  shape: readonly number[],
  layout: Layout,
): { readonly view: View; readonly least: number } {
  const [, name] = node.inputs as readonly [string, string];
  const axis = layout.at(-1)!;
  const constant = context.graph.constants.get(name);
  if (constant !== undefined) {
    const missing = shape.length - constant.shape.length;
    const padded = [...new Array<number>(missing).fill(1), ...constant.shape];
    const own = padded.map((size, k) => (k === axis ? shape[axis]! : size));
    const values = broadcastTo({ ...constant, shape: padded }, own);
    const seen = Int8Array.from(values.data as Float32Array, (value) => (value > MASKED ? 0 : -1));
    const codes = context.storage === 'int16' ? Int16Array.from(seen) : seen;
    const order = [...plainLayout(own.length).filter((k) => k !== axis), axis];
    const tensor = addConstant(
      context,
      `${node.name}_mask`,
      permute<Int8Array | Int16Array>(codes, own, order),
      physicalShape(own, order),
    );
    return { view: along(wholeView(tensor, own, order), shape), least: 0 };
  }
  const own = shapeOf(context, name);
  const last = own.length - (shape.length - axis);
  if (own[last] !== shape[axis]) {
    throw unsupported(
      node,
      `the mask "${name}" masks whole rows of a Softmax, which has no integer kernel`,
      'give the mask one value for each score (Expand)',
    );
  }
  const quant = activationQuant(context, name, node);
  const inner = [...layoutOf(context, name).filter((k) => k !== last), last];
  const tensor = contiguousIn(context, name, node, inner);
  const least = Math.floor(quant.zeroPoint + MASKED / quant.scale) + 1;
  return { view: along(wholeView(tensor, own, inner), shape), least: clamp(least, ...codeRange(context)) };
}

/** The view with an axis for each of the shape: distances of 0 along those that broadcast. */
function along(view: View, shape: readonly number[]): View {
  const missing = shape.length - view.shape.length;
  const strides = shape.map((size, k) =>
    k < missing || (view.shape[k - missing] !== size && view.shape[k - missing] === 1)
      ? 0
      : view.strides[k - missing]!,
  );
  return { ...view, shape, strides };
}
