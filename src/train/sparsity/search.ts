/**
 * The scheme with the most gain whose training step fits: best first branch and bound over the biases' depth and the share of each layer.
 * What fits says the planner; the bound is a knapsack of what is left, each part at the bytes of its state, which no plan does without.
 */
import { type Choice, choiceKey, type Part, withPart } from './schemes.ts';

/** Bytes of the training step of a scheme. */
export type Bytes = {
  /** As it is planned. */
  readonly arena: number;
  /** No plan of it takes less, nor of a scheme that trains more. */
  readonly least: number;
  readonly state: number;
};

export type SearchProblem = {
  /** Of biases, by depth; depths that cannot be are left out. */
  readonly depths: readonly number[];
  /** What may be trained beside the biases of a depth: at most one share of each layer. */
  readonly partsAt: (depth: number) => readonly Part[];
  readonly gainOf: (choice: Choice) => number;
  readonly bytesOf: (choice: Choice) => Bytes;
  readonly budget: number;
  /** Schemes that are planned at most. */
  readonly limit: number;
};

export type Found = {
  readonly choice: Choice;
  readonly gain: number;
  readonly bytes: number;
  /** No scheme that fits gains more: the search came to its end. */
  readonly isBest: boolean;
};

type Node = { readonly choice: Choice; readonly next: number; readonly gain: number; readonly bound: number };

/** Bytes of one cell of the knapsack. */
const CELL = 64;

/** @returns null where nothing fits */
export function search(problem: SearchProblem): Found | null {
  const { budget, limit } = problem;
  const known = new Map<string, Bytes>();
  const bytesOf = (choice: Choice): Bytes => {
    const key = choiceKey(choice);
    const bytes = known.get(key) ?? problem.bytesOf(choice);
    known.set(key, bytes);
    return bytes;
  };
  const rooms = new Map<number, Room>();
  const roomAt = (depth: number): Room => {
    const room = rooms.get(depth) ?? roomOf(problem, bytesOf, depth);
    rooms.set(depth, room);
    return room;
  };
  const queue: Node[] = [];
  const add = (choice: Choice, next: number): void => {
    const { least } = bytesOf(choice);
    if (least > budget) return;
    const gain = problem.gainOf(choice);
    insert(queue, { choice, next, gain, bound: gain + roomAt(choice.depth).bound(next, budget - least) });
  };
  let best: Found | null = null;
  const offer = (choice: Choice, gain: number): void => {
    const { arena } = bytesOf(choice);
    if (arena > budget || (best !== null && best.gain >= gain)) return;
    best = { choice, gain, bytes: arena, isBest: false };
  };
  for (const depth of problem.depths) {
    const bare: Choice = { depth, parts: [] };
    add(bare, 0);
    if (bytesOf(bare).arena > budget) continue;
    // What fits when the most worthy are taken first: the bound to beat, and the answer where the search has to end early.
    const greedy = roomAt(depth).groups.reduce((choice, group) => {
      const part = group.find((one) => bytesOf(withPart(choice, one)).arena <= budget);
      return part === undefined ? choice : withPart(choice, part);
    }, bare);
    offer(greedy, problem.gainOf(greedy));
  }
  while (queue.length > 0 && known.size < limit) {
    const { choice, next, gain, bound } = queue.pop()!;
    if (best !== null && bound <= (best as Found).gain) return { ...(best as Found), isBest: true };
    offer(choice, gain);
    const group = roomAt(choice.depth).groups[next];
    if (group === undefined) continue;
    for (const part of group) add(withPart(choice, part), next + 1);
    insert(queue, {
      choice,
      next: next + 1,
      gain,
      bound: gain + roomAt(choice.depth).bound(next + 1, budget - bytesOf(choice).least),
    });
  }
  return best === null ? null : { ...(best as Found), isBest: queue.length === 0 };
}

/** What can be added to the biases of a depth. */
type Room = {
  /** Shares of each layer that gain something and fit by themselves, the most gain first. */
  readonly groups: readonly (readonly Part[])[];
  /** At most what the groups from one on can gain in so many bytes. */
  readonly bound: (group: number, bytes: number) => number;
};

function roomOf(
  { partsAt, gainOf, budget }: SearchProblem,
  bytesOf: (choice: Choice) => Bytes,
  depth: number,
): Room {
  const bare: Choice = { depth, parts: [] };
  const [own, { state }] = [gainOf(bare), bytesOf(bare)];
  const options = partsAt(depth)
    .map((part) => ({ part, gain: gainOf(withPart(bare, part)) - own }))
    .filter(({ gain }) => gain > 0)
    .map((one) => ({ ...one, bytes: bytesOf(withPart(bare, one.part)) }))
    .filter(({ bytes }) => bytes.least <= budget)
    .map(({ part, gain, bytes }) => ({
      part,
      gain,
      cells: Math.floor(Math.max(0, bytes.state - state) / CELL),
    }));
  const byLayer = new Map<number, (typeof options)[number][]>();
  for (const option of options) {
    const { layer } = option.part;
    byLayer.set(layer, [...(byLayer.get(layer) ?? []), option]);
  }
  const groups = [...byLayer.values()].sort((a, b) => mostOf(b) - mostOf(a));
  const cells = Math.floor(budget / CELL) + 1;
  const tables = [new Float64Array(cells + 1)];
  for (const group of groups.toReversed()) {
    const behind = tables[0]!;
    const table = behind.slice();
    for (const { gain, cells: taken } of group) {
      for (let c = taken; c <= cells; c++) table[c] = Math.max(table[c]!, behind[c - taken]! + gain);
    }
    tables.unshift(table);
  }
  return {
    groups: groups.map((group) => group.toSorted((a, b) => b.gain - a.gain).map(({ part }) => part)),
    bound: (group, bytes) => tables[group]![Math.min(cells, Math.ceil(bytes / CELL))]!,
  };
}

function mostOf(options: readonly { readonly gain: number }[]): number {
  return options.reduce((most, { gain }) => Math.max(most, gain), 0);
}

/** Ascending by bound, so that the best is taken from the end; equals in the order in which they came. */
function insert(queue: Node[], node: Node): void {
  let [low, high] = [0, queue.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (queue[middle]!.bound < node.bound) low = middle + 1;
    else high = middle;
  }
  queue.splice(low, 0, node);
}
