/** Reads a bundle back from its folder and checks that nothing in it was changed. */
import { sha256Of } from '../../../numbers/sha256.ts';
import { readListedFiles, readManifestFile, requireUnchanged } from '../../bundle-folder.ts';
import { RELEASES } from '../release/release-table.ts';
import { readCalibrationCache } from './calibration-cache.ts';
import type { Manifest } from './manifest.ts';
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

/**
 * Files that the manifest does not list are ignored.
 * @throws TinymlError E_FILE (no such folder), E_BUNDLE (no bundle for a Jetson; or a file is missing or was changed), E_QUANT (its calibration
 *   cache is of another model or release)
 */
export function readBundle(folder: string): Bundle {
  const json = readManifestFile(folder);
  const manifest = parseManifest(json.toString('utf8'));
  const files = readListedFiles(folder, manifest, MAX_FILE_BYTES);
  checkCache(manifest, files.get(CALIBRATION_CACHE));
  requireUnchanged(manifest, files);
  return { manifest, sha256: sha256Of(json), files };
}

/** A cache that somebody put in the place of ours: what is wrong with it says more than that it differs. */
function checkCache({ calibrated, target }: Manifest, cache: Uint8Array | undefined): void {
  const release = RELEASES.find(({ version: [major, minor] }) =>
    target.tensorrt.from.startsWith(`${major}.${minor}.`),
  );
  if (calibrated === null || cache === undefined || release === undefined) return;
  readCalibrationCache(Buffer.from(cache).toString('utf8'), release, new Set(calibrated));
}
