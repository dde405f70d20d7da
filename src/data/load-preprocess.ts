import { checkJson, readJsonFile } from '../diagnostics/json-file.ts';
import type { Preprocess } from './preprocess.ts';

/** Keys of what does not change the values of a window: which rows and columns of a recording it has. */
const CUTS = ['windows', 'table'];

/**
 * Reads a preprocessing description (docs/data.md).
 * @returns with `isCut` where it says which parts of recordings are taken, and nothing else: it is to be added to another
 * @throws TinymlError E_FILE, E_PREPROCESS with the path of every fault.
 */
export async function loadPreprocess(
  path: string,
): Promise<{ readonly preprocess: Preprocess; readonly isCut: boolean }> {
  const value = readJsonFile(path, 'E_PREPROCESS');
  const { preprocessSchema, PREPROCESS_SYNONYMS } = await import('./preprocess-schema.ts');
  const preprocess = checkJson(preprocessSchema, value, path, 'E_PREPROCESS', {
    otherwise: ([, inside]) =>
      `docs/${inside === 'features' ? 'sound' : 'data'}.md says what each key takes.`,
    synonyms: PREPROCESS_SYNONYMS,
  });
  const keys = Object.keys(value as object).filter((key) => key !== '$schema');
  return { preprocess, isCut: keys.length > 0 && keys.every((key) => CUTS.includes(key)) };
}
