/** Whether values of data are in the units that a model takes: by the codes of its inputs, else by its preprocessing. */
import { type Preprocess, RAW_VALUES } from '../data/preprocess.ts';
import type { Sample } from '../data/types.ts';
import { formatPercent } from '../diagnostics/units.ts';
import { type Warning, warning } from '../diagnostics/warnings.ts';
import { dataInputs } from '../graph/state.ts';
import type { Graph, Port, Quant } from '../graph/types.ts';
import { QUANT_RANGES } from '../graph/verify.ts';
import { contractOf } from '../input/contract.ts';
import { usualFactor } from './diagnose/input-data.ts';

/** Samples that are looked at. */
export const LOOKED_AT = 64;

/** A share of values beyond the codes that calibration on such data would not leave there; and how far beyond the farthest lies. */
const BEYOND = { share: 0.1, times: 2 } as const;
/** Values that spread over less of the codes have fewer than 4 bits. */
const LEAST_SHARE = 1 / 16;
/** Spans of normalised values: networks take from about 1 to 10. */
const USUAL_SPAN = { least: 0.1, most: 50 } as const;

type Range = { readonly min: number; readonly max: number };

/** @param samples the first of the data, as they go into the graph */
export function unitWarnings(graph: Graph, samples: readonly Sample[]): readonly Warning[] {
  const { preprocess } = contractOf(graph);
  return dataInputs(graph).flatMap((port, i): readonly Warning[] => {
    const { quant } = graph.values.get(port.value)!;
    const inputs = samples.map(({ inputs }) => inputs[i]!);
    const seen = extentOf(inputs);
    if (!(seen.max > seen.min)) return []; // no samples, or a constant
    const said = quant === null ? byPreprocess(seen, preprocess) : byCodes(seen, inputs, quant);
    return said === null ? [] : [unitWarning(port, samples.length, said)];
  });
}

type Said = { readonly message: string; readonly hint: string };

function unitWarning({ name }: Port, samples: number, { message, hint }: Said): Warning {
  const at = `input ${JSON.stringify(name)}, ${samples === 1 ? 'one sample' : `the first ${samples} samples`}`;
  return warning('W_UNITS', message, { at, hint });
}

/** What calibration saw is what codes cover. */
function byCodes(
  seen: Range,
  inputs: readonly Float32Array[],
  { dtype, scale, zeroPoint }: Quant,
): Said | null {
  const [low, high] = QUANT_RANGES[dtype];
  const real = (code: number): number => (code - zeroPoint[0]!) * scale[0]!;
  const covered = { min: real(low), max: real(high) };
  const hint = `calibration data and these are in different units, or one of them was preprocessed twice: compare them, and the "scale", "mean" and "std" of --preprocess`;
  const beyond = shareOutside(inputs, covered);
  const times = reach(seen) / reach(covered);
  if (beyond >= BEYOND.share && times >= BEYOND.times) {
    const about = usualFactor(times, times);
    const message = `values are ${rangeText(seen)}, the codes of the model cover ${rangeText(covered)}: ${formatPercent(beyond)} of them are cut off, the largest is about ${numberText(about)} times too large`;
    return { message, hint };
  }
  const share = (seen.max - seen.min) / (covered.max - covered.min);
  if (share >= LEAST_SHARE) return null;
  const codes = Math.max(1, Math.round(share * (high - low)));
  const message = `values are ${rangeText(seen)}, the codes of the model cover ${rangeText(covered)}: they use ${codes} of its ${high - low + 1} codes`;
  return { message, hint };
}

/** Of a float model, only that normalising leaves values of about 1. Without it nothing is known of units. */
function byPreprocess(seen: Range, preprocess: Preprocess | null): Said | null {
  if (preprocess === null || preprocess.sound !== null) return null; // quiet recordings are quiet
  const { scale, std } = preprocess;
  const normalises = scale !== RAW_VALUES.scale || std.some((one) => one !== 1);
  const span = seen.max - seen.min;
  if (!normalises || (span >= USUAL_SPAN.least && span <= USUAL_SPAN.most)) return null;
  const size = span < USUAL_SPAN.least ? 'hardly differ' : 'are huge';
  const message = `after preprocessing values ${size}: ${rangeText(seen)}`;
  return {
    message,
    hint: `the data are not in the units that "scale" (${scale}), "mean" and "std" are for: images are 0 .. 255; arrays may be 0 .. 1 already`,
  };
}

function extentOf(inputs: readonly Float32Array[]): Range {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of inputs) {
    for (const value of values) {
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return { min, max };
}

function shareOutside(inputs: readonly Float32Array[], { min, max }: Range): number {
  let [outside, total] = [0, 0];
  for (const values of inputs) {
    for (const value of values) if (value < min || value > max) outside++;
    total += values.length;
  }
  return outside / total;
}

function reach({ min, max }: Range): number {
  return Math.max(-min, max);
}

function rangeText({ min, max }: Range): string {
  return `${numberText(min)} .. ${numberText(max)}`;
}

function numberText(value: number): string {
  return String(Number(value.toPrecision(4)));
}
