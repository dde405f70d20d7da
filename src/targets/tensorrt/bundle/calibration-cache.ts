/** The calibration cache of a bundle: written, and read back. */
import { TinymlError } from '../../../diagnostics/errors.ts';
import {
  cacheHeader,
  cacheLine,
  isScale,
  MAX_CACHE_BYTES,
  parseCalibrationCache,
} from '../release/calibration-cache.ts';
import type { Release } from '../release/release.ts';
import { typingOf } from '../release/typing.ts';
import type { BundleFile, BundleInput } from './input.ts';
import { CALIBRATION_CACHE } from './paths.ts';

/** For releases that read one, where the model has scales. @throws TinymlError E_QUANT as `cachedRanges` */
export function printCalibrationCache(input: BundleInput): readonly BundleFile[] {
  const ranges = cachedRanges(input);
  if (ranges.size === 0) return [];
  const lines = Array.from(ranges, ([name, amax]) => cacheLine(name, amax));
  return [[CALIBRATION_CACHE, `${cacheHeader(input.platform.release)}\n${lines.join('\n')}\n`]];
}

/**
 * Largest magnitudes that the cache holds, by name in ONNX. Where the engine of the bundle needs none, those that the format cannot hold are
 * left out: tensors without a scale run in a higher precision.
 * @throws TinymlError E_QUANT naming all that the format cannot hold, where the engine needs them
 */
export function cachedRanges({ platform, model }: BundleInput): ReadonlyMap<string, number> {
  if (!platform.release.calibrator) return new Map();
  const ranges = [...model.ranges];
  const faults = ranges.flatMap(([name, amax]) => faultOf(name, amax) ?? []);
  if (typingOf(platform) !== 'cache') {
    return new Map(ranges.filter(([name, amax]) => faultOf(name, amax) === null));
  }
  if (faults.length === 0) return model.ranges;
  throw new TinymlError('E_QUANT', `${faults.length} tensor(s) cannot be written to a calibration cache`, {
    at: faults,
    hint: 'a range is positive and finite: calibrate with samples on which every tensor is more than zeros',
  });
}

function faultOf(name: string, amax: number): string | null {
  if (name === '' || /[\r\n]/.test(name)) return `tensor ${JSON.stringify(name)}: no name of one line`;
  return isScale(Math.fround(amax / 127)) ? null : `tensor ${JSON.stringify(name)}: range ${amax}`;
}

/**
 * Reads a cache that is to be used for a model on a release.
 * @param tensors names of the tensors of the model
 * @returns largest magnitudes by name, of the tensors of the model alone
 * @throws TinymlError E_QUANT where it is none, of another release or of another model
 */
export function readCalibrationCache(
  text: string,
  release: Release,
  tensors: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const refuse = (message: string, at: string | readonly string[], hint: string): TinymlError =>
    new TinymlError('E_QUANT', message, { at, hint });
  const again = 'calibrate again with "tinyml quantize --data ... --target ... --jetpack ..."';
  if (text.length > MAX_CACHE_BYTES)
    throw refuse('the calibration cache is too large', `${text.length} characters`, again);
  const { header, origin, entries } = parseCalibrationCache(text, release);
  const wanted = cacheHeader(release);
  if (header !== wanted) {
    throw refuse(
      `the calibration cache is for ${origin}, not for ${wanted.slice(4)}`,
      'line 1',
      `TensorRT ${release.version.join('.')} would ignore it: ${again}`,
    );
  }
  const damaged = entries.filter(({ name, scale }) => name === '' || !isScale(scale));
  if (damaged.length > 0) {
    throw refuse(
      `${damaged.length} line(s) of the calibration cache hold no positive finite scale`,
      damaged.map(({ line }) => `line ${line}`),
      'a line is "name: hhhhhhhh", the scale as eight hexadecimal digits',
    );
  }
  const given = new Set(entries.map(({ name }) => name));
  const missing = [...tensors].filter((tensor) => !given.has(tensor));
  if (missing.length > 0) {
    throw refuse(
      `the calibration cache is of another model: ${missing.length} of ${tensors.size} tensors are not in it`,
      missing.map((tensor) => `tensor ${JSON.stringify(tensor)}`),
      again,
    );
  }
  return new Map(
    entries.filter(({ name }) => tensors.has(name)).map(({ name, scale }) => [name, scale * 127]),
  );
}
