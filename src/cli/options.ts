import { TinymlError } from '../diagnostics/errors.ts';
import { nearest } from '../diagnostics/nearest.ts';
import type { OptionSpec } from './commands.ts';

export type OptionValue = string | number | boolean | readonly string[];

/** Checked values by long option name; an option that was given nowhere and has no default is absent. */
export type Options = Readonly<Record<string, OptionValue>>;

/** A `text` option. */
export function textOption(options: Options, name: string): string | undefined {
  return ofType(options, name, 'string');
}

/** A `text` option that is required or has a default. */
export function requiredText(options: Options, name: string): string {
  return present(textOption(options, name), name);
}

/** An `integer`, `number`, `bytes`, `fraction` or `count` option. */
export function numberOption(options: Options, name: string): number | undefined {
  return ofType(options, name, 'number');
}

/** A number option that has a default. */
export function requiredNumber(options: Options, name: string): number {
  return present(numberOption(options, name), name);
}

/** A `flag`: false unless given. */
export function flagOption(options: Options, name: string): boolean {
  return ofType<boolean>(options, name, 'boolean') ?? false;
}

/** A `list`: empty unless given. */
export function listOption(options: Options, name: string): readonly string[] {
  return ofType<readonly string[]>(options, name, 'object') ?? [];
}

/**
 * Turns what a user wrote into the value of an option.
 * @param raw text, or, from tinyml.json, any JSON value.
 * @param at where it was written, for the error: `--max-ram`, `TINYML_MAX_RAM`, `tinyml.json: max-ram`.
 * @throws TinymlError E_USAGE.
 */
export function parseOption(spec: OptionSpec, raw: unknown, at: string): OptionValue {
  const wrong = (wanted: string, hint?: string, given: unknown = raw): never => {
    const shown = typeof given === 'string' ? `"${given}"` : JSON.stringify(given);
    throw new TinymlError('E_USAGE', `--${spec.name} takes ${wanted}, not ${shown}`, {
      at,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  const text = typeof raw === 'number' ? String(raw) : raw;
  switch (spec.kind) {
    case 'flag': {
      const value = typeof raw === 'boolean' ? raw : FLAG_TEXTS.get(String(raw).toLowerCase());
      return value ?? wrong('true or false');
    }
    case 'list': {
      const items = Array.isArray(raw) ? raw : [raw];
      if (!items.every((item) => typeof item === 'string')) return wrong('texts');
      const parts = items.flatMap((item) => item.split(',')).map((item) => item.trim());
      const { choices } = spec;
      const wanted =
        choices === undefined ? 'texts that are not empty' : `one or more of ${choices.join(', ')}`;
      if (parts.includes('')) return wrong(wanted, emptyHint(spec), items.join(','));
      const unknown = parts.find((item) => choices !== undefined && !choices.includes(item));
      return unknown === undefined ? parts : wrong(wanted, spellingHint(unknown, spec), unknown);
    }
    case 'text': {
      const wanted = spec.choices === undefined ? 'a text' : `one of ${spec.choices.join(', ')}`;
      if (text === '') return wrong(wanted, emptyHint(spec));
      if (typeof text !== 'string') return wrong(wanted);
      if (spec.choices === undefined || spec.choices.includes(text)) return text;
      return wrong(wanted, spellingHint(text, spec));
    }
    case 'integer': {
      const [min, max] = spec.range ?? [0, Number.MAX_SAFE_INTEGER];
      const value = /^-?\d+$/.test(String(text)) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : wrong(`a whole number from ${min} to ${max}`);
    }
    case 'number': {
      const [min, max] = spec.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
      const value = measured(String(text), spec.units ?? {});
      const unit = spec.units === undefined ? '' : `, in ${Object.keys(spec.units).join(', ')}`;
      return value >= min && value <= max ? value : wrong(`a number from ${min} to ${max}${unit}`);
    }
    case 'bytes':
      return scaled(text, BYTE_UNITS) ?? wrong('a size such as 128K, 1.5MiB or 65536');
    case 'count':
      return scaled(text, COUNT_UNITS) ?? wrong('a count such as 500k, 12M or 1500000');
    case 'fraction': {
      // As a limit on what changes, a bare 1 is more likely 1 % than all there is: nothing would be limited.
      if (spec.name.startsWith('max-') && Number(text) === 1) {
        return wrong('a share such as 0.01 or 1%', 'Write 1% or 0.01; 100% is no limit.');
      }
      const percent =
        Number(text) > 1 && Number(text) <= 100 ? `Write ${text}% for ${text} in a hundred.` : undefined;
      return (
        fraction(text) ??
        wrong(
          spec.name.startsWith('max-') ? 'a share such as 0.01 or 1%' : 'a share such as 0.8 or 80%',
          percent,
        )
      );
    }
    default:
      return unknownKind(spec.kind);
  }
}

/** What an option is for, where nothing was given to it. */
function emptyHint(spec: OptionSpec): string {
  const usual = spec.usual ?? spec.default;
  const without = usual === undefined ? '' : ` Without it: ${usual}.`;
  return `Is a variable of the command line empty? --${spec.name}: ${spec.description}.${without}`;
}

/** What may have been meant: of `cortex-m7`, what its end says. */
function spellingHint(text: string, { choices = [], hint }: OptionSpec): string | undefined {
  const end = text.toLowerCase().split(/[-_ ]/).at(-1)!;
  const meant = choices.find((one) => one.toLowerCase() === end) ?? nearest(text, choices)[0];
  return meant === undefined ? hint : [`Did you mean ${meant}?`, hint ?? ''].join(' ').trimEnd();
}

/** A number with one of the units behind it, or none; NaN for anything else. */
function measured(text: string, units: Readonly<Record<string, number>>): number {
  const [, digits, unit = ''] = /^(-?\d*\.?\d+(?:e[+-]?\d{1,3})?)\s*([a-z]*)$/i.exec(text) ?? [];
  const factor = unit === '' ? 1 : (units[unit.toLowerCase()] ?? Number.NaN);
  return digits === undefined ? Number.NaN : Number(digits) * factor;
}

const FLAG_TEXTS: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['true', true],
  ['yes', true],
  ['', false],
  ['0', false],
  ['false', false],
  ['no', false],
]);

/** Sizes are binary throughout, as in linker scripts: 1K = 1024 bytes. */
const BYTE_UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
const COUNT_UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/** A whole number of at least 0 once its unit is applied, else undefined. */
function scaled(text: unknown, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(String(text).toLowerCase());
  if (match === null) return undefined;
  const [, digits, suffix] = match;
  const unit = units[units === BYTE_UNITS ? suffix!.replace(/^([kmg])i?b$/, '$1') : suffix!];
  const value = unit === undefined ? Number.NaN : Number(digits) * unit;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** `0.8` or `80%` as a number in [0, 1], else undefined: 80 without a percent sign is more likely a slip. */
function fraction(text: unknown): number | undefined {
  const match = /^(\d*\.?\d+)(\s*%)?$/.exec(String(text));
  if (match === null) return undefined;
  const value = match[2] === undefined ? Number(match[1]) : Number(match[1]) / 100;
  return value <= 1 ? value : undefined;
}

function ofType<T extends OptionValue>(options: Options, name: string, type: string): T | undefined {
  const value = options[name];
  if (value === undefined || typeof value === type) return value as T | undefined;
  throw new TinymlError('E_INTERNAL', `option --${name} is not declared as a ${type}`);
}

function present<T>(value: T | undefined, name: string): T {
  if (value === undefined)
    throw new TinymlError('E_INTERNAL', `option --${name} is not declared as required`);
  return value;
}

function unknownKind(kind: never): never {
  throw new TinymlError('E_INTERNAL', `unknown kind of option ${String(kind)}`);
}
