/** Constants of parts of a layer that kernels take one after the other. */
export type Constants = Readonly<Record<string, Int8Array | Int32Array>>;

/** Tables of one name, one after the other. @param parts at least one */
export function joined(parts: readonly Constants[]): Constants {
  const [first] = parts as readonly [Constants];
  return Object.fromEntries(
    Object.keys(first).map((name) => {
      const all = parts.flatMap((part) => [...part[name]!]);
      return [name, first[name] instanceof Int8Array ? Int8Array.from(all) : Int32Array.from(all)];
    }),
  );
}
