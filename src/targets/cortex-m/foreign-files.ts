/** Tells files of a bundle from files that somebody else put beside them. */
import { filesBeside, readManifestFile } from '../bundle-folder.ts';
import type { Manifest } from './manifest.ts';

/** Where the build files of a bundle put what they make. */
const BUILD_FOLDER = 'build';

/**
 * What a folder holds that neither `tinyml deploy` wrote nor a build made: the files that its manifest does not list.
 * In a folder without a manifest of tinyml, of whatever version, that is every entry.
 */
export function foreignFiles(folder: string): readonly string[] {
  return filesBeside(folder, manifestIn(folder), (path) => path.startsWith(`${BUILD_FOLDER}/`));
}

function manifestIn(folder: string): Pick<Manifest, 'files'> | null {
  try {
    const json = readManifestFile(folder).toString('utf8');
    const { tool, files } = JSON.parse(json) as Manifest;
    return tool.name === 'tinyml' && files.every(({ path }) => typeof path === 'string') ? { files } : null;
  } catch {
    return null; // no manifest, or that of something else
  }
}
