/** Findings as text. */
import { oneLine } from '../../../diagnostics/printable.ts';
import { counted } from '../../../diagnostics/units.ts';
import type { Platform } from '../release/platform.ts';
import type { Finding } from './finding.ts';
import { RULES } from './rules.ts';

/** Places that a group names before it only counts them. */
const SHOWN = 5;

type Counts = Readonly<Record<Finding['severity'], number>>;

export function countFindings(findings: readonly Finding[]): Counts {
  const count = (severity: Finding['severity']): number =>
    findings.filter((finding) => finding.severity === severity).length;
  return { error: count('error'), warning: count('warning'), note: count('note') };
}

/** What is alike is told once, with the nodes that it is true of: all of them if asked for. */
export function lintText(findings: readonly Finding[], platform: Platform, all: boolean): readonly string[] {
  const { profile, software, release } = platform;
  const { error, warning, note } = countFindings(findings);
  return [
    `for ${profile.name} with JetPack ${software.jetpack} (TensorRT ${release.version.join('.')}):`,
    ...groups(findings).flatMap((group) => groupText(group, all)),
    `${counted(error, 'error')}, ${counted(warning, 'warning')}, ${counted(note, 'note')}`,
  ];
}

/** Findings of one rule, severity and cause, in order. */
function groups(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const found = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.rule, finding.severity, finding.cause, finding.fix]);
    const group = found.get(key);
    if (group) group.push(finding);
    else found.set(key, [finding]);
  }
  return [...found.values()];
}

function groupText(group: readonly Finding[], all: boolean): readonly string[] {
  const { rule, severity, cause, fix, fixable } = group[0]!;
  const title = RULES.find(({ id }) => id === rule)?.title ?? '';
  const shown = all ? group : group.slice(0, SHOWN);
  const more = group.length - shown.length;
  return [
    `${severity}[${rule}] ${title}${group.length > 1 ? ` (${group.length} times)` : ''}`,
    ...shown.map(({ message }) => `  - ${oneLine(message)}`),
    ...(more > 0 ? [`  - and ${more} more (--verbose lists them)`] : []),
    `  why: ${oneLine(cause)}`,
    `  fix: ${oneLine(fix)}${fixable ? ' (--fix does it)' : ''}`,
  ];
}
