/**
 * The figures in a result: a JSON document of a command, or the manifest of a bundle. A table of field names says which numbers
 * are figures, in what unit, and whether more of it is better; so any document is read alike, those of commands to come too.
 */

/**
 * What a figure measures. Of `ram`, `flash`, `instructions` and `time` totals are what limits are held against. A `verdict` is 1 where
 * something holds (bit-exact, fits, a limit), else 0.
 */
export type Quantity =
  | 'verdict'
  | 'accuracy'
  | 'error'
  | 'sqnr'
  | 'ram'
  | 'flash'
  | 'file'
  | 'instructions'
  | 'work'
  | 'time';

export type Measure = {
  readonly quantity: Quantity;
  /** Of what: `int8`, `arena`, `m7: instructions`; the name of a layer. Unique among the figures of one document. */
  readonly name: string;
  /** A part of the whole (a layer, a class, a sequence), or a total. */
  readonly isPart: boolean;
  readonly value: number;
};

type Rule = {
  readonly quantity: Quantity;
  readonly label: string;
  /** The last keys of the path to the number, array elements left out. */
  readonly keys: RegExp;
};

const RULES: readonly Rule[] = [
  { quantity: 'accuracy', label: '$1', keys: /(?:^|\.)accuracy\.(float|int8|before)$/ },
  { quantity: 'accuracy', label: '$1', keys: /^(before|best)\.accuracy$/ },
  { quantity: 'accuracy', label: 'accuracy', keys: /(?:^|\.)(?:classes|remedies)\.accuracy$/ },
  { quantity: 'error', label: 'mean squared error', keys: /(?:^|\.)meanSquaredError$/ },
  { quantity: 'sqnr', label: '$1: SQNR', keys: /^(before|best)\.sqnrDb$/ },
  { quantity: 'sqnr', label: 'SQNR', keys: /(?:^|\.)sqnrDb$/ },
  { quantity: 'sqnr', label: '$1 SQNR', keys: /(?:^|\.)layers\.(own|accumulated|cost)Db$/ },
  { quantity: 'flash', label: 'tables', keys: /(?:^|\.)input\.tableBytes$/ },
  { quantity: 'ram', label: '$1', keys: /(?:^|\.)(ram|arena|state|stack|scratch|live)Bytes$/ },
  { quantity: 'flash', label: '$1', keys: /(?:^|\.)(flash|weights|code)Bytes$/ },
  { quantity: 'flash', label: 'flash', keys: /(?:^|\.)flash\.bytes$/ },
  { quantity: 'file', label: 'file', keys: /^(?:model\.)?bytes$/ },
  { quantity: 'instructions', label: 'instructions', keys: /(?:^|\.)instructions$/ },
  { quantity: 'instructions', label: '$1 instructions', keys: /(?:^|\.)instructions\.(mean|most)$/ },
  { quantity: 'work', label: '$1', keys: /(?:^|\.)(macs|parameters)$/ },
  { quantity: 'time', label: 'longest time of an inference', keys: /(?:^|\.)ms\.high$/ },
  { quantity: 'time', label: '$1', keys: /(?:^|\.)(latency|p99|compute|total)Ms$/ },
];

/** The same for truth values. */
const VERDICTS: readonly Rule[] = [
  { quantity: 'verdict', label: 'bit-exact', keys: /(?:^|\.)bitExact$/ },
  { quantity: 'verdict', label: 'fits', keys: /(?:^|\.)fits$/ },
  { quantity: 'verdict', label: 'limit', keys: /(?:^|\.)gates\.passed$/ },
];

/** Lists of parts; the elements of others are totals of their own, such as the runs of `verify`. */
const PARTS: ReadonlySet<string> = new Set([
  ...['layers', 'steps', 'classes', 'sequences', 'nodes', 'kept', 'remedies', 'changes'],
]);

/** What of the totals beside it is of one thing. */
const PART_OF_TOTALS = 'input';

/** What holds figures of something else: counts of mistakes, positions in memory. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...[
    'warnings',
    'placements',
    'scratch',
    'vectors',
    'files',
    'golden',
    'limits',
    'mistakes',
    'quantisation',
    'provenance',
  ],
]);

/** Deeper than any document; what lies below is left out. */
const DEEPEST = 12;

/** In the order of the document. @param document parsed JSON of any form */
export function measuresOf(document: unknown): readonly Measure[] {
  const measures = new Map<string, Measure>();
  const add = (
    rules: readonly Rule[],
    keys: readonly string[],
    owners: readonly string[],
    isPart: boolean,
    value: number,
  ): void => {
    const path = keys.join('.');
    const rule = rules.find((one) => one.keys.test(path));
    if (rule === undefined) return;
    const label = rule.keys.exec(path)![0].replace(rule.keys, rule.label);
    const name = [...owners, label].join(': ');
    if (!measures.has(name)) measures.set(name, { quantity: rule.quantity, name, isPart, value });
  };
  const walk = (
    value: unknown,
    keys: readonly string[],
    owners: readonly string[],
    isPart: boolean,
  ): void => {
    if (typeof value === 'number') {
      if (Number.isFinite(value)) add(RULES, keys, owners, isPart, value); // JSON can say 1e999
      return;
    }
    if (typeof value === 'boolean') {
      add(VERDICTS, keys, owners, isPart, Number(value));
      return;
    }
    if (typeof value !== 'object' || value === null || keys.length > DEEPEST) return;
    if (Array.isArray(value)) {
      const part = isPart || PARTS.has(keys.at(-1)!);
      for (const [index, element] of value.entries()) {
        if (isObject(element))
          walk(element, keys, [...owners, nameOf(element, keys.at(-1) ?? '', index)], part);
      }
      return;
    }
    for (const [key, inner] of Object.entries(value)) {
      if (LEFT_OUT.has(key)) continue;
      const part = key === PART_OF_TOTALS;
      walk(inner, [...keys, key], part ? [...owners, key] : owners, isPart || part);
    }
  };
  walk(document, [], [], false);
  return [...measures.values()];
}

/** By what an element of a list is called: two results are compared by it, not by place. */
function nameOf(element: Readonly<Record<string, unknown>>, list: string, index: number): string {
  const { name: own, value, core, node, target, id, gate } = element;
  const name = [own, value, core, node, target, id, gate].find((one) => typeof one === 'string');
  return name ?? `${list} ${typeof element.index === 'number' ? element.index : index}`;
}

/** The name of a figure with what it measures, where the name alone does not say that. */
export function titleOf({ quantity, name, isPart }: Pick<Measure, 'quantity' | 'name' | 'isPart'>): string {
  return isPart ? name : `${PREFIX[quantity] ?? ''}${name}`;
}

const PREFIX: Partial<Record<Quantity, string>> = { accuracy: 'accuracy: ', ram: 'RAM: ', flash: 'flash: ' };

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
