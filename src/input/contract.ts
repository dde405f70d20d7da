/**
 * What a model takes beside numbers, and how its file keeps it: as metadata_props of the ONNX file, so that it goes wherever
 * the model goes (docs/onnx.md). A Graph carries these entries along, and every file that is written of it has them again.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Preprocess, RAW_VALUES } from '../data/preprocess.ts';
import { PREPROCESS_SYNONYMS, preprocessSchema } from '../data/preprocess-schema.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { checkJson } from '../diagnostics/json-file.ts';
import { canonicalJson } from './canonical-json.ts';
import { faultOfLabel, MAX_LABELS } from './labels.ts';

/** What a model takes beside numbers: part of the model, travels with it. */
export type InputContract = {
  /** What is done to data before the model sees them; null where nobody said. */
  readonly preprocess: Preprocess | null;
  /** Names of the classes by index of the output; empty where they are not known. */
  readonly labels: readonly string[];
};

/** Entries of the metadata of a file, by key: of an ImportedModel and of a Graph. */
type Described = { readonly metadata: ReadonlyMap<string, string> };

/** The value is the canonical JSON of the description, without what is by default; `{}` is values as they are in the file. */
const PREPROCESS_KEY = 'tinyml.preprocess';
/** The value is a JSON array of names. */
const LABELS_KEY = 'tinyml.labels';

/** Longest entries that are read, in UTF-16 code units. */
const MAX_PREPROCESS = 1 << 16;
const MAX_LABELS_TEXT = 1 << 22;

const labelsSchema = z
  .array(
    z.string().superRefine((label, { addIssue }) => {
      const fault = faultOfLabel(label);
      if (fault !== null) addIssue({ code: 'custom', message: `a name of a class cannot be used: ${fault}` });
    }),
  )
  .max(MAX_LABELS);

/**
 * What the file of a model says of its input.
 * @throws TinymlError E_PREPROCESS, E_DATA at `metadata "..."` where an entry is not what `withContract` writes
 */
export function contractOf({ metadata }: Described): InputContract {
  const preprocess = entryOf(metadata, PREPROCESS_KEY, MAX_PREPROCESS, 'E_PREPROCESS');
  const labels = entryOf(metadata, LABELS_KEY, MAX_LABELS_TEXT, 'E_DATA');
  return {
    preprocess:
      preprocess === undefined
        ? null
        : checkJson(preprocessSchema, preprocess, placeOf(PREPROCESS_KEY), 'E_PREPROCESS', {
            synonyms: PREPROCESS_SYNONYMS,
          }),
    labels: labels === undefined ? [] : checkJson(labelsSchema, labels, placeOf(LABELS_KEY), 'E_DATA'),
  };
}

/** The entries that a file keeps a contract as; none for what is not known. */
function contractMetadata({ preprocess, labels }: InputContract): ReadonlyMap<string, string> {
  return new Map([
    ...(preprocess === null ? [] : [[PREPROCESS_KEY, canonicalJson(nonDefault(preprocess))] as const]),
    ...(labels.length === 0 ? [] : [[LABELS_KEY, JSON.stringify(labels)] as const]),
  ]);
}

/** The same model with another contract. */
export function withContract<T extends Described>(model: T, contract: InputContract): T {
  const others = [...model.metadata].filter(([key]) => key !== PREPROCESS_KEY && key !== LABELS_KEY);
  return { ...model, metadata: new Map([...others, ...contractMetadata(contract)]) };
}

/** SHA-256 of the canonical JSON of both, in hexadecimal: equal where data are made ready alike and classes are called alike. */
export function contractSha256({ preprocess, labels }: InputContract): string {
  const text = canonicalJson({ preprocess: preprocess === null ? null : nonDefault(preprocess), labels });
  return createHash('sha256').update(text).digest('hex');
}

/** A contract as manifests of bundles state it. */
export function contractEntry({
  preprocess,
  labels,
}: InputContract): InputContract & { readonly sha256: string } {
  return { preprocess, labels, sha256: contractSha256({ preprocess, labels }) };
}

/** By this a run knows its preprocessing again; null for what is not known. */
export function preprocessSha256(preprocess: Preprocess | null): string | null {
  return preprocess === null ? null : contractSha256({ preprocess, labels: [] });
}

/** Keys of a description that are not by default: what is left out when it is written. */
export function nonDefault(preprocess: Preprocess): Partial<Preprocess> {
  return Object.fromEntries(
    Object.entries(preprocess).filter(
      ([key, value]) => canonicalJson(value) !== canonicalJson(RAW_VALUES[key as keyof Preprocess]),
    ),
  );
}

/** The JSON value of an entry; undefined where there is none. */
function entryOf(
  metadata: Described['metadata'],
  key: string,
  longest: number,
  code: 'E_PREPROCESS' | 'E_DATA',
): unknown {
  const text = metadata.get(key);
  if (text === undefined) return undefined;
  const refused = (message: string, cause?: unknown): TinymlError =>
    new TinymlError(code, message, {
      at: placeOf(key),
      hint: 'write the model again from the file that it was made of: tinyml writes this entry, and so may exporters (docs/onnx.md)',
      cause,
    });
  if (text.length > longest) throw refused(`an entry of ${text.length} characters is longer than ${longest}`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refused('the entry is not JSON', cause);
  }
}

function placeOf(key: string): string {
  return `metadata "${key}"`;
}
