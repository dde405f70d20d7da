import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sha256Of } from '../../src/numbers/sha256.ts';
import type { BundleFile } from '../../src/targets/cortex-m/bundle.ts';
import type { Manifest } from '../../src/targets/cortex-m/manifest.ts';

/** Runs a body with each bundle written to a folder of its own; the folders are removed afterwards. */
export async function withBundles(
  bundles: readonly (readonly BundleFile[])[],
  body: (...folders: readonly string[]) => void | Promise<void>,
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'tinyml-bundle-test-'));
  try {
    const folders = bundles.map((files, index) => {
      const folder = join(root, `bundle${index}`);
      for (const { path, contents } of files) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), contents);
      }
      return folder;
    });
    await body(...folders);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Rewrites a file and its entry in the manifest, as somebody would who wants to pass the check of the files. */
export function forge(folder: string, path: string, change: (text: string) => string): void {
  const forged = change(readFileSync(join(folder, path), 'utf8'));
  writeFileSync(join(folder, path), forged);
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  const files = manifest.files.map((file) =>
    file.path === path ? { ...file, sha256: sha256Of(forged) } : file,
  );
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, files }));
}
