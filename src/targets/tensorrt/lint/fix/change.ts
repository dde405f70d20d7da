/** What `--fix` changes in a model. */
import type { Graph } from '../../../../graph/types.ts';
import type { Platform } from '../../release/platform.ts';
import type { Finding, RuleId } from '../finding.ts';

export type Change = {
  readonly rule: RuleId;
  /** Names of nodes. */
  readonly at: readonly string[];
  /** One clause: what was done. */
  readonly what: string;
};

export type Fixed = { readonly graph: Graph; readonly changes: readonly Change[] };

/** Repairs what findings of its rules tell of; the same graph where it can do nothing. */
export type Repair = (graph: Graph, platform: Platform, findings: readonly Finding[]) => Fixed;
