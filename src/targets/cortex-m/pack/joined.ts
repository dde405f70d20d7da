/** Constants of parts of a layer that kernels take one after the other. */
type Constants = Readonly<Record<string, Int8Array | Int32Array>>;

/** Made when they are asked for. */
export type ConstantsOfPart = () => Constants;

/** Tables of one name, one after the other. @param made at least one */
export function joined(made: readonly ConstantsOfPart[]): Constants {
  const parts = made.map((constants) => constants());
  const [first] = parts as [Constants];
  return Object.fromEntries(
    Object.keys(first).map((name) => {
      const all = parts.flatMap((part) => [...part[name]!]);
      return [name, first[name] instanceof Int8Array ? Int8Array.from(all) : Int32Array.from(all)];
    }),
  );
}
