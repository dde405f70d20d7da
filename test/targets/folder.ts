import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BundleFile } from '../../src/targets/cortex-m/bundle.ts';

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
