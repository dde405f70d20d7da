import { createHash } from 'node:crypto';
import { checkJson, readJsonBytes, readJsonFile } from '../diagnostics/json-file.ts';
import type { Preprocess } from './preprocess.ts';

/**
 * Reads a preprocessing description (docs/data.md).
 * @throws TinymlError E_FILE, E_PREPROCESS with the path of every fault.
 */
export async function loadPreprocess(path: string): Promise<Preprocess> {
  const value = readJsonFile(path, 'E_PREPROCESS');
  const { preprocessSchema, PREPROCESS_KEYS } = await import('./preprocess-schema.ts');
  return checkJson(preprocessSchema, value, path, 'E_PREPROCESS', PREPROCESS_KEYS);
}

/** By this a run knows the description again. @throws TinymlError E_FILE, E_PREPROCESS */
export function preprocessSha256(path: string): string {
  return createHash('sha256').update(readJsonBytes(path, 'E_PREPROCESS')).digest('hex');
}
