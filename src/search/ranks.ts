/**
 * What is said of a network from a few samples, without training it; more is better, of every one.
 *
 * - `naswot`: how differently the Relus see the samples: the logarithm of the determinant of the kernel of their binary codes (Mellor et al. 2021, "Neural
 *   Architecture Search without Training"); -Infinity where two samples have the same code.
 * - `zen`: how far a small change of Gaussian noise moves the last image, with the variances of batch normalisations (Lin et al. 2021, "Zen-NAS").
 * - `snip`: the sum of |weight x gradient| over all weights (Lee et al. 2019), as its logarithm.
 * - `grad-norm`: the sum over layers of the Euclidean norm of the gradient (Abdelfattah et al. 2021), as its logarithm.
 */
export const PROXIES = ['naswot', 'zen', 'snip', 'grad-norm'] as const;

export type ProxyKind = (typeof PROXIES)[number];

/** What is said of it without any: how large it is. Proxies have to be better than these, and seldom are (docs/benchmarks.md). */
export const SIZES = ['macs', 'tables'] as const;

type Size = { readonly tableBytes: number; readonly macs: number };

/** How large a network is by one of these; null for a proxy. */
export function sizeBy(rank: string): ((cost: Size) => number) | null {
  if (rank === 'tables') return ({ tableBytes }) => tableBytes;
  return rank === 'macs' ? ({ macs }) => macs : null;
}
