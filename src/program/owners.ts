/** Who has which bytes of a memory, as stretches by address: the work grows with how many there are, not with their bytes. */

/** Bytes start to end - 1. */
export type Place = { readonly start: number; readonly end: number };

type Owned = Place & { readonly owner: number };

export type Owners = {
  /** Gives bytes to an owner, whoever had them. */
  readonly own: (place: Place, owner: number) => void;
  /** The first bytes of a place that are not an owner's, and whose they are; null where all are. */
  readonly otherThan: (
    place: Place,
    owner: number,
  ) => { readonly start: number; readonly owner: number | null } | null;
  /** Whether an owner has any byte of a place. */
  readonly has: (place: Place, owner: number) => boolean;
};

export function createOwners(): Owners {
  /** By address; they do not overlap. */
  const all: Owned[] = [];
  /** Index of the first that ends behind an address. */
  const from = (address: number): number => {
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (all[middle]!.end <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    own({ start, end }, owner) {
      if (start >= end) return;
      const first = from(start);
      let behind = first;
      while (behind < all.length && all[behind]!.start < end) behind++;
      const [left, right] = [all[first], all[behind - 1]];
      const kept: Owned[] = [];
      if (left !== undefined && left.start < start) kept.push({ ...left, end: start });
      kept.push({ start, end, owner });
      if (behind > first && right!.end > end) kept.push({ ...right!, start: end });
      all.splice(first, behind - first, ...joined(kept));
    },
    otherThan({ start, end }, owner) {
      let at = start;
      for (let i = from(start); at < end; i++) {
        const next = all[i];
        if (next === undefined || next.start > at) return { start: at, owner: null };
        if (next.owner !== owner) return { start: at, owner: next.owner };
        at = next.end;
      }
      return null;
    },
    has({ start, end }, owner) {
      for (let i = from(start); i < all.length && all[i]!.start < end; i++) {
        if (all[i]!.owner === owner) return true;
      }
      return false;
    },
  };
}

/** Stretches one behind the other, those of one owner as one. */
function joined(stretches: readonly Owned[]): readonly Owned[] {
  const done: Owned[] = [];
  for (const one of stretches) {
    const last = done.at(-1);
    if (last?.owner === one.owner) done[done.length - 1] = { ...last, end: one.end };
    else done.push(one);
  }
  return done;
}
