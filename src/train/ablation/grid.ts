/** Which arms an ablation trains: `prc=off,mse bits-g=8,4,3,2; lac=off,channel` and the controls that go with them. */
import { TinymlError } from '../../diagnostics/errors.ts';
import {
  type Arm,
  armKey,
  completeArm,
  FACTORS,
  type Factor,
  parseFactor,
  parseValue,
  whyNot,
} from './factors.ts';

/** The values of one full factorial, in the order they were written. */
type GridTerm = ReadonlyMap<Factor, readonly string[]>;

export type Controls = 'auto' | 'all' | 'none';

export type Plan = {
  /** Different ones, those of the grid first. */
  readonly arms: readonly Arm[];
  /** Keys of the arms that are there for comparison only. */
  readonly controls: ReadonlySet<string>;
  /** Values of each factor that varies, the first one being what the others are compared with. */
  readonly levels: ReadonlyMap<Factor, readonly string[]>;
  /** What the grid asks for and cannot be trained. */
  readonly leftOut: readonly string[];
};

const MAX_ARMS = 1000;

/**
 * Factors with their values, `name=value,value`, separated by spaces: all combinations. Several such grids, separated
 * by `;`, are trained together.
 * @throws TinymlError E_USAGE
 */
export function parseGrid(text: string): readonly GridTerm[] {
  return text.split(';').map((part) => {
    const words = part.trim().split(/\s+/);
    if (words[0] === '') {
      throw usage('a part of the grid is empty', 'For example: --grid "prc=off,mse bits-g=8,4,3,2"');
    }
    const term = new Map<Factor, readonly string[]>();
    for (const word of words) {
      const [name = '', list, ...more] = word.split('=');
      const factor = parseFactor(name);
      if (list === undefined || list === '' || more.length > 0) {
        throw usage(
          `"${word}" is no factor with its values`,
          `For example: ${factor}=... with commas between`,
        );
      }
      if (term.has(factor)) {
        throw usage(`${factor} is given twice in "${part.trim()}"`, 'Put a ; between grids of their own.');
      }
      const values = list.split(',').map((value) => parseValue(factor, value));
      if (new Set(values).size < values.length) throw usage(`${word} names a value twice`);
      term.set(factor, values);
    }
    return term;
  });
}

/**
 * Arms of a grid. Controls say what would be seen without quantisation: `auto` trains in float with each kind of LAC, `all`
 * also without the batch normalisations of the model, or with new ones where it has none.
 * @param batchNorm whether the model has batch normalisations
 * @throws TinymlError E_USAGE
 */
export function planArms(terms: readonly GridTerm[], controls: Controls, batchNorm: boolean): Plan {
  const wanted = terms.flatMap((term) => combinations(term, batchNorm));
  const reasons = wanted.map(whyNot).filter((reason) => reason !== null);
  const main = distinct(wanted.filter((arm) => whyNot(arm) === null));
  const [first] = main;
  if (first === undefined) throw usage('nothing of the grid can be trained', reasons[0]);
  const own = new Set(main.map(armKey));
  const added = distinct(
    controlArms(main, first, controls, batchNorm).filter((arm) => !own.has(armKey(arm))),
  );
  const arms = [...main, ...added];
  const keys = added.map(armKey);
  return {
    arms,
    controls: new Set(keys),
    levels: levelsOf(terms, arms),
    leftOut: [...new Set(reasons)].map(
      (reason) => `${reason} (${reasons.filter((one) => one === reason).length} settings left out)`,
    ),
  };
}

function combinations(term: GridTerm, batchNorm: boolean): readonly Arm[] {
  const count = [...term.values()].reduce((product, values) => product * values.length, 1);
  if (count > MAX_ARMS) {
    throw usage(`the grid has ${count} combinations, more than ${MAX_ARMS}`, 'Vary fewer factors at once.');
  }
  const given = [...term].reduce<readonly Arm[]>(
    (arms, [factor, values]) => arms.flatMap((arm) => values.map((value) => ({ ...arm, [factor]: value }))),
    [{}],
  );
  return given.map((arm) => completeArm(arm, batchNorm));
}

function controlArms(
  main: readonly Arm[],
  first: Arm,
  controls: Controls,
  batchNorm: boolean,
): readonly Arm[] {
  if (controls === 'none') return [];
  const kinds = [...new Set(main.map((arm) => arm.lac!))].filter((lac) => lac !== 'tied');
  const lacs = kinds.includes('off') ? kinds : ['off', ...kinds];
  const norms = [...new Set(main.map((arm) => arm['batch-norm']!))];
  const floats = (norm: string) =>
    lacs.map((lac) => completeArm({ method: 'float', lac, 'batch-norm': norm }, batchNorm));
  const auto = norms.flatMap(floats);
  if (controls === 'auto') return auto;
  const other = first['batch-norm'] === 'on' ? 'off' : 'on';
  return [
    ...auto,
    ...floats(other),
    ...lacs.map((lac) => completeArm({ ...first, lac, 'batch-norm': other }, batchNorm)),
  ].filter((arm) => whyNot(arm) === null);
}

function distinct(arms: readonly Arm[]): readonly Arm[] {
  return [...new Map(arms.map((arm) => [armKey(arm), arm])).values()];
}

/** Values in the order of the grid; those of controls after them, but float training before what is compared with it. */
function levelsOf(terms: readonly GridTerm[], arms: readonly Arm[]): ReadonlyMap<Factor, readonly string[]> {
  const pairs = FACTORS.map((factor): readonly [Factor, readonly string[]] => {
    const written = terms.flatMap((term) => term.get(factor) ?? []);
    const trained = arms.flatMap((arm) => arm[factor] ?? []);
    const first = factor === 'method' && !written.includes('float') ? ['float'] : [];
    return [factor, [...new Set([...first, ...written, ...trained])].filter((one) => trained.includes(one))];
  });
  return new Map(pairs.filter(([, values]) => values.length > 1));
}

function usage(message: string, hint?: string): TinymlError {
  return new TinymlError('E_USAGE', message, { at: '--grid', ...(hint === undefined ? {} : { hint }) });
}
