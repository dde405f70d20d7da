/** How data call their classes, by folders or by numbers in names of files, and the names that a model has for its classes. */
import { join } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { firstOf } from '../diagnostics/lists.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { type Warning, warning } from '../diagnostics/warnings.ts';
import { NO_LABEL, noLabels } from './labels.ts';
import type { Source } from './source.ts';

/**
 * The same data, with the numbers that the model gives to classes of these names. Where no folder is called as a
 * class, numbers stay those of the order of the folders; where some number in the name of a file is the name of no class
 * ("7", "seven"), numbers stay as they are.
 * @param labels of the model by index; empty where they are not known
 */
export function withModelClasses(source: Source, labels: readonly string[]): Source {
  const indices = modelIndices(source, labels);
  if (indices === null) return source;
  const indexOf = (label: number): number => (label === NO_LABEL ? NO_LABEL : indices.get(label)!);
  return {
    ...source,
    classes: labels.length,
    ...(source.classNames === undefined ? { numbered: 'names' as const } : { classNames: labels }),
    *records(wanted) {
      for (const record of source.records(wanted)) {
        yield { ...record, label: record.label === null ? null : indexOf(record.label) };
      }
    },
    labels: () => source.labels().map(indexOf),
  };
}

/** The same data without labels and targets. */
export function withoutLabels(source: Source): Source {
  const { classNames: _, numbered: __, targetElements: ___, targetsAreClasses: ____, ...rest } = source;
  return {
    ...rest,
    classes: null,
    *records(wanted) {
      for (const { target: _, ...record } of source.records(wanted)) yield { ...record, label: null };
    },
    labels: () => noLabels(source.length),
  };
}

/** The same data; without labels where these are numbers in names of files, and one is beyond the outputs of the model. @param source as `withModelClasses` gives it */
export function withinOutputs(source: Source, outputs: number): Source {
  const isBeyond = source.numbered === 'indices' && (source.classes ?? 0) > outputs;
  return isBeyond ? { ...withoutLabels(source), numbered: 'beyond' } : source;
}

/**
 * Where some folders are called as classes of the model, the others are slips: numbered in the order of their names, the folders
 * that are right would stand for other classes, too.
 * @throws TinymlError E_DATA
 */
export function refuseStrayFolders(
  { classNames = [] }: Source,
  labels: readonly string[],
  path: string,
): void {
  const strays = classNames.filter((name) => !labels.includes(name));
  if (labels.length === 0 || strays.length === 0 || strays.length === classNames.length) return;
  const free = labels.filter((label) => !classNames.includes(label));
  const meant = strays.map((name) => nearest(name, free)[0]).filter((label) => label !== undefined);
  throw new TinymlError(
    'E_DATA',
    `${classNames.length - strays.length} of ${classNames.length} folders are called as classes of the model, and not ${firstOf(
      strays.map((name) => JSON.stringify(name)),
      SHOWN,
    )}`,
    {
      at: strays.slice(0, SHOWN).map((name) => join(path, name)),
      hint: `${meant.length > 0 ? `did you mean ${firstOf(meant, SHOWN)}? Then rename the folder` : `rename the folder as one of the classes ${firstOf(free.length > 0 ? free : labels, SHOWN)}`}; or take it out of the data, or give the names of all classes with --labels`,
    },
  );
}

/** By the label of the data, the class of the model that is called so; null where there is none for some of them. */
function modelIndices(source: Source, labels: readonly string[]): ReadonlyMap<number, number> | null {
  const { classNames = [], numbered } = source;
  const indices =
    numbered !== undefined
      ? numbersIn(source).map(
          (number) => [number, labels.findIndex((name) => numberOf(name) === number)] as const,
        )
      : classNames.map((name, label) => [label, labels.indexOf(name)] as const);
  return indices.length === 0 || indices.some(([, index]) => index < 0) ? null : new Map(indices);
}

/** Ascending. */
function numbersIn(source: Source): readonly number[] {
  return [...new Set(source.labels())].filter((label) => label !== NO_LABEL).sort((a, b) => a - b);
}

const WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** The number that the name of a class is; null where it is none. */
function numberOf(name: string): number | null {
  if (/^\d{1,4}$/.test(name)) return Number(name);
  const word = WORDS.indexOf(name.toLowerCase());
  return word < 0 ? null : word;
}

/** Says where data call a class otherwise than the model. @param source as `withModelClasses` gives it */
export function classNameWarnings(
  source: Source,
  labels: readonly string[],
  path: string,
): readonly Warning[] {
  const { classNames = [], numbered } = source;
  if (numbered === 'beyond') {
    const message =
      'numbers in names of files are more than the outputs of the model: they are taken for no labels';
    return [
      warning('W_LABELS', message, {
        at: path,
        hint: 'where they are labels, the model must have as many classes; where they are none, --unlabelled says so',
      }),
    ];
  }
  if (labels.length === 0) return [];
  if (numbered === 'indices') return numberWarnings(numbersIn(source), labels, path);
  const stranger = classNames.find((name) => !labels.includes(name));
  if (stranger === undefined) return [];
  const message = `a folder is called ${JSON.stringify(stranger)}, and no class of the model: folders are numbered in the order of their names`;
  const shown = `${labels.slice(0, SHOWN).join(', ')}${labels.length > SHOWN ? ' ...' : ''}`;
  const hint = `the model has the classes ${shown}: call the folders so, or give other names with --labels`;
  return [warning('W_LABELS', message, { at: path, hint })];
}

function numberWarnings(
  numbers: readonly number[],
  labels: readonly string[],
  path: string,
): readonly Warning[] {
  const meant = numbers
    .filter((number) => number < labels.length)
    .map((number) => `${number} is ${JSON.stringify(labels[number])}`);
  if (meant.length === 0) return [];
  const message = `numbers in names of files are taken for indices of the classes of the model: ${firstOf(meant, SHOWN)}`;
  const hint =
    'where they are no labels, evaluate --unlabelled predicts without; where they are others, put the files into folders that are called as the classes, or give the names in the order of the numbers with --labels';
  return [warning('W_LABELS', message, { at: path, hint })];
}

/** Names of classes that a message lists. */
const SHOWN = 10;
