import type { Graph } from '../graph/types.ts';
import { type ChannelConstants, channelConstants } from './channel-constants.ts';
import { channelSlots, type Fewer, linearUnits, type Slots, withoutChannels } from './channel-slots.ts';
import { graphMacs } from './graph-macs.ts';
import { fitsInt32, type LinearUnit } from './linear-unit.ts';
import { viewGraph } from './match.ts';

/** What was taken out of a graph. */
export type RemovedChannels = {
  /** Channels taken from each Conv or Gemm; those of depthwise Convs that follow are counted with them. */
  readonly removed: readonly { readonly node: string; readonly channels: number }[];
  readonly macsBefore: number;
  readonly macsAfter: number;
};

export type DeadChannels = RemovedChannels & { readonly graph: Graph };

/**
 * Law: every model output keeps its exact bytes (quantised graphs: in the arithmetic of the integer kernels; float
 * graphs: up to the sign of zero, for finite inputs). A channel goes when it is the same number for every input, or
 * when nobody weighs it, and when everything between its producer and the Convs and Gemms that read it can lose it
 * too. Its constant contribution becomes part of the readers' int32 biases. That is lawful where every tap sees the
 * constant: without padding, or if the constant is the zero point, which is what padding holds; in float only for the
 * constant 0. A fold that would overflow the bias is left, and each tensor keeps a channel.
 */
export function removeDeadChannels(graph: Graph): DeadChannels {
  const macsBefore = graphMacs(graph);
  const counts = new Map<string, number>();
  let current = graph;
  // What was weighed by a removed channel only is weighed by nobody in the next round.
  for (;;) {
    const round = removeOnce(current);
    if (round === null) break;
    current = round.graph;
    for (const [node, channels] of round.removed) counts.set(node, (counts.get(node) ?? 0) + channels);
  }
  return {
    graph: current,
    removed: graph.nodes.flatMap(({ name }) => {
      const channels = counts.get(name);
      return channels === undefined ? [] : [{ node: name, channels }];
    }),
    macsBefore,
    macsAfter: graphMacs(current),
  };
}

function removeOnce(graph: Graph): Fewer | null {
  const view = viewGraph(graph);
  const units = linearUnits(view);
  const constants = channelConstants(view, units);
  const slots = channelSlots(view, units);
  for (const unit of units.values()) {
    const inputs = constants.get(unit.x);
    for (let i = 0; unit.groups === 1 && i < unit.inChannels; i++) {
      if (!canLose(unit, i, inputs?.[i] ?? null)) slots.keep(unit.x, i);
    }
  }
  slots.keepOnePerValue();
  keepOverflowing(slots, [...units.values()], constants);
  if (!slots.anyRemoved()) return null;
  return withoutChannels(view, slots, units, (unit) => foldedBias(slots, unit, constants));
}

/** Whether the unit (of one group) computes the same without input channel i, given its constant. */
function canLose(unit: LinearUnit, i: number, constant: number | null): boolean {
  const onlyZero = unit.isPadded || unit.biasScale === null;
  if (constant !== null && (!onlyZero || constant === unit.inputZero)) return true;
  const { inChannels, outChannels, taps, weights } = unit;
  for (let o = 0; o < outChannels; o++) {
    const start = (o * inChannels + i) * taps;
    for (let k = start; k < start + taps; k++) if (weights[k] !== 0) return false;
  }
  return true;
}

/** The unit's biases with the constants of its removed input channels added. */
function foldedBias(slots: Slots, unit: LinearUnit, constants: ChannelConstants): Float64Array {
  const inputs = constants.get(unit.x);
  if (unit.groups !== 1 || unit.biasScale === null || inputs === undefined) return unit.bias;
  const { inChannels, taps, weights, inputZero } = unit;
  return unit.bias.map((bias, o) => {
    let sum = bias;
    for (let i = 0; i < inChannels; i++) {
      if (slots.isKept(unit.x, i)) continue;
      const offset = (inputs[i] ?? inputZero) - inputZero;
      const start = (o * inChannels + i) * taps;
      for (let k = start; k < start + taps; k++) sum += weights[k]! * offset;
    }
    return sum;
  });
}

/**
 * Keeps all input channels of integer units whose folded bias would not fit 32 bits, until every other bias does. Ends:
 * each round takes at least one unit off those that lose a channel.
 */
function keepOverflowing(slots: Slots, units: readonly LinearUnit[], constants: ChannelConstants): void {
  const loses = ({ x, biasScale, inChannels }: LinearUnit): boolean =>
    biasScale !== null && slots.keptChannels(x).length < inChannels;
  for (let losing = units.filter(loses); ; losing = losing.filter(loses)) {
    const overflowing = losing.filter((unit) => !foldedBias(slots, unit, constants).every(fitsInt32));
    if (overflowing.length === 0) return;
    for (const unit of overflowing) slots.keepAll(unit.x);
  }
}
