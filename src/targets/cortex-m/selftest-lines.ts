/** The lines that self-tests print. */

/** A line of a self-test: words, and numbers from the third on. */
export type Line = { readonly words: readonly string[]; readonly numbers: readonly number[] };

export function linesOf(printed: string): readonly Line[] {
  return printed
    .split('\n')
    .map((line) => line.trim().split(' '))
    .filter((words) => words[0] !== '')
    .map((words) => ({ words, numbers: words.slice(2).map(Number) }));
}
