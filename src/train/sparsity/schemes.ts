/** Schemes of updates as they are probed and searched: biases of the last layers, and shares of the weights of some of these. */
import type { SchemeLayer } from '../compile/trained.ts';
import type { Scheme } from '../options.ts';

type Listed = Extract<Scheme, { kind: 'listed' }>;

/** Weights of a layer, by its place among all, of which a share of the input channels is trained. */
export type Part = { readonly layer: number; readonly share: number };

/** `depth` last layers whose biases are trained, and parts of their weights, by layer. Depth 0: nothing but a new last layer. */
export type Choice = { readonly depth: number; readonly parts: readonly Part[] };

export const NOTHING: Choice = { depth: 0, parts: [] };

/** The same choice has the same key. */
export function choiceKey({ depth, parts }: Choice): string {
  return `${depth}:${parts.map(({ layer, share }) => `${layer}x${share}`).join(',')}`;
}

export function withPart({ depth, parts }: Choice, part: Part): Choice {
  return { depth, parts: [...parts, part].sort((a, b) => a.layer - b.layer) };
}

/** As `train --scheme` reads it. */
export function schemeOf({ depth, parts }: Choice, layers: readonly SchemeLayer[], model: string): Listed {
  const weights = parts.map(({ layer, share }) => ({ layer: layers[layer]!.name, channels: share }));
  return { kind: 'listed', biases: depth, weights, model };
}

/** For people: `6 biases; conv3 1/4, dense`. */
export function choiceText({ depth, parts }: Choice, layers: readonly SchemeLayer[]): string {
  const biases = `${depth} ${depth === 1 ? 'bias' : 'biases'}`;
  const weights = parts.map(
    ({ layer, share }) => `${layers[layer]!.name}${share < 1 ? ` ${shareText(share)}` : ''}`,
  );
  return weights.length === 0 ? biases : `${biases}; ${weights.join(', ')}`;
}

/** `1/8`, or per cent where it is no such part. */
function shareText(share: number): string {
  const parts = 1 / share;
  return Number.isInteger(parts) ? `1/${parts}`.replace(/^1\/1$/, '1') : `${Math.round(100 * share)} %`;
}

/** Shares of a layer that differ, ascending: of one with two channels a half is the least. */
export function sharesOf({ channels }: SchemeLayer, shares: readonly number[]): readonly number[] {
  const taken = new Map<number, number>();
  for (const share of [...shares].sort((a, b) => b - a)) {
    const count = Math.max(1, Math.round(share * channels));
    if (!taken.has(count) && (channels > 1 || share === 1)) taken.set(count, share);
  }
  return [...taken.values()].reverse();
}
