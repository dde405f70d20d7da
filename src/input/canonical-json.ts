/**
 * A value as JSON that does not depend on the order in which its keys were written: keys of every object are sorted by
 * UTF-16 code units, keys without a value are left out.
 * @param value of what JSON knows: null, booleans, finite numbers, texts, arrays and objects
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
