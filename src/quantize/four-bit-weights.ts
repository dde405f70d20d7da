/** Layers whose weights have 4 bits where the others have 8: names on the command line to linear nodes. */
import { TinymlError } from '../diagnostics/errors.ts';
import { firstOf } from '../diagnostics/lists.ts';
import { consumers } from '../graph/rewrite.ts';
import type { FourBits, Graph, Node } from '../graph/types.ts';
import { layersNamed } from './named-layers.ts';
import { fusedAway, type LinearNode, type QuantPlan } from './scheme.ts';
import { weightLayout } from './weights.ts';

/** The weights of these layers in so many bits. */
export type WeightBitsWish = {
  /** As of `BitsWish`. */
  readonly layers: string;
  readonly bits: 4 | 8;
  /** With 4 bits, how many inputs share a factor; null: each output channel has one scale. */
  readonly group: number | null;
};

/** A layer whose weights have 4 bits, what it makes, and how many of its inputs share a factor; null: each output channel has one scale. */
export type FourBitLayer = { readonly layer: string; readonly value: string; readonly group: number | null };

export function fourBitLayers(graph: Graph, { fourBits }: QuantPlan): readonly FourBitLayer[] {
  return [...fourBits].map(([node, { group }]) => ({ layer: node.name, value: madeBy(graph, node), group }));
}

/** What a node makes, or the activation that is computed with it. */
function madeBy(graph: Graph, { outputs: [output = ''] }: Node): string {
  const [behind] = fusedAway(graph).has(output) ? (consumers(graph).get(output) ?? []) : [];
  return behind?.outputs[0] ?? output;
}

/** Groups are whole runs of packed codes. */
export const GROUP_UNIT = 8;

/**
 * The plan with weights of 4 bits for the wished layers; of two wishes for one layer, the last holds. Of operators and ranges, and of `all`,
 * what has no form with 4 bits keeps its 8, and what groups do not divide has one scale for each output channel.
 * @throws TinymlError E_USAGE for names that the model does not have, and for groups that do not divide the inputs of a layer that is
 *   named alone; E_OP for a layer without a form with 4 bits, naming those that have
 */
export function withFourBitWeights(
  graph: Graph,
  plan: QuantPlan,
  wishes: readonly WeightBitsWish[],
): QuantPlan {
  const linear = new Map(plan.linear.map((one) => [one.node, one] as const));
  const fourBits = new Map<Node, FourBits>();
  for (const wish of wishes) {
    const { nodes, one } = layersNamed(graph, wish.layers, optionOf(wish));
    const judged = nodes.map((node) => ({ node, obstacle: obstacleOf(graph, plan, linear.get(node), node) }));
    const able = judged.flatMap(({ node, obstacle }) => (obstacle === null ? [node] : []));
    const [hindered] = judged.flatMap(({ obstacle }) => obstacle ?? []);
    if (wish.bits === 4 && able.length === 0 && hindered !== undefined) {
      throw new TinymlError('E_OP', hindered, { at: optionOf(wish), hint: namesOfAble(graph, plan, linear) });
    }
    for (const node of able) {
      if (wish.bits === 4) fourBits.set(node, groupsOf(graph, linear.get(node)!, wish, one));
      else fourBits.delete(node);
    }
  }
  return { ...plan, fourBits };
}

function groupsOf(graph: Graph, linear: LinearNode, wish: WeightBitsWish, one: boolean): FourBits {
  const { inChannels } = weightLayout(graph, linear);
  const { group } = wish;
  if (group === null || inChannels % group === 0) return { group };
  if (!one) return { group: null };
  throw new TinymlError(
    'E_USAGE',
    `groups of ${group} do not divide the ${inChannels} inputs of "${linear.node.name}"`,
    {
      at: optionOf(wish),
      hint:
        inChannels % GROUP_UNIT === 0
          ? `take a divisor of ${inChannels} that is a multiple of ${GROUP_UNIT}, or no groups: ${wish.layers}=4`
          : `leave out the groups: ${wish.layers}=4`,
    },
  );
}

/** Why the weights of a node cannot have 4 bits; null where they can. */
function obstacleOf(
  graph: Graph,
  plan: QuantPlan,
  linear: LinearNode | undefined,
  node: Node,
): string | null {
  const named = `"${node.name}" (${node.op})`;
  if (linear === undefined) return `${named} has no constant weights that are multiplied in int8`;
  if (linear.axis !== 0) return `${named} has no form with 4-bit weights`;
  const { inChannels, groups } = weightLayout(graph, linear);
  if (inChannels === 1 && groups > 1) return `${named} is depthwise: its weights keep 8 bits`;
  const wide = new Set([...plan.wide].flatMap(({ members }) => members));
  if (wide.has(linear.input) || wide.has(madeBy(graph, node)))
    return `${named} computes with 16-bit codes: its weights keep 8 bits`;
  return null;
}

/** Some layers whose weights can have 4 bits, for a hint. */
function namesOfAble(graph: Graph, plan: QuantPlan, linear: ReadonlyMap<Node, LinearNode>): string {
  const able = graph.nodes.filter((node) => obstacleOf(graph, plan, linear.get(node), node) === null);
  if (able.length === 0) return 'no layer of this model can have them';
  return `layers that can have them: ${firstOf(able.map(({ name }) => name))}`;
}

function optionOf(wish: WeightBitsWish): string {
  return `--weight-bits ${weightBitsText(wish)}`;
}

/** What the option says: `layer=4:32`. */
export function weightBitsText({ layers, bits, group }: WeightBitsWish): string {
  return `${layers}=${bits}${group === null ? '' : `:${group}`}`;
}
