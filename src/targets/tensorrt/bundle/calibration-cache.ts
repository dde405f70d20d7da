/**
 * Calibration caches: scales of tensors as text, which builders up to TensorRT 10 read. A first line with the release and the way of calibrating, then
 * `name: hhhhhhhh`, the IEEE 754 single of scale = amax / 127 as eight hexadecimal digits, most significant byte first.
 */
import { TinymlError } from '../../../diagnostics/errors.ts';
import type { Release } from '../release/release.ts';
import { typingOf } from '../release/typing.ts';
import { numberOfVersion, versionOfNumber } from '../release/version-number.ts';
import type { BundleFile, BundleInput } from './input.ts';
import { CALIBRATION_CACHE } from './paths.ts';

/** trtexec and DeepStream read caches as this calibrator; others are ignored, and the build then calibrates on noise. */
const ALGORITHM = 'EntropyCalibration2';

/** A cache of another model may be large; one of a network that runs on a Jetson is not. */
const MAX_CHARACTERS = 16 * 2 ** 20;

/** For releases that read one, where the model has scales. @throws TinymlError E_QUANT as `cachedRanges` */
export function printCalibrationCache(input: BundleInput): readonly BundleFile[] {
  const ranges = cachedRanges(input);
  if (ranges.size === 0) return [];
  const lines = Array.from(ranges, ([name, amax]) => `${name}: ${scaleDigits(amax)}`);
  return [[CALIBRATION_CACHE, `${headerOf(input.platform.release)}\n${lines.join('\n')}\n`]];
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
  const scale = Math.fround(amax / 127);
  return scale > 0 && Number.isFinite(scale) ? null : `tensor ${JSON.stringify(name)}: range ${amax}`;
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
  if (text.length > MAX_CHARACTERS)
    throw refuse('the calibration cache is too large', `${text.length} characters`, again);
  const [header = '', ...lines] = text.split(/\r?\n/);
  const found = /^TRT-(\d+)-([A-Za-z0-9]+)$/.exec(header.trim());
  if (found === null) {
    throw refuse('this is no calibration cache', 'line 1', `its first line is "${headerOf(release)}"`);
  }
  if (header.trim() !== headerOf(release)) {
    throw refuse(
      `the calibration cache is for TensorRT ${versionOfNumber(Number(found[1])).join('.')} with ${found[2]}, not for ${headerOf(release).slice(4)}`,
      'line 1',
      `TensorRT ${release.version.join('.')} would ignore it: ${again}`,
    );
  }
  const entries = lines.flatMap((line, i) => (line.trim() === '' ? [] : [{ line, number: i + 2 }]));
  const parsed = entries.map(({ line, number }) => {
    const colon = line.lastIndexOf(':');
    const scale = /^ [0-9a-f]{8}$/i.test(line.slice(colon + 1)) ? scaleOf(line.slice(colon + 2)) : Number.NaN;
    return { name: line.slice(0, Math.max(colon, 0)), scale, number };
  });
  const damaged = parsed.filter(({ name, scale }) => name === '' || !(scale > 0 && Number.isFinite(scale)));
  if (damaged.length > 0) {
    throw refuse(
      `${damaged.length} line(s) of the calibration cache hold no positive finite scale`,
      damaged.map(({ number }) => `line ${number}`),
      'a line is "name: hhhhhhhh", the scale as eight hexadecimal digits',
    );
  }
  const missing = [...tensors].filter((tensor) => !parsed.some(({ name }) => name === tensor));
  if (missing.length > 0) {
    throw refuse(
      `the calibration cache is of another model: ${missing.length} of ${tensors.size} tensors are not in it`,
      missing.map((tensor) => `tensor ${JSON.stringify(tensor)}`),
      again,
    );
  }
  return new Map(
    parsed.filter(({ name }) => tensors.has(name)).map(({ name, scale }) => [name, scale * 127]),
  );
}

/** e.g. `TRT-8201-EntropyCalibration2`. */
function headerOf({ version }: Release): string {
  return `TRT-${numberOfVersion(version)}-${ALGORITHM}`;
}

function scaleDigits(amax: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(amax / 127);
  return bytes.toString('hex');
}

function scaleOf(digits: string): number {
  return Buffer.from(digits, 'hex').readFloatBE();
}
