/** Any text between backquotes, in a table or outside: printable ASCII on one line, at most 120 characters of it. */
export function markdownCode(text: string): string {
  const shown = text.length > 120 ? `${text.slice(0, 117)}...` : text;
  const ascii = Array.from(shown, (character) => {
    const code = character.codePointAt(0)!;
    if (character === '`') return "'";
    if (character === '|') return '/';
    return code >= 0x20 && code < 0x7f
      ? character
      : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  });
  return `\`${ascii.join('')}\``;
}
