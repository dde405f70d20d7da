/** Folders of classes, and the names that a model has for its classes. */
import { type Warning, warning } from '../diagnostics/warnings.ts';
import { NO_LABEL } from './labels.ts';
import type { Source } from './source.ts';

/**
 * The same data, with the numbers that the model gives to classes of these names. Where some folder is called otherwise than
 * every class, numbers stay those of the order of the folders.
 * @param labels of the model by index; empty where they are not known
 */
export function withModelClasses(source: Source, labels: readonly string[]): Source {
  const { classNames = [] } = source;
  const indices = classNames.map((name) => labels.indexOf(name));
  if (classNames.length === 0 || indices.includes(-1)) return source;
  const indexOf = (label: number): number => (label === NO_LABEL ? NO_LABEL : indices[label]!);
  return {
    ...source,
    classes: labels.length,
    classNames: labels,
    *records(wanted) {
      for (const record of source.records(wanted)) {
        yield { ...record, label: record.label === null ? null : indexOf(record.label) };
      }
    },
    labels: () => source.labels().map(indexOf),
  };
}

/** Says where a folder is called otherwise than every class of the model. */
export function classNameWarnings(
  { classNames = [] }: Source,
  labels: readonly string[],
  path: string,
): readonly Warning[] {
  const stranger = classNames.find((name) => !labels.includes(name));
  if (stranger === undefined || labels.length === 0) return [];
  const message = `a folder is called ${JSON.stringify(stranger)}, and no class of the model: folders are numbered in the order of their names`;
  const shown = `${labels.slice(0, SHOWN).join(', ')}${labels.length > SHOWN ? ' ...' : ''}`;
  const hint = `the model has the classes ${shown}: call the folders so, or give other names with --labels`;
  return [warning('W_LABELS', message, { at: path, hint })];
}

/** Names of classes that a hint lists. */
const SHOWN = 10;
