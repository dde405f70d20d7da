/** Reads a bundle back from its folder and checks that nothing in it was changed. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TinymlError } from '../../../diagnostics/errors.ts';
import { readRegularFile } from '../../../diagnostics/read-file.ts';
import { sha256Of } from '../../../numbers/sha256.ts';
import { RELEASES } from '../release/release-table.ts';
import { readCalibrationCache } from './calibration-cache.ts';
import { MANIFEST_FILE, type Manifest } from './manifest.ts';
import { parseManifest } from './manifest-schema.ts';
import { CALIBRATION_CACHE } from './paths.ts';

export type Bundle = {
  readonly manifest: Manifest;
  /** SHA-256 of manifest.json. */
  readonly sha256: string;
  /** Contents of every listed file, by its path in the bundle. */
  readonly files: ReadonlyMap<string, Uint8Array>;
};

const MAX_FILE_BYTES = 2 ** 31 - 1;

const AGAIN = 'make the bundle again with "tinyml deploy"';

/**
 * Files that the manifest does not list are ignored.
 * @throws TinymlError E_FILE (no such folder), E_BUNDLE (no bundle for a Jetson; or a file is missing or was changed), E_QUANT (its calibration
 *   cache is of another model or release)
 */
export function readBundle(folder: string): Bundle {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new TinymlError(
      'E_FILE',
      existsSync(folder) ? 'this is not a folder' : 'the folder does not exist',
      {
        at: folder,
        hint: 'give the folder that "tinyml deploy -o" wrote',
      },
    );
  }
  const json = readBundleFile(folder, MANIFEST_FILE);
  const manifest = parseManifest(json.toString('utf8'));
  const files = new Map(manifest.files.map(({ path }) => [path, readBundleFile(folder, path)]));
  checkCache(manifest, files.get(CALIBRATION_CACHE));
  const changed = manifest.files.filter(({ path, sha256 }) => sha256Of(files.get(path)!) !== sha256);
  if (changed.length === 0) return { manifest, sha256: sha256Of(json), files };
  throw new TinymlError('E_BUNDLE', `${changed.length} file(s) of the bundle differ from its manifest`, {
    at: changed.map(({ path }) => path),
    hint: `${AGAIN}; keep changes outside of it`,
  });
}

/** A cache that somebody put in the place of ours: what is wrong with it says more than that it differs. */
function checkCache({ calibrated, target }: Manifest, cache: Uint8Array | undefined): void {
  const release = RELEASES.find(({ version: [major, minor] }) =>
    target.tensorrt.from.startsWith(`${major}.${minor}.`),
  );
  if (calibrated === null || cache === undefined || release === undefined) return;
  readCalibrationCache(Buffer.from(cache).toString('utf8'), release, new Set(calibrated));
}

function readBundleFile(folder: string, path: string): Buffer {
  const file = join(folder, path);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new TinymlError('E_BUNDLE', `${path} is missing from the bundle`, { at: file, hint: AGAIN });
  }
  return readRegularFile(file, MAX_FILE_BYTES, (size) => {
    return new TinymlError('E_BUNDLE', `${path} is too large for a bundle (${size} bytes)`, {
      at: file,
      hint: AGAIN,
    });
  });
}
