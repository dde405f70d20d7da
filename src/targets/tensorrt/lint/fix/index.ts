/** Repairs of what the lint finds, in the order in which each sees what the one before made regular. */
import type { Graph } from '../../../../graph/types.ts';
import { expandQLinear } from '../../../../passes/expand-qlinear.ts';
import { removeIdentity } from '../../../../passes/remove-identity.ts';
import type { Platform } from '../../release/platform.ts';
import type { Finding, RuleId } from '../finding.ts';
import { RULES } from '../rules.ts';
import { viewOfGraph } from '../view.ts';
import type { Change, Fixed, Repair } from './change.ts';
import { foldNorms, stripPairs } from './float-layers.ts';
import { pairUp } from './movers.ts';
import { dropClips, dropPairs, joinLayers, quantizeSkips, uniteScales, unquantizeHalf } from './pairs.ts';
import { refitActivations } from './parameters.ts';
import { floatPorts } from './ports.ts';
import { refitConstants } from './weights.ts';

type Step = { readonly rules: readonly RuleId[]; readonly repair: Repair };

/** R11: what can be said with Q and DQ is. */
const expandIntegers: Repair = (graph, _platform, findings) => ({
  graph: expandQLinear(graph),
  changes: findings.map(({ rule, at }): Change => ({ rule, at, what: 'a float operator between Q and DQ' })),
});

const STEPS: readonly Step[] = [
  { rules: ['R11'], repair: expandIntegers },
  { rules: ['S2'], repair: dropClips },
  { rules: ['R4', 'R6'], repair: floatPorts },
  { rules: ['R1', 'R4', 'R6', 'R8', 'W4'], repair: pairUp },
  { rules: ['R1', 'R4', 'R6', 'R8', 'W4'], repair: refitActivations },
  { rules: ['R14'], repair: stripPairs },
  { rules: ['R1', 'R4', 'R5', 'R6', 'R9', 'R10', 'W4'], repair: refitConstants },
  { rules: ['W2'], repair: joinLayers },
  { rules: ['W3'], repair: foldNorms },
  { rules: ['A1'], repair: quantizeSkips },
  { rules: ['W1'], repair: unquantizeHalf },
  { rules: ['D1', 'S1', 'P1'], repair: dropPairs },
  { rules: ['C1'], repair: uniteScales },
];

/** One repair may uncover work for another; each round makes less of it. */
const MAX_ROUNDS = 8;

/** What writing the model again repairs by itself, whatever it is. */
const BY_WRITING: ReadonlySet<RuleId> = new Set(['R0', 'R2', 'R3', 'R13']);

/**
 * The graph with everything repaired that can be. It is then to be written in the forms of the release, which repairs the
 * rest: opset, folded scales, their type, operators.
 * @param graph as `resolveModel` gives it, with Q and DQ as nodes
 * @param findings of the file that the graph was read from
 */
export function fixGraph(graph: Graph, platform: Platform, findings: readonly Finding[]): Fixed {
  const written = findings
    .filter(({ rule, fixable }) => fixable && BY_WRITING.has(rule))
    .map(({ rule, at, fix }): Change => ({ rule, at, what: fix }));
  const changes: Change[] = [];
  let current = graph;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = current;
    for (const { rules, repair } of STEPS) {
      const found = findingsOf(current, platform, rules);
      if (found.length === 0) continue;
      const fixed = repair(current, platform, found);
      if (fixed.graph === current) continue;
      // Constants that were behind a DQ may be behind an Identity yet, where exporters share them.
      current = removeIdentity(fixed.graph);
      changes.push(...fixed.changes);
    }
    if (current === before) break;
  }
  return { graph: current, changes: [...written, ...changes] };
}

function findingsOf(graph: Graph, platform: Platform, rules: readonly RuleId[]): readonly Finding[] {
  const view = viewOfGraph(graph, platform);
  return RULES.filter(({ id }) => rules.includes(id))
    .flatMap((rule) => rule.check(view))
    .filter(({ fixable }) => fixable);
}
