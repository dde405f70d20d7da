/** Where a result comes from: the tool, the line, the models and the data, so that another run can be told from it. */

import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { toolVersion } from '../package-root.ts';
import type { Provenance } from '../report/provenance.ts';
import { shellLine } from './shell-words.ts';

export type Origins = {
  /** @param external files that hold weights of the model */
  readonly model: (path: string, sha256: string, external?: readonly string[]) => void;
  /** @param files all of the data set */
  readonly data: (path: string, files: readonly string[]) => void;
  /** What is done to data. @param sha256 null where nothing is known of it */
  readonly preprocess: (sha256: string | null) => void;
  /** Reads what it has to say of files now. */
  readonly provenance: () => Promise<Provenance>;
};

/** @param words of the command line, behind `tinyml` */
export function createOrigins(words: readonly string[]): Origins {
  const models: { readonly path: string; readonly sha256: string; readonly external: readonly string[] }[] =
    [];
  const data = new Map<string, readonly string[]>();
  let preprocess: string | null = null;
  return {
    model: (path, sha256, external = []) => void models.push({ path, sha256, external }),
    data: (path, files) => void data.set(path, files),
    preprocess: (sha256) => {
      preprocess = sha256;
    },
    provenance: async () => ({
      tool: { name: 'tinyml', version: toolVersion() },
      line: shellLine(['tinyml', ...words]),
      models: await Promise.all(models.map(modelOrigin)),
      ...(preprocess === null ? {} : { preprocess }),
      data: [...data].map(([path, files]) => dataOrigin(path, files)),
    }),
  };
}

async function modelOrigin(model: {
  readonly path: string;
  readonly sha256: string;
  readonly external: readonly string[];
}): Promise<Provenance['models'][number]> {
  const { path, sha256, external } = model;
  if (external.length === 0) return { path, sha256 };
  return { path, sha256, external: await Promise.all(external.map(fileSha256)) };
}

async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** Names are those inside the data set, so that it may lie anywhere. */
function dataOrigin(path: string, files: readonly string[]): Provenance['data'][number] {
  const top = resolve(path);
  const listed = [...new Set(files.map((file) => resolve(file)))]
    .map((file) => ({
      name: relative(top, file) || basename(file),
      bytes: statSync(file, { throwIfNoEntry: false })?.size ?? 0,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    path,
    files: listed.length,
    bytes: listed.reduce((sum, { bytes }) => sum + bytes, 0),
    listing: createHash('sha256')
      .update(listed.map(({ name, bytes }) => `${bytes} ${name}\n`).join(''))
      .digest('hex'),
  };
}
