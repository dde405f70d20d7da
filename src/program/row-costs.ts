/** What segments take: exactly, and what they take at least, which is much quicker to say. */
import { type Step, scratchBytes } from './kernels/index.ts';
import { partOf } from './lifetimes.ts';
import { arenaAndLiveBytes, arenaBytesOf, bytesBetween, type PlanOptions, tensorBytes } from './plan.ts';
import { isFold } from './row-folds.ts';
import { firstNeeded, inRounds, type Made, produceAll, type Streams, streamsOf } from './row-order.ts';
import { looped, moveOf, type Piece, segmentIn } from './row-segments.ts';
import type { Rowwise, Variant } from './rowwise.ts';
import { holdsStreamedInput } from './streamed-input.ts';
import { DTYPE_BYTES, isInArena, type TensorId } from './types.ts';

/** What runs the steps: what they take there. */
export type Device = {
  /** A step of the Program, or a form of one, as it runs there, but for its constants. */
  readonly packStep: (step: Step) => Step;
  /** Instructions of one call of a step of a packed Program; null where nobody knows. */
  readonly instructionsOf: (step: Step) => number | null;
};

/** A piece, and what it takes. */
export type Measured = Piece & {
  /** Of the arena while it runs, with all that is live beside it, where no step is packed whose scratch takes more. */
  readonly bytes: number;
  /** Where the steps are packed that are within so many bytes with their scratch. */
  readonly instructionsIn: (most: number) => number;
};

/** Rows of the last tensor of a segment for each round; 0: one row of every tensor at a time. */
const GROUPS = [0, 1, 2, 4, 8, 16] as const;

/** What a segment takes at least. */
type Outline = {
  /** Of the arena, with all that is live beside it. */
  readonly bytes: number;
  /** Of rows between its steps: never less where a segment with the same end starts earlier. */
  readonly heldBytes: number;
};

/** And the most rows of each of its streams that are needed at a time. */
type Walked = Outline & { readonly rowsHeld: readonly number[] };

export type Costs = {
  /** Bytes that are there between two steps: before the first, between each two and behind the last. */
  readonly between: readonly number[];
  /** A step as it is. */
  readonly alone: (step: number) => Measured;
  /** Null where the steps are no segment. @param group rows of the last tensor for each round; 0: one row of every tensor at a time */
  readonly outline: (first: number, end: number, group: number) => Outline | null;
  /** Rows of the last tensor for each round by which the loops of a segment differ, the least of them where several make the same one. */
  readonly groups: (first: number, end: number) => readonly number[];
  /** The fewest of a segment that has an outline. */
  readonly fewest: (first: number, end: number, group: number) => number;
  readonly segment: (first: number, end: number, group: number) => Measured | null;
};

/** Instructions of one call in the table of a loop, beside the kernel's own. */
const PER_CALL = 15;

export function costsOf(whole: Rowwise, options: PlanOptions, device: Device): Costs {
  const between = bytesBetween(whole.program, whole.touches);
  const across = acrossOf(whole);
  const stepCosts = stepCostsOn(whole, options, device);
  const madeBy = lastKept((first, end) => streamsOf(whole, first, end));
  const streamsIn = lastKept((first: number, end: number, group: number): Streams | null => {
    const made = madeBy(first, end);
    return made && inRounds(made, group);
  });
  const walked = lastKept((first: number, end: number, group: number): Walked | null => {
    const streams = streamsIn(first, end, group);
    return streams && walkedOver(whole, { between, across }, first, end, streams);
  });
  return {
    between,
    alone: kept((step) => stepAlone(whole, across, step, options, device)),
    outline: kept((first, end, group) => {
      const own = walked(first, end, group);
      return own && { bytes: own.bytes, heldBytes: own.heldBytes };
    }),
    groups: (first, end) => {
      const made = madeBy(first, end);
      return made === null ? [] : GROUPS.filter((_, k) => k === 0 || !areSame(made, k));
    },
    fewest: kept((first, end, group) => {
      const { rowsHeld } = walked(first, end, group)!;
      return fewestInstructions(whole, streamsIn(first, end, group)!, rowsHeld, stepCosts);
    }),
    segment: kept((first, end, group) => {
      const streams = streamsIn(first, end, group);
      return streams && measuredSegment(whole, across, stepCosts, first, end, streams, options);
    }),
  };
}

/** Of up to three numbers below 65,536. */
function kept<A extends readonly number[], T>(make: (...given: A) => T): (...given: A) => T {
  const made = new Map<number, { readonly value: T }>();
  return (...given) => {
    const key = given.reduce((sum, number) => 65536 * sum + number, 0);
    let known = made.get(key);
    if (known === undefined) {
      known = { value: make(...given) };
      made.set(key, known);
    }
    return known.value;
  };
}

/** Of the last numbers alone. */
function lastKept<A extends readonly number[], T>(make: (...given: A) => T): (...given: A) => T {
  let last: { readonly given: A; readonly value: T } | null = null;
  return (...given) => {
    if (last?.given.every((number, k) => number === given[k]) !== true)
      last = { given, value: make(...given) };
    return last.value;
  };
}

/** Whether a group makes the same loop as the one before it. */
function areSame(made: Made, group: number): boolean {
  const [before, blocks] = [GROUPS[group - 1]!, GROUPS[group]!].map((rows) => inRounds(made, rows).blocks);
  return blocks!.every((rows, stream) => rows === before![stream]);
}

function keptByTwo(make: (a: number, b: number) => number): (a: number, b: number) => number {
  const made = new Map<number, Map<number, number>>();
  return (a, b) => {
    let own = made.get(a);
    if (own === undefined) {
      own = new Map();
      made.set(a, own);
    }
    let known = own.get(b);
    if (known === undefined) {
      known = make(a, b);
      own.set(b, known);
    }
    return known;
  };
}

/** Bytes of what is there before some steps and behind them, and which none of them touches. */
type Across = (first: number, end: number) => number;

function acrossOf({ program, touches }: Rowwise): Across {
  /** Tensors that are there before each step, and the steps behind that touch them. */
  const there = program.steps.map(
    (): { readonly bytes: number; readonly touched: readonly number[] }[] => [],
  );
  for (const [id, touched] of touches) {
    if (!isInArena(program.tensors[id]!)) continue;
    const bytes = tensorBytes(program, id);
    const last = Math.min(touched.at(-1)!, there.length - 1);
    for (let step = touched[0]! + 1; step <= last; step++) there[step]!.push({ bytes, touched });
  }
  return (first, end) =>
    there[first]!.reduce((sum, { bytes, touched }) => {
      const isTouched = touched.some((step) => step >= first && step < end);
      return isTouched ? sum : sum + bytes;
    }, 0);
}

type Cost = { readonly scratch: number; readonly instructions: number };

/** Of one call of a step. */
type StepCosts = { readonly packed: Cost; readonly plain: Cost };

type CostsOfSteps = {
  /** Of a step of the Program on some of its rows. */
  readonly ofVariant: (variant: Variant) => StepCosts;
  /** Of a step that is never packed. */
  readonly ofOther: (step: Step) => Cost;
  /** Instructions of each step of the Program on some of its rows, as it is faster. */
  readonly fewest: readonly ((first: number, count: number) => number)[];
  /** Instructions that move elements of a type, `size` from `from` on, to the front of their buffer. */
  readonly moving: Readonly<Record<'int8' | 'int16', (from: number, size: number) => number>>;
};

function stepCostsOn(whole: Rowwise, { library, core }: PlanOptions, device: Device): CostsOfSteps {
  const ofOther = (step: Step): Cost => ({
    scratch: scratchBytes(step, library, core),
    instructions: device.instructionsOf(step) ?? 0,
  });
  const known = new Map<Variant, StepCosts>();
  const ofVariant = (variant: Variant): StepCosts => {
    const { step } = variant;
    const costs = known.get(variant) ?? { packed: ofOther(device.packStep(step)), plain: ofOther(step) };
    known.set(variant, costs);
    return costs;
  };
  const moving = (dtype: 'int8' | 'int16') =>
    keptByTwo((from, size) => ofOther(moveOf({ name: '', dtype }, from, size)).instructions);
  return {
    ofOther,
    ofVariant,
    fewest: whole.forms.map((_, step) =>
      keptByTwo((first, count) => {
        const { packed, plain } = ofVariant(whole.variantOf(step, { first, count }));
        return Math.min(packed.instructions, plain.instructions);
      }),
    ),
    moving: { int8: moving('int8'), int16: moving('int16') },
  };
}

/** A step alone lies over its input as its kernel does, packed or not. Of an input that comes in rows there is no room for all of them. */
function stepAlone(
  whole: Rowwise,
  across: Across,
  first: number,
  options: PlanOptions,
  { packStep, instructionsOf }: Device,
): Measured {
  const end = first + 1;
  const step = whole.program.steps[first]!;
  const beside = across(first, end);
  const [plain, packed] = [step, packStep(step)].map((one) => {
    const part = partOf(whole.program, whole.touches, first, end, { steps: [one], tensors: [] });
    return { bytes: arenaBytesOf(part, options) + beside, instructions: instructionsOf(one) ?? 0 };
  }) as [
    Pick<Measured, 'bytes'> & Pick<Cost, 'instructions'>,
    Pick<Measured, 'bytes'> & Pick<Cost, 'instructions'>,
  ];
  const isHeld = holdsStreamedInput(whole, { first, end, segment: null });
  return {
    ...{ first, end, segment: null },
    bytes: isHeld ? Number.POSITIVE_INFINITY : Math.min(plain.bytes, packed.bytes),
    instructionsIn: (most) => (packed.bytes <= most ? packed : plain).instructions,
  };
}

function measuredSegment(
  whole: Rowwise,
  across: Across,
  { ofVariant, ofOther }: CostsOfSteps,
  first: number,
  end: number,
  streams: Streams,
  options: PlanOptions,
): Measured | null {
  const segment = segmentIn(whole, streams);
  if (segment === null || holdsStreamedInput(whole, { first, end, segment })) return null;
  const beside = across(first, end);
  const part = partOf(whole.program, whole.touches, first, end, looped(segment, 0));
  const costs = segment.steps.map((step, k): StepCosts => {
    const variant = segment.variants[k]!;
    if (variant !== null) return ofVariant(variant);
    return { packed: ofOther(step), plain: ofOther(step) };
  });
  const placed = arenaAndLiveBytes(part, options);
  const packedScratch = new Map(part.steps.map((step, k) => [step, costs[k]!.packed.scratch]));
  const allPacked = kept(
    () => arenaBytesOf(part, { ...options, scratchOf: (step) => packedScratch.get(step)! }) + beside,
  );
  /** What is not live and yet not to be had, as far as the plan shows. */
  const lost = placed.bytes - placed.live.reduce((most, bytes) => Math.max(most, bytes), 0);
  const instructionsIn = (most: number): number => {
    const areAll = allPacked() <= most;
    const taken = costs.map(({ packed, plain }, step) => {
      const live = placed.live[step]! - plain.scratch + beside + lost;
      return (areAll || live + packed.scratch <= most ? packed : plain).instructions;
    });
    return segment.calls.reduce((sum, { step }) => sum + taken[step]! + PER_CALL, 0);
  };
  return { first, end, segment, bytes: placed.bytes + beside, instructionsIn };
}

function walkedOver(
  whole: Rowwise,
  { between, across }: { readonly between: readonly number[]; readonly across: Across },
  first: number,
  end: number,
  streams: Streams,
): Walked {
  const { program, touches } = whole;
  const given = givenTo(whole, streams, end);
  const beside = across(first, end);
  /** Bytes of each stream that are still needed. */
  const held = streams.all.map(() => 0);
  const most = streams.all.map(() => 0);
  const isNeededBehind = streams.all.map(({ id }) => touches.get(id)!.at(-1)! >= end);
  const rowBytes = streams.all.map(
    ({ id, rowElements }) => rowElements * DTYPE_BYTES[program.tensors[id]!.dtype],
  );
  let [bytes, heldBytes, live, inner] = [Math.max(between[first]!, between[end]!), 0, 0, 0];
  const hold = (stream: number, now: number): void => {
    live += now - held[stream]!;
    if (streams.all[stream]!.isInner) inner += now - held[stream]!;
    held[stream] = now;
  };
  produceAll(
    streams,
    (stream, first, count, needed, next) => {
      // Rows that nobody reads, as strides may pass over them, are there in one call alone, where they may lie over what it has read.
      most[stream] = Math.max(most[stream]!, first + count - Math.min(first, needed));
      const held = isNeededBehind[stream] ? first + count : Math.max(0, first + count - needed);
      hold(stream, held * rowBytes[stream]!);
      const { sources } = streams.all[stream]!;
      for (let k = 0; k < sources.length; k++) {
        const source = sources[k]!.stream;
        if (isNeededBehind[source]) continue;
        const left = next[source]! - firstNeeded(streams, source, next);
        hold(source, Math.max(0, left) * rowBytes[source]!);
      }
      bytes = Math.max(bytes, beside + live + given.bytesLeft(next));
    },
    () => {
      heldBytes = Math.max(heldBytes, inner);
    },
  );
  return { bytes, heldBytes, rowsHeld: most };
}

/** What a segment finds whole, and what of it is still to be read as rows of its streams are made. */
function givenTo(
  { program, touches, forms, readsOf }: Rowwise,
  streams: Streams,
  end: number,
): { readonly bytesLeft: (next: Int32Array) => number } {
  /** `first`: of each row of a stream the first row that it reads; 0 for all where it reads the tensor whole. `end`: bytes up to the last that it ever reads. */
  type Reader = { readonly stream: number; readonly first: Int32Array; readonly end: number };
  type Given = { readonly bytes: number; readonly rowBytes: number; readonly readers: Reader[] | null };
  const given = new Map<TensorId, Given>();
  const made = new Set(streams.all.map(({ id }) => id));
  streams.all.forEach(({ writers }, stream) => {
    for (const index of writers) {
      for (const [input, id] of program.steps[index]!.inputs.entries()) {
        const { dtype } = program.tensors[id]!;
        if (made.has(id) || !isInArena(program.tensors[id]!)) continue;
        const { rows, inputs } = forms[index]!;
        const shape = inputs[input]!;
        const known = given.get(id) ?? { bytes: tensorBytes(program, id), rowBytes: 0, readers: [] };
        const readers = touches.get(id)!.at(-1)! >= end ? null : known.readers;
        const rowBytes = (shape?.rowElements ?? 0) * DTYPE_BYTES[dtype];
        if (shape === null) readers?.push({ stream, first: new Int32Array(rows), end: known.bytes });
        else {
          const reads = readsOf(index, input);
          readers?.push({
            stream,
            first: reads.first,
            end: reads.end[streams.made[stream]! - 1]! * rowBytes,
          });
        }
        given.set(id, { ...known, rowBytes: Math.max(known.rowBytes, rowBytes), readers });
      }
    }
  });
  const leftOf = ({ bytes, rowBytes, readers }: Given, next: Int32Array): number => {
    if (readers === null) return bytes;
    let [row, behind] = [Number.POSITIVE_INFINITY, 0];
    for (let k = 0; k < readers.length; k++) {
      const { stream, first, end } = readers[k]!;
      const from = next[stream]!;
      if (from >= streams.made[stream]!) continue;
      [row, behind] = [Math.min(row, first[from]!), Math.max(behind, end)];
    }
    return row === Number.POSITIVE_INFINITY ? 0 : behind - row * rowBytes;
  };
  const all = [...given.values()];
  return {
    bytesLeft: (next) => {
      let sum = 0;
      for (let k = 0; k < all.length; k++) sum += leftOf(all[k]!, next);
      return sum;
    },
  };
}

/** Instructions of a segment whose steps are all as it is fastest, with the moves in buffers of as many rows as are needed at a time. */
function fewestInstructions(
  { program, forms }: Rowwise,
  streams: Streams,
  rowsHeld: readonly number[],
  { fewest, moving, ofOther }: CostsOfSteps,
): number {
  const { all } = streams;
  const base = all.map(() => 0);
  let sum = 0;
  produceAll(streams, (stream, first, count, needed) => {
    const { id, writers, isInner, rowElements } = all[stream]!;
    const start = base[stream]!;
    if (isInner && first + count - start > rowsHeld[stream]!) {
      const keep = Math.min(first, needed);
      base[stream] = keep;
      const moved = moving[program.tensors[id]!.dtype === 'int16' ? 'int16' : 'int8'];
      if (keep < first) sum += moved((keep - start) * rowElements, (first - keep) * rowElements) + PER_CALL;
    }
    for (const index of writers) {
      const form = forms[index]!;
      sum += fewest[index]!(first, count) + PER_CALL;
      if (isFold(form) && first + count === form.rows) sum += ofOther(form.finish).instructions + PER_CALL;
    }
  });
  return sum;
}
