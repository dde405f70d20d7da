/** Entries of the metadata of a file that a model carries along; what they say is read by those who need it. */
import type { StringStringEntryProto } from './proto.ts';

/** Keys of tinyml. State and gates are parts of a Graph, and written from there. */
const CARRIED = /^tinyml\.(?!state$|gates$)/;

export function carriedMetadata(entries: readonly StringStringEntryProto[]): ReadonlyMap<string, string> {
  return new Map(
    entries.flatMap(({ key, value }) =>
      typeof key === 'string' && CARRIED.test(key) ? [[key, value ?? ''] as const] : [],
    ),
  );
}
