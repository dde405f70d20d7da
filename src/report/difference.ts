/** What changed between two results of one kind. */
import { TinymlError } from '../diagnostics/errors.ts';
import { isObject, type Measure, measuresOf, type Quantity, titleOf } from './measures.ts';
import { otherSubjects, SAMPLES } from './provenance.ts';

export type Change = Omit<Measure, 'value'> & {
  readonly before: number;
  readonly after: number;
  /** Null where neither is better. */
  readonly worse: boolean | null;
};

export type Difference = {
  /** The command of both, or `manifest`. */
  readonly kind: string;
  /** What the results are of, where that is not the same: the target, the model, the data, the version of tinyml. */
  readonly subjects: readonly { readonly name: string; readonly before: string; readonly after: string }[];
  /** In the order of the first result. */
  readonly changes: readonly Change[];
  /** Figures that did not change. */
  readonly equal: number;
  /** Figures that one of them alone has. */
  readonly gone: readonly string[];
  readonly added: readonly string[];
  /** Of `gone` and `added` those of the whole that limits are held against. */
  readonly lost: readonly string[];
  readonly found: readonly string[];
  /** What does not hold of the whole (bit-exact, fits, a limit), and held before or was not asked for. */
  readonly broken: readonly string[];
  /** Largest fall of an accuracy of the whole, as a share; null where none is in both, or one is gone. */
  readonly drop: number | null;
  /** Largest relative growth of RAM, flash or instructions of the whole; null where none is in both, or one is gone. */
  readonly growth: number | null;
};

type Named = { readonly path: string; readonly document: unknown };

/** @throws TinymlError E_USAGE for documents that are no results, or of different commands or versions */
export function differenceOf(before: Named, after: Named): Difference {
  const kind = kindOf(before);
  requireAlike(before, after);
  const [first, second] = [measuresOf(before.document), measuresOf(after.document)];
  const later = new Map(second.map((measure) => [measure.name, measure]));
  const earlier = new Set(first.map(({ name }) => name));
  const pairs = first.flatMap((measure) => {
    const other = later.get(measure.name);
    return other === undefined ? [] : [changeOf(measure, other.value)];
  });
  const totals = pairs.filter(({ isPart }) => !isPart);
  const lost = first.filter(({ name, isPart }) => !isPart && !later.has(name));
  const [lostAccuracies, lostCosts] = [
    lost.filter(({ quantity }) => quantity === 'accuracy'),
    lost.filter(({ quantity }) => COSTS.has(quantity)),
  ];
  const added = second.filter(({ name }) => !earlier.has(name));
  const found = added.filter(({ isPart }) => !isPart);
  const subjects = otherSubjects(before.document, after.document);
  const changes = pairs.filter((pair) => pair.before !== pair.after);
  return {
    kind,
    subjects,
    changes,
    equal: pairs.length - changes.length,
    gone: first.filter(({ name }) => !later.has(name)).map(titleOf),
    added: added.map(titleOf),
    broken: [
      ...totals.filter(({ quantity, worse }) => quantity === 'verdict' && worse === true),
      ...found.filter(({ quantity, value }) => quantity === 'verdict' && value === 0),
    ].map(titleOf),
    lost: [...lostAccuracies, ...lostCosts].map(titleOf),
    found: found.filter(({ quantity }) => quantity === 'accuracy' || COSTS.has(quantity)).map(titleOf),
    drop:
      lostAccuracies.length > 0 || otherSamples(subjects)
        ? null
        : largest(
            totals.filter(({ quantity }) => quantity === 'accuracy').map((one) => one.before - one.after),
          ),
    growth:
      lostCosts.length > 0
        ? null
        : largest(totals.filter(({ quantity }) => COSTS.has(quantity)).map(growthOf)),
  };
}

/** Accuracies of different numbers of samples are no drop, and no gain. */
export function otherSamples(subjects: Difference['subjects']): boolean {
  return subjects.some(({ name }) => name === SAMPLES);
}

const COSTS: ReadonlySet<Quantity> = new Set(['ram', 'flash', 'instructions']);
const MORE_IS_BETTER: ReadonlySet<Quantity> = new Set(['accuracy', 'sqnr', 'verdict']);

function changeOf({ value, ...measure }: Measure, after: number): Change {
  const worse = MORE_IS_BETTER.has(measure.quantity) ? after < value : after > value;
  return { ...measure, before: value, after, worse: value === after ? null : worse };
}

/** From nothing to something is growth without bound. */
function growthOf({ before, after }: Change): number {
  return before === 0 ? (after === 0 ? 0 : Number.POSITIVE_INFINITY) : (after - before) / before;
}

function largest(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b));
}

/** @throws TinymlError E_USAGE */
function kindOf({ path, document }: Named): string {
  if (isObject(document)) {
    const { command, tool } = document;
    if (typeof command === 'string') return command;
    if (isObject(tool) && tool.name === 'tinyml') return 'manifest';
  }
  throw new TinymlError('E_USAGE', 'the document is no result of tinyml', {
    at: path,
    hint: 'give what a command prints with --json, or the manifest.json of a bundle',
  });
}

function requireAlike(before: Named, after: Named): void {
  const refuse = (message: string, hint: string): never => {
    throw new TinymlError('E_USAGE', message, { at: [before.path, after.path], hint });
  };
  const [one, other] = [kindOf(before), kindOf(after)];
  if (one !== other) {
    refuse(`one result is of ${one}, the other of ${other}`, 'compare results of the same command');
  }
  const [first, second] = [before, after].map(({ document }) => (isObject(document) ? document : {}));
  if (first!.kind !== second!.kind) {
    refuse('the bundles are for different kinds of targets', 'compare bundles of one kind');
  }
  const [schema, later] = [schemaOf(first!), schemaOf(second!)];
  if (schema !== later) {
    refuse(`one result has the schema ${schema}, the other ${later}`, 'make both with one version of tinyml');
  }
}

/** Whatever is no number has no version. */
function schemaOf({ schema }: Readonly<Record<string, unknown>>): number | 'none' {
  return typeof schema === 'number' ? schema : 'none';
}
