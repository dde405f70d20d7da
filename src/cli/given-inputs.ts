/** --shape and --bind. */
import { TinymlError } from '../diagnostics/errors.ts';
import type { GivenInputs } from '../passes/given-inputs.ts';
import { listOption, type Options } from './options.ts';

const MAX_SIZE = 2 ** 31 - 1;

/** @throws TinymlError E_USAGE for what is not `input=...`, an input that is given twice, sizes and values that are none */
export function givenInputs(options: Options): GivenInputs {
  return {
    shapes: listsByName(options, 'shape', '--shape x=1,3,48,192', (text) => {
      const size = /^\d+$/.test(text) ? Number(text) : Number.NaN;
      return size >= 1 && size <= MAX_SIZE ? size : null;
    }),
    bound: listsByName(options, 'bind', '--bind rate=16000', numberOf),
  };
}

function numberOf(text: string): number | null {
  if (text === 'true') return 1;
  if (text === 'false') return 0;
  return /^-?\d*\.?\d+(e[+-]?\d{1,3})?$/i.test(text) ? Number(text) : null;
}

/** Lists are split at commas already: what has no name of its own belongs to the name before it. */
function listsByName(
  options: Options,
  option: 'shape' | 'bind',
  example: string,
  parse: (text: string) => number | null,
): ReadonlyMap<string, readonly number[]> {
  const lists = new Map<string, number[]>();
  let current: number[] | null = null;
  for (const item of listOption(options, option)) {
    const [, name, text] = /^(?:(.+)=)?(.*)$/s.exec(item)!;
    const wrong = (what: string): TinymlError =>
      new TinymlError('E_USAGE', what, { at: `--${option} ${item}`, hint: `for example ${example}` });
    if (name !== undefined) {
      if (lists.has(name)) throw wrong(`input "${name}" is given twice`);
      current = [];
      lists.set(name, current);
    }
    if (current === null)
      throw wrong(`--${option} takes the name of an input, "=" and numbers, not "${item}"`);
    const value = parse(text!);
    if (value === null) {
      throw wrong(
        option === 'shape'
          ? `"${text}" is no size: a whole number of at least 1`
          : `"${text}" is no number, true or false`,
      );
    }
    current.push(value);
  }
  return lists;
}
