/** What the tables of a data set say of their columns, where all say the same. */
import { isSameStep } from './clock.ts';
import type { Preprocess } from './preprocess.ts';
import type { RecordingHeader } from './source.ts';

/** Null where some file has other columns than the first, has no names for them, or a name twice; a step where all have it. */
export function tableOf(recordings: readonly RecordingHeader[]): Preprocess['table'] {
  const [first] = recordings;
  const columns = first?.names ?? null;
  if (columns === null || columns.includes('') || new Set(columns).size < columns.length) return null;
  if (
    recordings.some(
      ({ names }) => names?.length !== columns.length || names.some((name, i) => name !== columns[i]),
    )
  ) {
    return null;
  }
  const clock = first?.clock ?? null;
  const step = clock !== null && clock.step > 0 ? clock.step : null;
  const isStep =
    step !== null && recordings.every(({ clock }) => clock != null && isSameStep(clock.step, step));
  return { columns, step: isStep ? step : null };
}
