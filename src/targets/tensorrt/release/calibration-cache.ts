/**
 * Calibration caches: scales of tensors as text, which builders up to TensorRT 10 read. A first line with the release and the way of calibrating, then
 * `name: hhhhhhhh`, the IEEE 754 single of scale = amax / 127 as eight hexadecimal digits, most significant byte first.
 */
import { TinymlError } from '../../../diagnostics/errors.ts';
import type { Release } from './release.ts';
import { numberOfVersion, versionOfNumber } from './version-number.ts';

/** trtexec and DeepStream read caches as this calibrator; others are ignored, and the build then calibrates on noise. */
const ALGORITHM = 'EntropyCalibration2';

/** A cache of another model may be large; one of a network that runs on a Jetson is not. */
export const MAX_CACHE_BYTES = 16 * 2 ** 20;

export type CalibrationCache = {
  /** The first line. */
  readonly header: string;
  /** In words, e.g. `TensorRT 8.6.2 with EntropyCalibration2`. */
  readonly origin: string;
  readonly entries: readonly {
    /** Empty where the line has none. */
    readonly name: string;
    /** NaN where the line holds no eight hexadecimal digits. */
    readonly scale: number;
    /** Of the file, from 1 on. */
    readonly line: number;
  }[];
};

/** The first line of a cache that a release reads, e.g. `TRT-8201-EntropyCalibration2`. */
export function cacheHeader({ version }: Release): string {
  return `TRT-${numberOfVersion(version)}-${ALGORITHM}`;
}

/** @param amax largest magnitude of the tensor */
export function cacheLine(name: string, amax: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(amax / 127);
  return `${name}: ${bytes.toString('hex')}`;
}

/** Whether a tensor can be quantised with it. */
export function isScale(scale: number): boolean {
  return scale > 0 && Number.isFinite(scale);
}

/** @param release for which it is read: what it should begin with @throws TinymlError E_QUANT for what is no cache */
export function parseCalibrationCache(text: string, release: Release): CalibrationCache {
  const [first = '', ...lines] = text.split(/\r?\n/);
  const header = first.trim();
  const found = /^TRT-(\d{1,9})-([A-Za-z0-9]{1,100})$/.exec(header);
  if (found === null) {
    throw new TinymlError('E_QUANT', 'this is no calibration cache', {
      at: 'line 1 of the calibration cache',
      hint: `its first line is "${cacheHeader(release)}"`,
    });
  }
  const entries = lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    // Names may hold colons.
    const colon = line.lastIndexOf(':');
    const digits = /^ ([0-9a-f]{8})$/i.exec(line.slice(colon + 1))?.[1];
    const scale = digits === undefined ? Number.NaN : Buffer.from(digits, 'hex').readFloatBE();
    return [{ name: line.slice(0, Math.max(colon, 0)), scale, line: i + 2 }];
  });
  const origin = `TensorRT ${versionOfNumber(Number(found[1])).join('.')} with ${found[2]}`;
  return { header, origin, entries };
}
