import { formatCount } from './units.ts';

/** Things that a message names before it only counts the others. */
const NAMED = 10;

/** `a, b, c`; of many the first, `a, b, ... and 1,790 more`. @param most that are named */
export function firstOf(items: readonly string[], most = NAMED): string {
  const more = items.length - most;
  if (more <= 0) return items.join(', ');
  return `${items.slice(0, most).join(', ')} and ${formatCount(more)} more`;
}
