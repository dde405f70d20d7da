/** In what each layer is computed, and why. */
import * as z from 'zod';
import { TinymlError } from '../../../diagnostics/errors.ts';
import { checkJson, readJsonFile } from '../../../diagnostics/json-file.ts';
import { nearest } from '../../../diagnostics/nearest.ts';
import type { Graph, Node } from '../../../graph/types.ts';
import type { LayerPrecision } from '../release/model.ts';
import type { Precision } from '../release/platform.ts';
import type { Release } from '../release/release.ts';
import { refusals, structuralReasons } from './exclude.ts';
import { ACTIVATIONS, AVERAGES, carried } from './operands.ts';
import { type Placement, placePairs } from './placement.ts';

/**
 * `int8`: every layer that has an int8 form. `auto`: but for those that it would make slower or too wrong. A map names
 * single nodes; the others are chosen by their structure.
 */
export type PrecisionChoice = 'auto' | 'int8' | ReadonlyMap<string, Precision>;

/** Nodes that are left out of int8 although they have such a form, with the reason. */
export type Left = ReadonlyMap<Node, LeftOut>;

type LeftOut = { readonly precision: Precision; readonly reason: string };

/**
 * The nodes that are left out of int8 before anything is measured.
 * @throws TinymlError E_USAGE listing the nodes of a map that the graph does not have, or that have no int8 form
 */
export function leftOut(graph: Graph, release: Release, choice: PrecisionChoice): Left {
  const refused = refusals(graph, release);
  const asked = typeof choice === 'string' ? NOTHING : namedNodes(graph, choice, refused);
  const structural = choice === 'int8' ? NOTHING_LEFT : structuralReasons(graph);
  const left = new Map<Node, LeftOut>();
  for (const [node, reason] of [...structural, ...refused]) {
    if (asked.get(node) !== 'int8') left.set(node, { precision: 'fp16', reason });
  }
  for (const [node, precision] of asked) {
    if (precision !== 'int8') left.set(node, { precision, reason: 'as the list of precisions says' });
  }
  return left;
}

const NOTHING: ReadonlyMap<Node, Precision> = new Map();
const NOTHING_LEFT: ReadonlyMap<Node, string> = new Map();

function namedNodes(
  graph: Graph,
  wanted: ReadonlyMap<string, Precision>,
  refused: ReadonlyMap<Node, string>,
): ReadonlyMap<Node, Precision> {
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const unknown = [...wanted.keys()].filter((name) => !byName.has(name));
  if (unknown.length > 0) {
    const names = [...byName.keys()];
    throw new TinymlError(
      'E_USAGE',
      `the model has no node of ${unknown.length === 1 ? 'this name' : 'these names'}`,
      {
        at: unknown.map((name) => `"${name}"${meant(nearest(name, names))}`),
        hint: 'the names are those that "tinyml quantize" lists; leave out nodes that were computed away',
      },
    );
  }
  // What can be in int8 at all, with nothing left out.
  const { layers, coded } = placePairs(graph, new Set(refused.keys()));
  const inInt8 = new Set(layers.map(({ node }) => node));
  const impossible = [...wanted].flatMap(([name, precision]) => {
    const node = byName.get(name)!;
    if (precision !== 'int8' || inInt8.has(node) || coded.has(node.outputs[0]!)) return [];
    return [`node "${name}" (${node.op}): ${refused.get(node) ?? noInt8Form(node)}`];
  });
  if (impossible.length > 0) {
    throw new TinymlError('E_USAGE', 'not every node that is asked for in int8 has an int8 form', {
      at: impossible,
    });
  }
  return new Map([...wanted].map(([name, precision]) => [byName.get(name)!, precision]));
}

function meant(names: readonly string[]): string {
  return names.length === 0 ? '' : `: did you mean ${names.map((name) => `"${name}"`).join(', ')}?`;
}

export function noInt8Form({ op }: Node): string {
  return NEEDS_CODES.has(op) ? 'no layer in int8 makes what it reads' : `${op} has no int8 form`;
}

/** Operators that are computed in int8 where a layer in int8 stands before them. */
const NEEDS_CODES = new Set([...ACTIVATIONS, ...AVERAGES, 'Add', 'Mul']);

/** Of every node that computes new float values, in order. */
export function layerPrecisions(
  graph: Graph,
  { layers, coded }: Placement,
  left: Left,
): readonly LayerPrecision[] {
  const inInt8 = new Set(layers.map(({ node }) => node));
  return computingNodes(graph).map((node) => {
    const { name, op } = node;
    // What is computed with a layer in int8 is no layer of its own.
    if (inInt8.has(node) || coded.has(node.outputs[0]!)) {
      return { node: name, op, precision: 'int8', reason: null };
    }
    return { node: name, op, ...(left.get(node) ?? { precision: 'fp16', reason: noInt8Form(node) }) };
  });
}

/** Nodes that compute new float values. */
export function computingNodes(graph: Graph): readonly Node[] {
  const isFloat = (name: string): boolean => graph.values.get(name)?.dtype === 'float32';
  return graph.nodes.filter((node) => carried(graph, node) === null && node.outputs.some(isFloat));
}

/** What structure alone says of the layers, before anything is calibrated or measured. */
export function planPrecisions(graph: Graph, release: Release): readonly LayerPrecision[] {
  const left = leftOut(graph, release, 'auto');
  return layerPrecisions(graph, placePairs(graph, new Set(left.keys())), left);
}

/**
 * The file of `--per-layer-precision`: an object of node names and precisions.
 * @throws TinymlError E_FILE, E_USAGE for a file that is no such object
 */
export function readPrecisions(path: string): ReadonlyMap<string, Precision> {
  const schema = z.record(z.string(), z.enum(['int8', 'fp16', 'fp32']));
  return new Map(Object.entries(checkJson(schema, readJsonFile(path, 'E_USAGE'), path, 'E_USAGE')));
}
