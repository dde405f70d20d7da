/** Axes of a value as [outer][size][inner], of which `size` is what a kernel goes over. */
import { elements } from './context.ts';
import { type Layout, physicalShape } from './views.ts';

export type Rows = { readonly outer: number; readonly size: number; readonly inner: number };

/** The layout itself, or one in which the axes lie side by side, behind all others but the last of these. */
export function sideBySide(layout: Layout, shape: readonly number[], axes: readonly number[]): Layout {
  const moving = layout.filter((axis) => shape[axis] !== 1);
  const first = Math.max(
    moving.findIndex((axis) => axes.includes(axis)),
    0,
  );
  const count = moving.filter((axis) => axes.includes(axis)).length;
  if (moving.slice(first, first + count).every((axis) => axes.includes(axis))) return layout;
  const kept = layout.filter((axis) => !axes.includes(axis));
  return [...kept.slice(0, -1), ...layout.filter((axis) => axes.includes(axis)), ...kept.slice(-1)];
}

/** Axes that lie side by side in the layout. */
export function rowsOf(layout: Layout, shape: readonly number[], axes: readonly number[]): Rows {
  const sizes = physicalShape(shape, layout);
  const isOver = layout.map((axis, i) => axes.includes(axis) && sizes[i] !== 1);
  const first = isOver.indexOf(true);
  if (first < 0) return { outer: elements(sizes), size: 1, inner: 1 };
  const end = isOver.lastIndexOf(true) + 1;
  return {
    outer: elements(sizes.slice(0, first)),
    size: elements(sizes.slice(first, end)),
    inner: elements(sizes.slice(end)),
  };
}

/** The layout of what is left of a value when axes were reduced, in its own order. @param rank of what is left */
export function reducedLayout(layout: Layout, axes: readonly number[], rank: number): Layout {
  if (rank === layout.length) return layout;
  const kept = layout.filter((axis) => !axes.includes(axis));
  return kept.map((axis) => axis - axes.filter((reduced) => reduced < axis).length);
}

/** One axis in the middle of all others, as they lie. */
export function axisRows(layout: Layout, shape: readonly number[], axis: number): Rows {
  const sizes = physicalShape(shape, layout);
  const at = layout.indexOf(axis);
  return { outer: elements(sizes.slice(0, at)), size: sizes[at]!, inner: elements(sizes.slice(at + 1)) };
}
