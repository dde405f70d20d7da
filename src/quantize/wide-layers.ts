/** Layers whose codes have 16 bits where the others have 8: names on the command line to groups of values with one scale. */
import { TinymlError } from '../diagnostics/errors.ts';
import { firstOf } from '../diagnostics/lists.ts';
import { consumers, producers } from '../graph/rewrite.ts';
import type { Graph, Node } from '../graph/types.ts';
import { nodesWithWideForm } from '../lower/lower.ts';
import { ALL_LAYERS, layersNamed, nodeNamed } from './named-layers.ts';
import { fusedAway, type QuantPlan, type ScaleGroup, type Scheme } from './scheme.ts';
import { standInQuantized } from './stand-in.ts';

/** These layers in so many bits. */
export type BitsWish = {
  /** The name of a node or of what it makes, an operator, `first..last` for all between two nodes, or `all`. */
  readonly layers: string;
  readonly bits: 8 | 16;
};

/** Values that have one scale, and why they cannot have 16 bits; null where they can. */
type Judgement = { readonly group: ScaleGroup; readonly obstacle: string | null };

/**
 * The plan with 16 bits for what the wished layers make. What shares a scale shares its bits; of operators and ranges, and of `all`,
 * what has no form with 16 bits keeps its 8.
 * @throws TinymlError E_USAGE for names that the model does not have; E_OP for a layer without a form with 16 bits, naming those that have
 */
export function withWideGroups(
  graph: Graph,
  plan: QuantPlan,
  scheme: Scheme,
  wishes: readonly BitsWish[],
): QuantPlan {
  if (wishes.length === 0) return plan;
  const judged = judgeGroups(graph, plan, scheme);
  const groupOf = new Map(judged.flatMap((one) => one.group.members.map((name) => [name, one] as const)));
  const wide = new Set<ScaleGroup>();
  for (const wish of wishes) {
    const { values, one } = valuesOf(graph, wish);
    const all = values.flatMap((value) => groupOf.get(value) ?? []);
    // A cell state beside the hidden states that are meant.
    const narrow = all.filter(({ group }) => !hasWideAlready(group));
    const met = narrow.length > 0 ? narrow : all;
    const able = wish.bits === 8 ? met : met.filter(({ obstacle }) => obstacle === null);
    if (met.length === 0) {
      throw new TinymlError('E_USAGE', 'nothing that this layer makes has codes of its own', {
        at: optionOf(wish),
        hint: 'name the layer that reads it, or leave it out',
      });
    }
    const hindered = met.find(({ obstacle }) => obstacle !== null);
    if (wish.bits === 16 && hindered !== undefined && (one || able.length === 0)) {
      throw new TinymlError('E_OP', hindered.obstacle!, {
        at: optionOf(wish),
        hint: namesOfAble(graph, judged),
      });
    }
    for (const { group } of able) {
      for (const each of alike(judged, group)) {
        if (wish.bits === 16) wide.add(each);
        else wide.delete(each);
      }
    }
  }
  return { ...plan, wide };
}

/** The groups of a plan that can have 16 bits; one for all that have the same codes. */
export function wideCandidates(graph: Graph, plan: QuantPlan, scheme: Scheme): readonly ScaleGroup[] {
  return judgeGroups(graph, plan, scheme).flatMap(({ group, obstacle }) =>
    obstacle === null && group.multiple === null ? [group] : [],
  );
}

/** The group, those whose codes are the same at another scale, and those of these. */
function alike(judged: readonly Judgement[], group: ScaleGroup): readonly ScaleGroup[] {
  const found = new Set([group]);
  const touches = ({ multiple, members }: ScaleGroup): boolean =>
    [...found].some(
      (one) =>
        (multiple !== null && one.members.includes(multiple.of)) ||
        (one.multiple !== null && members.includes(one.multiple.of)),
    );
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const { group: other } of judged) if (touches(other)) found.add(other);
  }
  return [...found];
}

function judgeGroups(graph: Graph, plan: QuantPlan, scheme: Scheme): readonly Judgement[] {
  const narrow = standInQuantized(graph, { ...plan, wide: new Set() }, scheme, 'ones');
  const able = nodesWithWideForm(narrow);
  const makers = producers(narrow);
  const fused = fusedAway(graph);
  const own = plan.groups.map((group): Judgement => {
    if (group.exact) return { group, obstacle: 'its 8-bit codes are exact already' };
    if (hasWideAlready(group)) return { group, obstacle: 'it has 16 bits already' };
    const nodes = group.members.flatMap((value) => makersOf(makers, fused, value));
    const without = nodes.find((node) => !able.has(node));
    const obstacle =
      without === undefined ? null : `"${without.name}" (${without.op}) has no form with 16-bit codes`;
    return { group, obstacle };
  });
  // Of groups with the same codes, one that cannot hinders all.
  return own.map(({ group, obstacle }) => {
    const others = new Set(alike(own, group));
    const hindered = own.find((one) => others.has(one.group) && one.obstacle !== null);
    return { group, obstacle: obstacle ?? hindered?.obstacle ?? null };
  });
}

/** Whether its operator gives it 16 bits. */
function hasWideAlready({ sums, fixed }: ScaleGroup): boolean {
  return sums || fixed?.dtype === 'int16';
}

/** What makes a value, with the layer that an activation is computed with. */
function makersOf(
  makers: ReadonlyMap<string, Node>,
  fused: ReadonlySet<string>,
  value: string,
): readonly Node[] {
  const maker = makers.get(value);
  if (maker === undefined) return [];
  const source = maker.inputs.find((name) => fused.has(name));
  return source === undefined ? [maker] : [maker, ...makersOf(makers, fused, source)];
}

type Meant = {
  readonly values: readonly string[];
  /** Whether a single layer was named, which must be able then. */
  readonly one: boolean;
};

/** @throws TinymlError E_USAGE for names that the model does not have */
function valuesOf(graph: Graph, { layers, bits }: BitsWish): Meant {
  const port = graph.inputs.find(({ name, value }) => name === layers || value === layers);
  if (port !== undefined && nodeNamed(graph, layers) === null) return { values: [port.value], one: true };
  if (layers === ALL_LAYERS) return { values: [...graph.values.keys()], one: false };
  const { nodes, one } = layersNamed(graph, layers, optionOf({ layers, bits }));
  return { values: written(graph, nodes), one };
}

/** What nodes write: their outputs, or those of the activations computed with them. */
function written(graph: Graph, nodes: readonly Node[]): readonly string[] {
  const fused = fusedAway(graph);
  const readers = consumers(graph);
  return nodes
    .flatMap(({ outputs }) => outputs)
    .flatMap((value) => (fused.has(value) ? readers.get(value)![0]!.outputs : [value]));
}

/** Some layers that can have 16 bits, for a hint. */
function namesOfAble(graph: Graph, judged: readonly Judgement[]): string {
  const able = new Set(judged.flatMap(({ group, obstacle }) => (obstacle === null ? group.members : [])));
  const names = graph.nodes.flatMap((node) =>
    written(graph, [node]).some((value) => able.has(value)) ? [node.name] : [],
  );
  return names.length === 0 ? 'no layer of this model has' : `layers that have one: ${firstOf(names)}`;
}

function optionOf({ layers, bits }: BitsWish): string {
  return `--bits ${layers}=${bits}`;
}
