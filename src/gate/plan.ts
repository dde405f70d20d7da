/** What gating a graph would cost and save, before anything is trained. */
import { TinymlError } from '../diagnostics/errors.ts';
import { formatCount, formatPercent } from '../diagnostics/units.ts';
import type { Graph } from '../graph/types.ts';
import { graphMacs } from '../passes/graph-macs.ts';
import {
  blockShares,
  cacheBytes,
  endsOf,
  firstLayers,
  keptInFastMode,
  type Stage,
  stageOf,
} from './stages.ts';

/** Sides of patches that a gate can have. */
const PATCHES = { min: 4, max: 32 } as const;

/** A gate less than this share of all arithmetic cheaper than the dense model is not worth its state. */
const WORTH = 0.1;

export type StageWishes = {
  readonly patch: number;
  /** Share of active patches that is reckoned with. */
  readonly active: number;
  /** Share of a layer from which on it is computed densely. */
  readonly denseAbove: number;
  readonly mode: 'exact' | 'fast';
  /** Multiply-accumulates of what decides over a frame [1, channels, height, width] cut into a grid. */
  readonly gateMacs: (shape: readonly number[], grid: Choice['grid']) => number;
};

/** One way to gate: a value, patches, and the layers that follow them. */
export type Choice = {
  readonly value: string;
  readonly patch: number;
  readonly grid: { readonly rows: number; readonly columns: number };
  readonly layers: readonly string[];
  /** As `Gate` has them. */
  readonly ends: readonly string[];
  readonly kept: readonly string[];
  readonly macs: {
    readonly dense: number;
    /** Of the layers that follow patches. */
    readonly guarded: number;
    readonly gate: number;
    /** Of a frame with the active patches in one block, gate included: the least that such a share can cost. */
    readonly block: number;
  };
  /** Codes that are kept from frame to frame. */
  readonly cacheBytes: number;
};

/**
 * The patches of a frame. @throws TinymlError E_PATCH with the sizes that fit, where this one does not
 */
export function gridOf(value: string, shape: readonly number[], patch: number): Choice['grid'] {
  const [, , height = 0, width = 0] = shape;
  const grid = { rows: height / patch, columns: width / patch };
  if (Number.isInteger(grid.rows) && Number.isInteger(grid.columns)) return grid;
  const fitting = patchesThatFit(shape);
  throw new TinymlError('E_PATCH', `patches of ${patch}x${patch} do not divide ${height}x${width}`, {
    at: `tensor "${value}"`,
    hint:
      fitting.length === 0
        ? `no patches of ${PATCHES.min} to ${PATCHES.max} pixels do: export the model for another size of frame, or gate a feature map (--layers)`
        : `--patch ${fitting.join(' or ')} fits`,
  });
}

/** Sides of patches that divide a frame. */
export function patchesThatFit([, , height = 0, width = 0]: readonly number[]): readonly number[] {
  const all = Array.from({ length: PATCHES.max - PATCHES.min + 1 }, (_, i) => PATCHES.min + i);
  return all.filter((patch) => height % patch === 0 && width % patch === 0);
}

/**
 * The layers behind a value that are worth following patches: up to the first that so many active patches reach nearly all
 * of. @throws TinymlError E_PATCH where patches do not fit
 */
export function chooseStage(graph: Graph, value: string, wishes: StageWishes): Choice {
  const all = stageOf(graph, value);
  gridOf(value, all.shape, wishes.patch);
  const shares = blockShares(all, wishes.patch, wishes.active);
  const end = all.layers.findIndex(({ macs }, i) => macs > 0 && shares[i]! >= wishes.denseAbove);
  return choiceOf(graph, all, end < 0 ? all.layers.length : end, wishes);
}

/**
 * The stage that `chooseStage` chooses, and the same with ever fewer layers, down to one.
 * @param every after each layer; else only where the next layer has fewer pixels
 */
export function shorterStages(
  graph: Graph,
  value: string,
  wishes: StageWishes,
  every: boolean,
): readonly Choice[] {
  const whole = chooseStage(graph, value, wishes);
  const all = stageOf(graph, value);
  const pixels = all.layers.map(({ shape: [, , height = 0, width = 0] }) => height * width);
  const counts = whole.layers.flatMap((_, i) => (i > 0 && (every || pixels[i]! < pixels[i - 1]!) ? [i] : []));
  return [whole, ...counts.reverse().map((count) => choiceOf(graph, all, count, wishes))];
}

function choiceOf(graph: Graph, all: Stage, count: number, wishes: StageWishes): Choice {
  const { patch, active, mode } = wishes;
  const stage = firstLayers(all, count);
  const grid = gridOf(all.value, all.shape, patch);
  const shares = blockShares(stage, patch, active);
  const dense = graphMacs(graph);
  const gate = wishes.gateMacs(all.shape, grid);
  const guarded = stage.layers.reduce((sum, { macs }) => sum + macs, 0);
  const computed = stage.layers.reduce((sum, { macs }, i) => sum + macs * shares[i]!, 0);
  return {
    value: all.value,
    patch,
    grid,
    layers: stage.layers.map(({ name }) => name),
    ends: endsOf(all, stage),
    kept: mode === 'fast' ? keptInFastMode(graph, stage, patch) : [],
    macs: { dense, guarded, gate, block: Math.round(dense - guarded + computed) + gate },
    cacheBytes: cacheBytes(graph, stage),
  };
}

/** Whether a choice saves more than next to nothing. */
export function isWorth({ macs }: Choice): boolean {
  return macs.block <= (1 - WORTH) * macs.dense;
}

/** @throws TinymlError E_PATCH where a choice saves next to nothing */
export function requireWorth(choice: Choice, active: number): void {
  if (isWorth(choice)) return;
  throw new TinymlError(
    'E_PATCH',
    `no stage is worth gating: with ${formatPercent(active)} of the patches active it saves less than ${formatPercent(WORTH)} of the arithmetic`,
    {
      at: `tensor "${choice.value}"`,
      hint: worthHint(choice),
    },
  );
}

function worthHint({ macs, ends }: Choice): string {
  const { dense, guarded, gate, block } = macs;
  if (guarded > 0) {
    return `of ${formatCount(dense)} MACs, ${formatCount(guarded)} follow patches; ${formatCount(block)} stay, ${formatCount(gate)} of them of the gate. Other patches (--patch), larger frames or a greater --budget may help`;
  }
  return ends.length > 0
    ? 'so many patches reach nearly all of the first layer: a greater --budget or smaller patches (--patch) may help'
    : 'no layer that follows can be computed for some patches only: gate a value in front of convolutions (--layers)';
}
