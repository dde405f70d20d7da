/** Puts gates where they are worth it and where their caches fit. */
import { TinymlError } from '../diagnostics/errors.ts';
import { formatCount } from '../diagnostics/units.ts';
import { PATCH_GATE } from '../graph/own-operators.ts';
import type { Graph } from '../graph/types.ts';
import { type GateSettings, insertGate } from './insert.ts';
import { type Choice, chooseStage, isWorth, requireWorth, type StageWishes, shorterStages } from './plan.ts';

/** Memory of a gated model on a device. */
export type Memory = {
  /** What is kept from frame to frame. */
  readonly stateBytes: number;
  readonly arenaBytes: number;
  readonly limitBytes: number;
  readonly fits: boolean;
};

/** A device whose memory gated models are held against. */
export type Device = { readonly id: string; readonly memoryOf: (graph: Graph) => Memory };

/** What is put in front of values. */
export type Placing = {
  readonly wishes: StageWishes;
  readonly settings: Omit<GateSettings, 'unit'>;
  /** What decides for the gate of a value, and the size of one code of the value, in which it sees changes. */
  readonly decider: (value: string, grid: Choice['grid']) => Decider;
};

type Decider = { readonly network: Graph; readonly unit: number };

type Placed = {
  readonly graph: Graph;
  /** One for each value, in order. */
  readonly choices: readonly Choice[];
  /** Of the whole graph; null without a device. */
  readonly memory: Memory | null;
};

export const gateName = (index: number): string => `gate${index}`;

/** @throws TinymlError E_PATCH for a model that has gates, E_QUANT for one that is quantised */
export function requireUngated(graph: Graph): void {
  const gates = graph.nodes.filter(({ op }) => op === PATCH_GATE);
  if (gates.length > 0) {
    throw new TinymlError('E_PATCH', 'the model has gates already', {
      at: gates.map(({ name }) => `node "${name}"`),
      hint: 'give the model that they were put into',
    });
  }
  const quantised = [...graph.values.values()].find(({ quant }) => quant !== null);
  if (quantised === undefined) return;
  throw new TinymlError('E_QUANT', 'the model is quantised', {
    at: `tensor "${quantised.name}"`,
    hint: 'gate the float model, then quantise what comes of it',
  });
}

/**
 * The graph with a gate in front of each value, in the order of the graph. Stages end where the next gate stands; on a
 * device they lose layers from their ends until the caches fit.
 * @throws TinymlError E_PATCH where that is worth nothing, E_MEMORY where nothing fits
 */
export function placeGates(
  graph: Graph,
  values: readonly string[],
  placing: Placing,
  device: Device | null,
): Placed {
  // From the last to the first: a stage is known when the gates behind it stand.
  return values.reduceRight<Placed>(
    (behind, value, index) => {
      const put = (choice: Choice): Graph => putGate(behind.graph, gateName(index), choice, placing);
      const whole = chooseStage(behind.graph, value, placing.wishes);
      requireWorth(whole, placing.wishes.active);
      if (device === null) {
        return { graph: put(whole), choices: [whole, ...behind.choices], memory: null };
      }
      const { choice, memory } = longestThatFits(behind.graph, value, placing.wishes, device, put);
      return { graph: put(choice), choices: [choice, ...behind.choices], memory };
    },
    { graph, choices: [], memory: null },
  );
}

/** The graph with the gates of choices, in the order of the graph. */
export function putGates(graph: Graph, choices: readonly Choice[], placing: Placing): Graph {
  return choices.reduceRight<Graph>(
    (behind, choice, index) => putGate(behind, gateName(index), choice, placing),
    graph,
  );
}

/** The graph with the gate of one choice. */
export function putGate(graph: Graph, name: string, choice: Choice, placing: Placing): Graph {
  const { value, grid, patch, ends, kept } = choice;
  const { network, unit } = placing.decider(value, grid);
  return insertGate(graph, {
    name,
    value,
    network,
    settings: { ...placing.settings, patch, unit },
    ends,
    kept,
  });
}

function longestThatFits(
  graph: Graph,
  value: string,
  wishes: StageWishes,
  device: Device,
  put: (choice: Choice) => Graph,
): { readonly choice: Choice; readonly memory: Memory } {
  const worth = shorterStages(graph, value, wishes, true).filter(isWorth);
  let least: Memory | null = null;
  for (const choice of worth) {
    const memory = device.memoryOf(put(choice));
    if (memory.fits) return { choice, memory };
    if (least === null || memory.arenaBytes < least.arenaBytes) least = memory;
  }
  throw new TinymlError('E_MEMORY', `the caches of no stage that is worth gating fit ${device.id}`, {
    at: `tensor "${value}"`,
    hint: `the arena needs ${formatCount(least!.arenaBytes)} bytes at least, ${formatCount(least!.limitBytes)} are there: smaller frames or a device with more RAM; --plan shows what the main stages need`,
  });
}
