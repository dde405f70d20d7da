/** Events in the order of their times; those of one time in the order in which they were added. */
type EventQueue<T> = {
  readonly add: (time: number, event: T) => void;
  /** The next one, taken out; null where there is none. */
  readonly take: () => { readonly time: number; readonly event: T } | null;
};

type Entry<T> = { readonly time: number; readonly order: number; readonly event: T };

/** A binary heap: both take time that grows with the logarithm of the events. */
export function createEventQueue<T>(): EventQueue<T> {
  const heap: Entry<T>[] = [];
  let added = 0;
  const isBefore = (a: Entry<T>, b: Entry<T>): boolean =>
    a.time < b.time || (a.time === b.time && a.order < b.order);
  const rise = (from: number): void => {
    const entry = heap[from]!;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(entry, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = entry;
  };
  const sink = (entry: Entry<T>): void => {
    let at = 0;
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      if (left >= heap.length) break;
      const below = right < heap.length && isBefore(heap[right]!, heap[left]!) ? right : left;
      if (!isBefore(heap[below]!, entry)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = entry;
  };
  return {
    add: (time, event) => {
      heap.push({ time, order: added++, event });
      rise(heap.length - 1);
    },
    take: () => {
      const first = heap[0];
      if (first === undefined) return null;
      const last = heap.pop()!;
      if (heap.length > 0) sink(last);
      return { time: first.time, event: first.event };
    },
  };
}
