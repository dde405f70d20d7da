/** What stands out in the times of an engine, and what to do about it. */
import { formatPercent } from '../../../diagnostics/units.ts';
import type { TimeFinding, TimeReport } from '../../target.ts';
import type { Platform } from '../release/platform.ts';

/** Shares of the time from which something is told. */
const REFORMAT_SHARE = 0.1;
const ALONE_SHARE = 0.02;
const OUT_OF_INT8_SHARE = 0.2;

/** A layer that takes so many times its least, and this share of the time. */
const FAR_FROM_ROOF = 10;
const FAR_SHARE = 0.05;

/** Of the 99th percentile by the median. */
const SPREAD = 1.5;

/** Layers named in one finding. */
const NAMED = 5;

type Facts = Omit<TimeReport, 'findings'>;

export function findingsOf(facts: Facts, platform: Platform): readonly TimeFinding[] {
  return [
    ...noPrecisions(facts),
    ...silentFallback(facts, platform),
    ...reformats(facts),
    ...outOfInt8(facts),
    ...floatConvolutions(facts, platform),
    ...pairsAlone(facts),
    ...farFromRoof(facts),
    ...hostBound(facts),
    ...unsteady(facts),
  ];
}

function noPrecisions({ precisions }: Facts): readonly TimeFinding[] {
  if (precisions.length > 0) return [];
  return [
    {
      message: 'precisions of layers are not known',
      at: [],
      remedy: 'build the engine with --profilingVerbosity=detailed, and give --layers',
    },
  ];
}

function silentFallback(
  { precisions, outOfInt8: out }: Facts,
  { precision }: Platform,
): readonly TimeFinding[] {
  if (precision !== 'int8' || precisions.length === 0 || out !== null) return [];
  return [
    {
      message: 'no layer of the engine is in int8',
      at: [],
      remedy:
        'see that --int8 was given and the model has Q and DQ (or its calibration cache is of this release); DeepStream builds FP16 without a word where it finds no cache: let it load the engine',
    },
  ];
}

function reformats({ reformat, layers }: Facts): readonly TimeFinding[] {
  if (reformat.share < REFORMAT_SHARE) return [];
  return [
    {
      message: `${reformat.layers} reformat layers take ${formatPercent(reformat.share)} of the time`,
      at: slowest(layers.filter(({ kind }) => kind === 'reformat')),
      remedy:
        'each changes precision or layout between two layers: "tinyml lint" names pairs that force it (W1, A1, C1); keep neighbours in one precision; --inputIOFormats lets the first layer read what you have',
    },
  ];
}

function outOfInt8({ outOfInt8: out, layers }: Facts): readonly TimeFinding[] {
  if (out === null || out.share < OUT_OF_INT8_SHARE) return [];
  return [
    {
      message: `${out.layers} layers of this int8 engine are not in int8 and take ${formatPercent(out.share)} of the time`,
      at: slowest(
        layers.filter(
          ({ kind, precision }) => kind !== 'reformat' && precision !== null && precision !== 'int8',
        ),
      ),
      remedy:
        '"tinyml inspect --target" says which of them were left out on purpose, and why; of the others "tinyml lint" says which pair is missing (W1, W2, W3)',
    },
  ];
}

/** Where FP16 is allowed a convolution in FP32 is an oversight. */
function floatConvolutions({ layers }: Facts, { precision }: Platform): readonly TimeFinding[] {
  const found = layers.filter(
    ({ kind, precision: own }) => own === 'fp32' && (kind === 'convolution' || kind === 'matrix product'),
  );
  if (precision === 'fp32' || found.length === 0) return [];
  return [
    {
      message: `convolutions or matrix products that are computed in FP32: ${found.length}`,
      at: slowest(found),
      remedy:
        'give --fp16 beside --int8: else all that is not in int8 is FP32; where the graph is strongly typed, see which Cast makes it FP32',
    },
  ];
}

function pairsAlone({ layers, kinds }: Facts): readonly TimeFinding[] {
  const alone = kinds.find(({ label }) => label === 'Q or DQ alone');
  if (alone === undefined || alone.share < ALONE_SHARE) return [];
  return [
    {
      message: `${alone.layers} Q or DQ went into no layer and take ${formatPercent(alone.share)} of the time`,
      at: slowest(layers.filter(({ kind }) => kind === 'Q or DQ alone')),
      remedy:
        'a pair belongs at the input of a layer in int8 and nowhere else: "tinyml lint --fix" moves and drops them',
    },
  ];
}

function farFromRoof({ layers }: Facts): readonly TimeFinding[] {
  const far = layers.filter(
    ({ ms, leastMs, share }) => leastMs !== null && share >= FAR_SHARE && ms > FAR_FROM_ROOF * leastMs,
  );
  if (far.length === 0) return [];
  return [
    {
      message: `${far.length} layers take more than ${FAR_FROM_ROOF} times what the module needs at least`,
      at: far
        .slice(0, NAMED)
        .map(
          ({ name, ms, leastMs }) => `${name}: ${ms.toFixed(3)} ms, at least ${leastMs!.toPrecision(2)} ms`,
        ),
      remedy:
        'small or depthwise layers do not fill the GPU: larger batches, fewer and wider layers, or FP16 for them; see that clocks are locked in the power mode that was named',
    },
  ];
}

function hostBound({ inferences }: Facts): readonly TimeFinding[] {
  if (inferences === null || inferences.enqueueMs <= inferences.computeMs) return [];
  return [
    {
      message: `the host takes longer to enqueue an inference (${inferences.enqueueMs.toFixed(3)} ms) than the GPU to compute it (${inferences.computeMs.toFixed(3)} ms)`,
      at: [],
      remedy: 'use a CUDA graph (trtexec --useCudaGraph)',
    },
  ];
}

function unsteady({ inferences }: Facts): readonly TimeFinding[] {
  if (inferences === null || inferences.p99Ms <= SPREAD * inferences.latencyMs) return [];
  return [
    {
      message: `times vary: the 99th percentile is ${inferences.p99Ms.toFixed(3)} ms, the median ${inferences.latencyMs.toFixed(3)} ms`,
      at: [],
      remedy: 'lock the clocks (jetson_clocks) and let nothing else run',
    },
  ];
}

/** Layers come slowest first. */
function slowest(layers: Facts['layers']): readonly string[] {
  const named = layers.slice(0, NAMED).map(({ name, ms }) => `${name}: ${ms.toFixed(3)} ms`);
  return layers.length > NAMED ? [...named, `and ${layers.length - NAMED} more`] : named;
}
