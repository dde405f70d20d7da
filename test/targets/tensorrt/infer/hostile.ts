/** Names that every language of a bundle could take for something else. */
export const HOSTILE = {
  input: `$(touch owned)\`id\` "%s\\ ??/ ??= \n\t</a>  [..]; é ‮ ${'x'.repeat(300)}`,
  output: `out'put, "\\0 %n%n ??' 🎉\r\n:0`,
  layer: `la"yer'\\`,
};
