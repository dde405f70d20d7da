/** What the lint says of a model. */
import type { LintFinding } from '../../target.ts';

/** R: the parser refuses it; W, A, C, P, S: it costs speed or accuracy; D: outputs; L: the DLA; K: a calibration cache. */
type RuleGroup = 'R' | 'W' | 'A' | 'C' | 'P' | 'S' | 'D' | 'L' | 'K';

export type RuleId = `${RuleGroup}${number}`;

export type Finding = LintFinding & { readonly rule: RuleId };
