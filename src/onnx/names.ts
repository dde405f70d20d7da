/** Hands out names that are not taken yet: the wanted one, or the wanted one with a number behind. */
export type Namer = (wanted: string) => string;

export function uniqueNames(taken: Iterable<string>): Namer {
  const used = new Set(taken);
  const next = new Map<string, number>();
  return (wanted) => {
    let name = wanted;
    for (let n = next.get(wanted) ?? 1; used.has(name); n++) {
      name = `${wanted}_${n}`;
      next.set(wanted, n + 1);
    }
    used.add(name);
    return name;
  };
}
