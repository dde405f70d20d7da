/** All rules, in the order in which they are told of. */
import { CACHE_RULES } from './cache-rules.ts';
import { JOIN_RULES } from './join-rules.ts';
import { LINEAR_RULES } from './linear-rules.ts';
import { MODEL_RULES } from './model-rules.ts';
import { NUMBER_RULES } from './numbers-rules.ts';
import { PLACE_RULES } from './place-rules.ts';
import type { Rule } from './rule.ts';
import { WEIGHT_RULES } from './weight-rules.ts';

const GROUPS = 'RWACPSDLK';

export const RULES: readonly Rule[] = [
  ...MODEL_RULES,
  ...NUMBER_RULES,
  ...WEIGHT_RULES,
  ...LINEAR_RULES,
  ...JOIN_RULES,
  ...PLACE_RULES,
  ...CACHE_RULES,
].sort(
  (a, b) =>
    GROUPS.indexOf(a.id[0]!) - GROUPS.indexOf(b.id[0]!) || Number(a.id.slice(1)) - Number(b.id.slice(1)),
);
