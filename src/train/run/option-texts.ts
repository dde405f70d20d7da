/** Settings of training as the command line writes them. */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Lac, OctoSettings, Prc, Scheme } from '../options.ts';
import { OCTO_DEFAULTS } from '../options.ts';

/**
 * `off`, `fixed:0.95`, `zscore:2.576`, `mse` or `learned`; without a number the one of the paper's code.
 * @throws TinymlError E_USAGE
 */
export function parsePrc(text: string): Prc {
  const [kind, number, ...more] = text.split(':');
  const value = positiveNumber(number);
  if (more.length === 0) {
    if ((kind === 'off' || kind === 'mse' || kind === 'learned') && number === undefined) return { kind };
    if (kind === 'fixed' && (number === undefined || (value !== null && value <= 1))) {
      return { kind, share: value ?? 0.95 };
    }
    if (kind === 'zscore' && (number === undefined || value !== null)) {
      return { kind, deviations: value ?? 2.576 };
    }
  }
  throw wrong(
    'prc',
    text,
    'off, fixed:<share up to 1>, zscore:<deviations>, mse or learned',
    'For example: --prc mse',
  );
}

/** @throws TinymlError E_USAGE for another kind. */
export function parseLac(kind: string, l2: number): Lac {
  if (kind === 'off' || kind === 'channel' || kind === 'position' || kind === 'tied') return { kind, l2 };
  throw wrong('lac', kind, 'off, channel, position or tied', 'For example: --lac channel');
}

/**
 * `full`, `last:K`, `bias`, or the path of a JSON file.
 * @throws TinymlError E_USAGE, E_FILE
 */
export async function parseScheme(text: string): Promise<Scheme> {
  if (text === 'full' || text === 'bias') return { kind: text };
  const layers = /^last:([1-9]\d{0,5})$/.exec(text)?.[1];
  if (layers !== undefined) return { kind: 'last', layers: Number(layers) };
  if (text.endsWith('.json')) return (await import('../compile/scheme.ts')).loadScheme(text);
  throw wrong('scheme', text, 'full, last:<layers>, bias or a .json file', 'For example: --scheme last:2');
}

/**
 * Settings with defaults for what was left out. Gradients below 8 bits are rounded stochastically, because rounding to
 * nearest then loses most of them; `faithful` takes what the published code does (affine, fixed 0.95, LAC by position).
 */
export function octoSettings(given: Partial<OctoSettings>): OctoSettings {
  const bitsGradients = given.bitsGradients ?? OCTO_DEFAULTS.bitsGradients;
  const published: Partial<OctoSettings> = {
    activations: 'affine',
    lac: { kind: 'position', l2: given.lac?.l2 ?? OCTO_DEFAULTS.lac.l2 },
    prc: { kind: 'fixed', share: 0.95 },
  };
  const gradientRounding = given.gradientRounding ?? (bitsGradients < 8 ? 'stochastic' : 'nearest');
  // A clip biases what stochastic rounding leaves unbiased (docs/octo.md, O4).
  const prc: Prc = gradientRounding === 'stochastic' ? { kind: 'off' } : OCTO_DEFAULTS.prc;
  return {
    ...OCTO_DEFAULTS,
    ...(given.faithful === true ? published : { gradientRounding, prc }),
    ...given,
  };
}

/** A plain decimal number above 0, else null. */
function positiveNumber(text: string | undefined): number | null {
  const value = text !== undefined && /^\d*\.?\d+(e-?\d{1,2})?$/i.test(text) ? Number(text) : Number.NaN;
  return value > 0 && Number.isFinite(value) ? value : null;
}

function wrong(option: string, text: string, wanted: string, hint: string): TinymlError {
  return new TinymlError('E_USAGE', `--${option} takes ${wanted}, not "${text}"`, {
    at: `--${option}`,
    hint,
  });
}
