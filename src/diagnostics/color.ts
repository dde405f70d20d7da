import { styleText } from 'node:util';
import { oneLine } from './printable.ts';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Gives text a style, where colour is on; control characters in it are escaped. */
export type Paint = (style: Style, text: string) => string;

export type ColorChoice = 'auto' | 'always' | 'never';

export const plain: Paint = (_style, text) => oneLine(text);

const coloured: Paint = (style, text) => styleText(style, oneLine(text), { validateStream: false });

/**
 * Whether a stream gets colour: `--color`, then FORCE_COLOR, then NO_COLOR, then whether it is a terminal. As in
 * Node itself, FORCE_COLOR wins over NO_COLOR, "0" and "false" turn colour off, and an empty NO_COLOR says nothing.
 */
export function paintFor(
  stream: { readonly isTTY?: boolean },
  choice: ColorChoice,
  env: NodeJS.ProcessEnv,
): Paint {
  return wantsColor(stream, choice, env) ? coloured : plain;
}

function wantsColor(
  stream: { readonly isTTY?: boolean },
  choice: ColorChoice,
  env: NodeJS.ProcessEnv,
): boolean {
  if (choice !== 'auto') return choice === 'always';
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: term } = env;
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (no !== undefined && no !== '') return false;
  return stream.isTTY === true && term !== 'dumb';
}
