/** One rule of the lint. */
import type { Finding, RuleId } from './finding.ts';
import type { LintView } from './view.ts';

export type Rule = {
  readonly id: RuleId;
  /** One line for tables. */
  readonly title: string;
  /** Why it matters and what to do, for those who see it the first time. */
  readonly help: string;
  /** The worst that it says. */
  readonly severity: Finding['severity'];
  readonly check: (view: LintView) => readonly Finding[];
};

/** A rule whose findings all have its id. */
export function rule(
  { id, title, help, severity }: Omit<Rule, 'check'>,
  check: (view: LintView) => readonly Said[],
): Rule {
  return {
    id,
    title,
    help,
    severity,
    check: (view) => check(view).map((said) => ({ rule: id, severity, ...said })),
  };
}

/** What a rule says; it is as bad as the rule unless it says so itself. */
export type Said = Omit<Finding, 'rule' | 'severity'> & Partial<Pick<Finding, 'severity'>>;
