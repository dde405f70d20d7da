/** The samples of a data set, divided among devices. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { portableCos, portablePow } from '../../numbers/double-math.ts';
import { portableLog } from '../../numbers/portable-math.ts';
import { mixSeed, seededRandom } from '../../numbers/random.ts';
import { shuffled, upTo } from '../../train/run/batches.ts';

export type Split =
  /** Of every class as much on every device, but for chance. */
  | { readonly kind: 'iid' }
  /** Shares of each class drawn from a Dirichlet distribution (Hsu et al. 2019): the smaller alpha, the more unlike devices are. */
  | { readonly kind: 'dirichlet'; readonly alpha: number };

/** Keys that keep the random sequences of one seed apart. */
const [DEAL, SHARES] = [11, 12];

/**
 * Indices of the samples of each device; every sample is on one device, every device has at least one.
 * @param labels of all samples
 * @throws TinymlError E_DATA for fewer samples than devices
 */
export function partition(
  labels: Int32Array,
  devices: number,
  split: Split,
  seed: number,
): readonly Int32Array[] {
  if (labels.length < devices) {
    throw new TinymlError('E_DATA', `${labels.length} samples are too few for ${devices} devices`, {
      hint: 'Every device needs one: give more data, or fewer devices.',
    });
  }
  const order = shuffled(upTo(labels.length), mixSeed(seed, DEAL));
  return split.kind === 'iid' ? dealt(order, devices) : byShares(order, labels, devices, split.alpha, seed);
}

function dealt(order: Int32Array, devices: number): readonly Int32Array[] {
  return Array.from({ length: devices }, (_, device) =>
    order.subarray(
      Math.floor((device * order.length) / devices),
      Math.floor(((device + 1) * order.length) / devices),
    ),
  );
}

function byShares(
  order: Int32Array,
  labels: Int32Array,
  devices: number,
  alpha: number,
  seed: number,
): readonly Int32Array[] {
  const random = seededRandom(mixSeed(seed, SHARES));
  const owned: number[][] = Array.from({ length: devices }, () => []);
  const classes = [...new Set(labels)].sort((a, b) => a - b);
  for (const one of classes) {
    const samples = order.filter((index) => labels[index] === one);
    const shares = Array.from({ length: devices }, () => gamma(alpha, random));
    const sum = shares.reduce((total, share) => total + share, 0);
    let [passed, from] = [0, 0];
    for (let device = 0; device < devices; device++) {
      passed += shares[device]!;
      const to = device === devices - 1 ? samples.length : Math.round((samples.length * passed) / sum);
      for (let i = from; i < to; i++) owned[device]!.push(samples[i]!);
      from = Math.max(from, to);
    }
  }
  giveToEmpty(owned);
  return owned.map((indices) => Int32Array.from(indices));
}

/** A device without samples gets one of the device with the most. */
function giveToEmpty(owned: number[][]): void {
  for (const indices of owned) {
    if (indices.length > 0) continue;
    const richest = owned.reduce((most, one) => (one.length > most.length ? one : most));
    indices.push(richest.pop()!);
  }
}

/** A number of the gamma distribution of this shape and scale 1 (Marsaglia and Tsang 2000), above 0. */
function gamma(shape: number, random: () => number): number {
  if (shape < 1) {
    return Math.max(Number.MIN_VALUE, gamma(shape + 1, random) * portablePow(uniform(random), 1 / shape));
  }
  const d = shape - 1 / 3;
  for (;;) {
    const x = normal(random);
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && logarithm(uniform(random)) < 0.5 * x * x + d - d * v + d * logarithm(v)) return d * v;
  }
}

/** By Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * logarithm(uniform(random))) * portableCos(2 * Math.PI * random());
}

/** In (0, 1]. */
function uniform(random: () => number): number {
  return 1 - random();
}

function logarithm(x: number): number {
  return x >= 1 ? portableLog(x) : -portableLog(1 / x);
}
