/** Words of a command line in the documentation, where "double quotes" keep spaces together. */
export function words(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
}
