/** Reads what a self-test printed of its training (see print-training-selftest.ts). */
import type { VerifiedTraining } from '../../target.ts';
import type { ManifestTraining } from '../manifest.ts';
import type { Line } from '../selftest-lines.ts';

/** In the order of the self-test. The last of them is whole. */
const RECORDS = [
  'none',
  'cut in its header',
  'without its sum',
  'with a bit changed',
  'of another version',
  'of another model',
  'whole',
] as const;

export function readTraining({ first, steps }: ManifestTraining, lines: readonly Line[]): VerifiedTraining {
  const of = (word: string): readonly Line[] => lines.filter(({ words }) => words[0] === word);
  const made = of('step').map(({ numbers }) => {
    const [index = 0, state, results, instructions = 0] = numbers;
    const expected = steps[index];
    const what = state !== expected?.state ? 'state' : results !== expected?.results ? 'results' : null;
    return { step: index + 1, what, instructions } as const;
  });
  const half = made.length / 2;
  const records = of('parameters').flatMap(({ numbers }) => {
    const [which = 0, expected = 0, got = 0, state] = numbers;
    const isWhole = which === RECORDS.length - 1;
    const right = isWhole && half > 0 ? steps[half - 1]!.state : first;
    if (got === expected && state === right) return [];
    return [{ record: RECORDS[which] ?? 'unknown', expected, got }];
  });
  const wrong = made.find(({ what }) => what !== null);
  const most = Math.max(0, ...made.map(({ instructions }) => instructions));
  const complete = of('parameters').length === RECORDS.length;
  return {
    steps: made.length,
    bitExact: wrong === undefined && records.length === 0 && complete,
    mismatch: wrong === undefined ? null : { step: wrong.step, what: wrong.what! },
    records,
    instructions: most === 0 ? null : most,
  };
}
