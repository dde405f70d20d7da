import { checkJson, readJsonFile } from '../diagnostics/json-file.ts';
import type { Preprocess } from './preprocess.ts';

/**
 * Reads a preprocessing description (docs/data.md).
 * @throws TinymlError E_FILE, E_PREPROCESS with the path of every fault.
 */
export async function loadPreprocess(path: string): Promise<Preprocess> {
  const value = readJsonFile(path, 'E_PREPROCESS');
  const { preprocessSchema, PREPROCESS_SYNONYMS } = await import('./preprocess-schema.ts');
  return checkJson(preprocessSchema, value, path, 'E_PREPROCESS', {
    otherwise: ([, inside]) =>
      `docs/${inside === 'features' ? 'sound' : 'data'}.md says what each key takes.`,
    synonyms: PREPROCESS_SYNONYMS,
  });
}
