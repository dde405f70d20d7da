/** What the lint says of a model. */

/** R: the parser refuses it; W, A, C, P, S: it costs speed or accuracy; D: outputs; L: the DLA; K: a calibration cache. */
type RuleGroup = 'R' | 'W' | 'A' | 'C' | 'P' | 'S' | 'D' | 'L' | 'K';

export type RuleId = `${RuleGroup}${number}`;

export type Finding = {
  readonly rule: RuleId;
  /** `error`: no engine is built; `warning`: it is slower or less exact than it need be; `note`: worth knowing. */
  readonly severity: 'error' | 'warning' | 'note';
  /** Names of the nodes, first the one to look at; of tensors, lines of the cache or the file where there are none. */
  readonly at: readonly string[];
  /** One sentence: what is wrong. */
  readonly message: string;
  /** Why that matters on this release. */
  readonly cause: string;
  /** What to do. */
  readonly fix: string;
  /** Whether `--fix` does it. */
  readonly fixable: boolean;
};
