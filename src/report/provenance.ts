/** Where a result comes from, as JSON documents have it, so that two results can be told apart by what they are of. */
import * as z from 'zod';
import { formatBytes, formatCount } from '../diagnostics/units.ts';
import { isObject } from './measures.ts';

const sha256 = z.string();

/** Paths are as they were given. */
export const provenanceSchema = z.object({
  tool: z.object({ name: z.literal('tinyml'), version: z.string() }),
  line: z.string().describe('The command line as a shell takes it.'),
  models: z.array(
    z.object({
      path: z.string(),
      sha256: sha256.describe(
        'Of the model file, as manifests of bundles have it; of a bundle: of the model in it.',
      ),
      external: z.array(sha256).optional().describe('Of the files beside it that hold its weights.'),
    }),
  ),
  preprocess: sha256
    .optional()
    .describe('Of what was done to the data, in canonical form; absent where nothing was said.'),
  data: z.array(
    z.object({
      path: z.string(),
      files: z.number(),
      bytes: z.number(),
      listing: sha256.describe('Of the names and sizes of all files. Contents are not read for it.'),
    }),
  ),
});

export type Provenance = z.infer<typeof provenanceSchema>;

/** What a result is of: the same where `identity` is. */
type Subject = { readonly identity: string; readonly shown: string };
type Subjects = readonly Subject[];

/** What accuracies are of. */
export const SAMPLES = 'samples of the accuracy';

/** Texts at the top of a result that say what it is of. */
const TEXTS = ['model', 'name', 'data', 'target', 'profile', 'kernels', 'library', 'method', 'arithmetic'];

/** What two results are of, where that is not the same: models and data by their bytes where both say them, else by name. */
export function otherSubjects(
  before: unknown,
  after: unknown,
): readonly { readonly name: string; readonly before: string; readonly after: string }[] {
  const [one, other] = [exactSubjects(before), exactSubjects(after)];
  const [text, otherText] = [textSubjects(before), textSubjects(after)];
  return [...new Set([...one.keys(), ...text.keys()])].flatMap((name) => {
    const exact = one.has(name) && other.has(name);
    const [first, second] = exact ? [one.get(name), other.get(name)] : [text.get(name), otherText.get(name)];
    if (first === undefined || second === undefined) return [];
    const [gone, come] = [lacking(first, second), lacking(second, first)];
    return gone === '' && come === '' ? [] : [{ name, before: gone || 'none', after: come || 'none' }];
  });
}

/** Those of `some` that are not among `others`. */
function lacking(some: Subjects, others: Subjects): string {
  const known = new Set(others.map(({ identity }) => identity));
  return some
    .filter(({ identity }) => !known.has(identity))
    .map(({ shown }) => shown)
    .join(', ');
}

function textSubjects(document: unknown): ReadonlyMap<string, Subjects> {
  if (!isObject(document)) return new Map();
  const device = deviceText(document);
  const { accuracy } = document;
  const samples = isObject(accuracy) && typeof accuracy.samples === 'number' ? `${accuracy.samples}` : '';
  return new Map([
    ...TEXTS.flatMap((name) => {
      const text = document[name];
      return typeof text === 'string' ? [[name, [{ identity: text, shown: text }]] as const] : [];
    }),
    ...(samples === '' ? [] : [[SAMPLES, [{ identity: samples, shown: samples }]] as const]),
    ...(device === '' ? [] : [['device', [{ identity: device, shown: device }]] as const]),
  ]);
}

/** What a result says that its target has: a profile may keep its id, and be changed. */
function deviceText({ memory, flash, estimate, limits, clockHz }: Readonly<Record<string, unknown>>): string {
  const number = (object: unknown, key: string): number | null => {
    const value = isObject(object) ? object[key] : null;
    return typeof value === 'number' ? value : null;
  };
  const ram = number(memory, 'limitBytes') ?? number(limits, 'ramBytes');
  const rom = number(flash, 'limitBytes') ?? number(limits, 'flashBytes');
  const clock = number(estimate, 'clockHz') ?? (typeof clockHz === 'number' ? clockHz : null);
  return [
    ...(ram === null ? [] : [`${formatBytes(ram)} of RAM`]),
    ...(rom === null ? [] : [`${formatBytes(rom)} of flash`]),
    ...(clock === null ? [] : [`${clock / 1e6} MHz`]),
  ].join(', ');
}

/** Of results with a provenance, and of manifests. */
function exactSubjects(document: unknown): ReadonlyMap<string, Subjects> {
  if (!isObject(document)) return new Map();
  const own = (text: string): Subjects => [{ identity: text, shown: text }];
  const subjects = new Map<string, Subjects>();
  const { provenance, madeBy } = document;
  const known = provenanceSchema.safeParse(provenance).data;
  const manifest = manifestSchema.safeParse(document).data;
  if (known !== undefined) {
    const { models, data, preprocess } = known;
    if (models.length > 0) subjects.set('model', models.map(modelSubject));
    if (data.length > 0) subjects.set('data', data.map(dataSubject));
    if (preprocess !== undefined) subjects.set('preprocessing', own(short(preprocess)));
    subjects.set('tinyml', own(known.tool.version));
  }
  if (manifest !== undefined) {
    subjects.set('model', [{ identity: manifest.model.sha256, shown: short(manifest.model.sha256) }]);
    subjects.set('tinyml', own(manifest.tool.version));
  }
  if (typeof madeBy === 'string') subjects.set('tinyml that made the bundle', own(madeBy));
  return subjects;
}

const manifestSchema = z.object({
  tool: z.object({ version: z.string() }),
  model: z.object({ sha256 }),
});

function modelSubject({ path, sha256: own, external = [] }: Provenance['models'][number]): Subject {
  return {
    identity: [own, ...external].join(),
    shown: `${path} (${[own, ...external].map(short).join(', ')})`,
  };
}

function dataSubject({ path, files, bytes, listing }: Provenance['data'][number]): Subject {
  return {
    identity: listing,
    shown: `${path} (${formatCount(files)} ${files === 1 ? 'file' : 'files'}, ${formatBytes(bytes)})`,
  };
}

function short(hash: string): string {
  return `sha256 ${hash.slice(0, 12)}`;
}
