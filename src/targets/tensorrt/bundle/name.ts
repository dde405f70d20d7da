/** The name of a bundle: of its engine, its program and its folder for Triton. */
import { TinymlError } from '../../../diagnostics/errors.ts';

/**
 * A name that is safe in every language and as the name of a file: `[A-Za-z_][A-Za-z0-9_]{0,30}`.
 * @throws TinymlError E_USAGE for any other
 */
export function checkName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,30}$/.test(name)) return name;
  throw new TinymlError('E_USAGE', `${JSON.stringify(name)} is no name for a bundle`, {
    at: '--name',
    hint: 'use up to 31 letters, digits and underscores, starting with no digit, such as --name keyword_spotter',
  });
}
