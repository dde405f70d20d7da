/** The kinds of gates of the command line: what they look like before anything is known of clips, and what clips make of them. */
import { type Preprocess, pixelUnit, RAW_VALUES } from '../data/preprocess.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { formatPercent } from '../diagnostics/units.ts';
import { diffNetwork, randomNetwork } from '../gate/baselines.ts';
import {
  framesOfValue,
  type LoneGate,
  meetBudget,
  type Sequences,
  skipShare,
  unitOf,
} from '../gate/budget.ts';
import type { GateSettings } from '../gate/insert.ts';
import { gateGraph, type LearnedKind } from '../gate/network.ts';
import { gridOf } from '../gate/plan.ts';
import type { TrainedGate } from '../gate/train.ts';
import { STATISTIC_LIMITS } from '../graph/gates.ts';
import { dataInputs } from '../graph/state.ts';
import type { Graph } from '../graph/types.ts';
import type { Context } from './context.ts';
import { trainGate } from './gate-training.ts';
import { flagOption, numberOption, type Options, requiredText } from './options.ts';

type Grid = { readonly rows: number; readonly columns: number };

/** What decides at one value. */
export type Decision = {
  readonly network: Graph;
  /** The real size of one code, in which changes are counted. */
  readonly unit: number;
  /** In codes; null for gates without one. */
  readonly threshold: number | null;
  /** Share of patches that it keeps of the clips; null without clips. */
  readonly skip: number | null;
  /** How it was trained; null for gates that are not. */
  readonly training: TrainedGate | null;
  /** For people. */
  readonly text: string;
};

/** What gates are made for. */
export type GateTask = {
  readonly graph: Graph;
  /** Of the model file. */
  readonly sha256: string;
  /** Index of the input that takes frames. */
  readonly input: number;
  /** Frames of clips; null where there are none. */
  readonly clips: Sequences | null;
  readonly preprocess: Preprocess | null;
  readonly settings: Omit<GateSettings, 'unit'>;
};

export type GateKind = {
  /** A network of the form that decides for a value [1, C, H, W], before it is known which. */
  readonly form: (grid: Grid, shape: readonly number[]) => Graph;
  /** @throws TinymlError E_DATA, E_USAGE */
  readonly decide: (task: GateTask, value: string) => Promise<Decision>;
};

export function gateKind(options: Options, context: Context): GateKind {
  const kind = requiredText(options, 'gate') as 'diff' | 'random' | LearnedKind;
  refuseIdle(kind, options);
  switch (kind) {
    case 'diff':
      return diffKind(numberOption(options, 'threshold') ?? null, budgetOf(options), context);
    case 'random':
      return randomKind(budgetOf(options), context.seed);
    case 'micro':
    case 'convmixer':
      return learnedKind(kind, options, context);
  }
}

/** @throws TinymlError E_USAGE for an option that another kind of gate has, and for a budget that nothing meets */
function refuseIdle(kind: 'diff' | 'random' | LearnedKind, options: Options): void {
  const learns = kind === 'micro' || kind === 'convmixer';
  const idle = [
    ...(kind === 'diff' ? [] : (['threshold'] as const)),
    ...(learns ? [] : (['checkpoint', 'log'] as const)),
  ].find((name) => options[name] !== undefined);
  if (idle !== undefined) {
    throw new TinymlError('E_USAGE', `--gate ${kind} has no --${idle}`, {
      at: `--${idle}`,
      hint:
        idle === 'threshold' ? '--budget says how much it skips.' : 'Only micro and convmixer are trained.',
    });
  }
  const unmet = kind === 'diff' && options.budget !== undefined && options.data === undefined;
  if (!unmet || flagOption(options, 'plan')) return;
  throw new TinymlError('E_USAGE', 'a threshold that meets a budget is found on clips, and there are none', {
    at: '--budget',
    hint: 'Give --data <clip or folder of clips>, or --threshold in its place.',
  });
}

/** Share of the patches to skip where nothing is said. */
const USUAL_BUDGET = 0.7;

export function budgetOf(options: Options): number {
  return numberOption(options, 'budget') ?? USUAL_BUDGET;
}

/** The threshold of diff where neither it nor clips are given: see docs/pass.md. */
const USUAL_THRESHOLD = 3;

/** Thresholds among which one is looked for: no change of a patch counts as greater than the last. */
const THRESHOLDS = [0, STATISTIC_LIMITS.meanChange] as const;

function diffKind(wanted: number | null, budget: number, { warn }: Context): GateKind {
  return {
    form: (grid) => diffNetwork(grid, USUAL_THRESHOLD),
    decide: async (task, value) => {
      const frames = task.clips === null ? null : framesOfValue(task.graph, value, task.input, task.clips);
      const unit = frames === null ? unitWithoutClips(task, value) : unitOf(frames);
      const gate = loneGate(task, value, unit);
      const grid = gridOf(value, gate.shape, task.settings.patch);
      const make = (threshold: number): Graph => diffNetwork(grid, threshold);
      if (wanted !== null || frames === null) {
        const threshold = wanted ?? USUAL_THRESHOLD;
        const network = make(threshold);
        const skip = frames === null ? null : skipShare({ ...gate, network }, frames);
        return { network, unit, threshold, skip, training: null, text: diffText(threshold) };
      }
      const { network, value: threshold, skip } = meetBudget(make, THRESHOLDS, gate, frames, budget);
      warnBelow(budget, skip, value, warn);
      return { network, unit, threshold, skip, training: null, text: diffText(threshold) };
    },
  };
}

/** Says where a gate skips less than it should. */
function warnBelow(budget: number, skip: number, value: string, warn: Context['warn'], more = ''): void {
  if (skip >= budget) return;
  warn('W_SAMPLES', `${formatPercent(skip)} of the patches can be skipped, not ${formatPercent(budget)}`, {
    at: `tensor "${value}"`,
    hint: `whole frames (--key-frame, --scene-cut) and short clips bound what can be skipped${more}`,
  });
}

function diffText(threshold: number): string {
  return threshold === 0
    ? 'any code of it changed'
    : `it changed by more than ${Number(threshold.toFixed(3))} codes on average`;
}

function randomKind(skip: number, seed: number): GateKind {
  const form = (grid: Grid): Graph => randomNetwork(grid, skip, seed);
  return {
    form,
    decide: async (task, value) => {
      // Chance sees nothing: its unit serves nothing.
      const gate = loneGate(task, value, 1);
      const network = form(gridOf(value, gate.shape, task.settings.patch));
      const kept = task.clips === null ? null : skipShare({ ...gate, network }, task.clips);
      return { network, unit: 1, threshold: null, skip: kept, training: null, text: 'chance has it' };
    },
  };
}

/** A gate that is trained on the clips, and whose scores are then moved to meet the budget. */
function learnedKind(kind: LearnedKind, options: Options, context: Context): GateKind {
  return {
    form: ({ rows }, [, channels = 1, height = 1, width = 1]) =>
      gateGraph(kind, { channels, height, width, patch: height / rows }, context.seed),
    decide: async (task, value) => {
      if (task.clips === null) {
        throw new TinymlError('E_USAGE', `--gate ${kind} is trained: it needs clips`, {
          at: '--data',
          hint: 'Give --data <clip or folder of clips>, or --gate diff, which learns nothing.',
        });
      }
      const frames = framesOfValue(task.graph, value, task.input, task.clips);
      const unit = unitOf(frames);
      const training = await trainGate(
        kind,
        task,
        value,
        loneGate(task, value, unit),
        frames,
        budgetOf(options),
        options,
        context,
      );
      const { network, skip } = training;
      warnBelow(
        budgetOf(options),
        skip,
        value,
        context.warn,
        '; so does a rate (--lr) that leaves a gate that tells nothing apart',
      );
      return { network, unit, threshold: null, skip, training, text: 'the trained gate has it' };
    },
  };
}

/** A gate at a value, but for its network. */
export function loneGate(
  { graph, settings }: GateTask,
  value: string,
  unit: number,
): Omit<LoneGate, 'network'> {
  return { settings: { ...settings, unit }, shape: graph.values.get(value)!.shape };
}

/** One step of a pixel of 8 bits, as frames are read. */
function unitWithoutClips({ graph, input, preprocess }: GateTask, value: string): number {
  if (dataInputs(graph)[input]!.value === value) return pixelUnit(preprocess ?? RAW_VALUES);
  throw new TinymlError('E_USAGE', 'what a code of a feature map is, only clips tell', {
    at: `tensor "${value}"`,
    hint: 'give clips with --data',
  });
}
