/** Elements by their places along axes: a slice where constant places run evenly, copies of runs where they nearly do. */
import { sameShape } from '../../graph/tensor.ts';
import type { Graph, Node } from '../../graph/types.ts';
import { padPlaces } from '../../ops/movement.ts';
import { ARENA, type TensorId } from '../../program/types.ts';
import {
  type ActivationQuant,
  addCopy,
  addTensor,
  type LoweringContext,
  layoutOf,
  operandQuant,
  shapeOf,
} from './context.ts';
import { inputInfos } from './input-infos.ts';
import { bindView } from './movement.ts';
import {
  type Layout,
  physicalShape,
  plainLayout,
  reshapeView,
  sliceView,
  type View,
  wholeView,
} from './views.ts';

/** Of each axis of a view the places that are taken; null where it stays whole. */
export type Places = readonly (ArrayLike<number> | null)[];

/** Places that follow each other evenly: `count` of them from `start`, `step` apart. */
type Run = { readonly at: number; readonly start: number; readonly step: number; readonly count: number };

/** More copies than these take more code and calls than a table of places. */
const MOST_COPIES = 12;

/** Places as few even runs; a run of one has the step 1. */
function runsOf(places: ArrayLike<number>): readonly Run[] {
  const runs: Run[] = [];
  for (let at = 0; at < places.length; ) {
    const start = places[at]!;
    const step = at + 1 < places.length ? places[at + 1]! - start : 1;
    let count = 1;
    while (at + count < places.length && places[at + count]! === start + count * step) count++;
    runs.push({ at, start, step, count });
    at += count;
  }
  return runs;
}

function runsOfAll(places: Places): readonly (readonly Run[] | null)[] {
  return places.map((one) => (one === null ? null : runsOf(one)));
}

function combinations(runs: readonly (readonly Run[] | null)[]): number {
  return runs.reduce((product, one) => product * (one?.length ?? 1), 1);
}

function shapeOfTaken({ shape }: View, places: Places): readonly number[] {
  return shape.map((size, axis) => places[axis]?.length ?? size);
}

/** The layout in which the elements are put side by side: that of the value, where it has the shape that the places give. */
export function layoutOfTaken(context: LoweringContext, node: Node, view: View, places: Places): Layout {
  const [value] = node.outputs as readonly [string];
  const shape = shapeOfTaken(view, places);
  return sameShape(shape, shapeOf(context, value)) ? layoutOf(context, value) : plainLayout(shape.length);
}

/** Room for what is taken. */
export function roomForTaken(
  context: LoweringContext,
  node: Node,
  shape: readonly number[],
  layout: Layout,
  quant: ActivationQuant | null,
): TensorId {
  return addTensor(context, {
    name: `${node.name}_gathered`,
    dtype: context.storage,
    shape: physicalShape(shape, layout),
    quant,
    storage: ARENA,
  });
}

/** Binds the value to elements that lie in its order, in the shape that the places give. */
export function bindTaken(context: LoweringContext, node: Node, x: string, taken: View): void {
  const [value] = node.outputs as readonly [string];
  bindView(context, node, x, value, reshapeView(taken, shapeOf(context, value))!);
}

/**
 * Binds what a node makes to the elements of a view at places along its axes: as a view, or by at most 12 copies. The value has the
 * shape that the places give, or another of as many elements.
 * @returns whether that was possible; if not, nothing was done
 */
export function takeByCopies(
  context: LoweringContext,
  node: Node,
  x: string,
  view: View,
  places: Places,
): boolean {
  const [value] = node.outputs as readonly [string];
  const runs = runsOfAll(places);
  const copies = combinations(runs);
  if (copies === 1) {
    const taken = runs.reduce<View>(
      (part, one, axis) =>
        one === null ? part : sliceView(part, axis, one[0]!.start, one[0]!.count, one[0]!.step),
      view,
    );
    if (reshapeView(taken, shapeOf(context, value)) !== null) {
      bindTaken(context, node, x, taken);
      return true;
    }
  }
  if (copies > MOST_COPIES) return false;
  const shape = shapeOfTaken(view, places);
  const layout = layoutOfTaken(context, node, view, places);
  const room = roomForTaken(context, node, shape, layout, operandQuant(context, x, node));
  const to = wholeView(room, shape, layout);
  copyRuns(context, node, view, to, runs);
  bindTaken(context, node, x, to);
  return true;
}

/** A copy for every combination of runs. */
function copyRuns(
  context: LoweringContext,
  node: Node,
  from: View,
  to: View,
  runs: readonly (readonly Run[] | null)[],
): void {
  const walk = (axis: number, source: View, target: View): void => {
    if (axis === runs.length) {
      addCopy(context, node, source, target);
      return;
    }
    const own = runs[axis]!;
    if (own === null) {
      walk(axis + 1, source, target);
      return;
    }
    for (const { at, start, step, count } of own) {
      walk(axis + 1, sliceView(source, axis, start, count, step), sliceView(target, axis, at, count, 1));
    }
  };
  walk(0, from, to);
}

/** Where a Pad by reflection, edge or wrap with constant amounts takes its elements from. */
export function placesOfPad(context: { readonly graph: Graph }, node: Node): Places {
  const { shape } = context.graph.values.get(node.inputs[0]!)!;
  return padPlaces(node, inputInfos(context, node)).map((places, axis) =>
    isIdentity(places, shape[axis]!) ? null : places,
  );
}

function isIdentity(places: Int32Array, size: number): boolean {
  return places.length === size && places.every((place, i) => place === i);
}
