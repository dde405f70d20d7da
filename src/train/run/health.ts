import type { OctoSettings } from '../options.ts';
import type { HealthRow } from './history.ts';

/** Means over all inspections of one layer. */
type LayerHealth = {
  readonly layer: string;
  readonly saturation: number;
  readonly zeros: number;
  readonly cosine: number;
  readonly lac: number | null;
};

/** Layers in the order in which they were first inspected. */
export function healthByLayer(rows: readonly HealthRow[]): readonly LayerHealth[] {
  return [...new Set(rows.map(({ layer }) => layer))].map((layer) => {
    const own = rows.filter((row) => row.layer === layer);
    const mean = (of: (row: HealthRow) => number): number =>
      own.reduce((sum, row) => sum + of(row), 0) / own.length;
    return {
      layer,
      saturation: mean((row) => row.saturation),
      zeros: mean((row) => row.zeros),
      cosine: mean((row) => row.cosine),
      lac: own.every((row) => row.lac === null) ? null : mean((row) => row.lac ?? 0),
    };
  });
}

/** With fewer bits the ends of the range are no rare codes. */
const MIN_BITS_FOR_SATURATION = 4;
const MAX_SATURATION = 0.05;
const MIN_COSINE = 0.9;
const MIN_LAC = 0.001;

/** What an engineer should change, layer by layer. */
export function healthWarnings(rows: readonly HealthRow[], octo: OctoSettings): readonly string[] {
  return healthByLayer(rows).flatMap(({ layer, saturation, cosine, lac }) => [
    ...(saturation > MAX_SATURATION && octo.bitsGradients >= MIN_BITS_FOR_SATURATION
      ? [
          `${layer}: ${percent(saturation)} of the gradient's codes are at the ends of the range: try ${octo.prc.kind === 'mse' ? '--prc off' : '--prc mse'}`,
        ]
      : []),
    // Stochastic rounding lowers the cosine by design, and makes up for it over many steps.
    ...(cosine < MIN_COSINE && octo.gradientRounding === 'nearest'
      ? [
          `${layer}: the cosine between the gradient and its codes is ${cosine.toFixed(2)}: try ${octo.bitsGradients < 8 ? '--round-gradients stochastic or more --bits-g' : '--round-gradients stochastic'}`,
        ]
      : []),
    ...(lac !== null && lac < MIN_LAC
      ? [`LAC is ${percent(lac)} of the pre-activation of ${layer}: it can be left out (--lac off)`]
      : []),
  ]);
}

/** Two digits: `14 %`, `0.05 %`. */
function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}
