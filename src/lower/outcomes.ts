/** What lowering makes of the nodes of a graph, and all that it refuses as one error. */
import { type ErrorCode, TinymlError } from '../diagnostics/errors.ts';
import type { Node } from '../graph/types.ts';
import { isDynamic } from './int8/without-rule.ts';
import { describe, WAY_OUT } from './shared/context.ts';

/** What lowering made of one node (or of a port that it cannot take): how many steps, or why it has none. */
export type NodeOutcome =
  | { readonly node: Node; readonly kind: 'native'; readonly kernels: readonly string[] }
  | { readonly node: Node; readonly kind: 'fused' }
  | { readonly node: Node; readonly kind: 'view' }
  | {
      readonly node: Node;
      readonly kind: 'unsupported';
      /** E_OP: there is no form; E_QUANT: the quantisation of the file is not one of ours. */
      readonly code: ErrorCode;
      readonly why: string;
      /** The way out. */
      readonly hint: string;
      /** Whether it could be left in float32. */
      readonly inFloat: boolean;
    };

export type Unsupported = Extract<NodeOutcome, { readonly kind: 'unsupported' }>;

/** A node (or a port) that an error refuses. */
export function refused(
  node: Node,
  { code, message: why, hint = WAY_OUT }: TinymlError,
  inFloat: boolean,
): Unsupported {
  return { node, kind: 'unsupported', code, why, hint, inFloat };
}

export function isUnsupported(made: unknown): made is Unsupported {
  return typeof made === 'object' && made !== null && 'kind' in made && made.kind === 'unsupported';
}

/** All that cannot be lowered, as one error, with the way out for every node; null where everything can. */
export function loweringError(
  outcomes: readonly NodeOutcome[],
  summary: (count: number) => string,
): TinymlError | null {
  const all = outcomes.filter(isUnsupported);
  // Around dynamic quantisation stands what only belongs to it.
  const problems = all.some(({ node }) => isDynamic(node)) ? all.filter(({ node }) => isDynamic(node)) : all;
  const [first] = problems;
  if (first === undefined) return null;
  const alone = problems.length === 1;
  const code = problems.every((problem) => problem.code === 'E_QUANT') ? 'E_QUANT' : 'E_OP';
  const hints = [...new Set(problems.map(({ hint }) => hint))];
  const reason = ({ why, hint }: Unsupported): string => (hints.length === 1 ? why : `${why}; ${hint}`);
  return new TinymlError(code, alone ? first.why : summary(problems.length), {
    at: problems.map((problem) =>
      alone ? describe(problem.node) : `${describe(problem.node)}: ${reason(problem)}`,
    ),
    hint: `${hints.length === 1 ? first.hint : WAY_OUT}${orInFloat(problems)}`,
  });
}

/** The way out of one node. */
export function wayOutOf(problem: Unsupported): string {
  return `${problem.hint}${orInFloat([problem])}`;
}

/** More layers than these are named by their operators. */
const MOST_NAMES = 12;

/** All that float32 has kernels for, in one option. */
function orInFloat(problems: readonly Unsupported[]): string {
  const nodes = problems.filter(({ inFloat }) => inFloat).map(({ node }) => node);
  if (nodes.length === 0) return '';
  const names =
    nodes.length > MOST_NAMES ? new Set(nodes.map(({ op }) => op)) : nodes.map(({ name }) => name);
  const which =
    problems.length === 1 ? 'it' : nodes.length === problems.length ? 'them' : `${nodes.length} of them`;
  return `; or leave ${which} in float32, for a core with an FPU: tinyml quantize --float ${[...names].join(',')}`;
}
