import type { ReleaseId } from './release.ts';

/** A node that the parser of a release does not take, or takes for something else. */
export type Unparsable = {
  readonly node: string;
  readonly op: string;
  readonly reason: string;
  /** The first release that can; null where none does. */
  readonly since: ReleaseId | null;
  /** What tinyml writes in its place; null where it has no other form. */
  readonly instead: string | null;
};
