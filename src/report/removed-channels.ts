/** Channels that a model is computed without, because they are the same for every input: for text, pages and programs. */
import { formatCount } from '../diagnostics/units.ts';
import type { RemovedChannels } from '../passes/dead-channels.ts';

/** A line where there are some; none else. */
export function removedFields(
  removed: RemovedChannels | null,
): readonly (readonly [name: string, value: string])[] {
  if (removed === null || removed.removed.length === 0) return [];
  const { macsBefore, macsAfter } = removed;
  const text = `${formatCount(channelsOf(removed))} removed, constant for every input: ${formatCount(macsBefore - macsAfter)} of ${formatCount(macsBefore)} MACs (--keep-dead-channels keeps them)`;
  return [['dead channels', text]];
}

/** Null where all channels were to stay. */
export function removedJson(removed: RemovedChannels | null) {
  if (removed === null) return null;
  const { removed: layers, macsBefore, macsAfter } = removed;
  return { channels: channelsOf(removed), macsBefore, macsAfter, of: layers };
}

/** What two preparations removed, one of what the other left. */
export function removedTogether(
  first: RemovedChannels | null,
  second: RemovedChannels | null,
): RemovedChannels | null {
  if (first === null || second === null) return first ?? second;
  const channels = new Map<string, number>();
  for (const one of [...first.removed, ...second.removed]) {
    channels.set(one.node, (channels.get(one.node) ?? 0) + one.channels);
  }
  return {
    removed: [...channels].map(([node, count]) => ({ node, channels: count })),
    macsBefore: first.macsBefore,
    macsAfter: second.macsAfter,
  };
}

function channelsOf({ removed }: RemovedChannels): number {
  return removed.reduce((sum, { channels }) => sum + channels, 0);
}
