/**
 * Skips what did not change. Where a gate says which pixels of a frame are new, what is computed from them alone is
 * computed at the pixels that they reach, and stays from run to run elsewhere.
 */
import type { Step } from '../../program/kernels/index.ts';
import type { ListTilesS32 } from '../../program/kernels/tile-lists.ts';
import type { Program } from '../../program/program.ts';
import { ARENA, type ProgramTensor, type TensorId } from '../../program/types.ts';
import { withoutUnused } from '../../program/unused.ts';
import {
  contains,
  listStep,
  listsBehind,
  sameImage,
  type TileList,
  type TileLists,
  tileLists,
} from './tile-lists.ts';
import { type Twin, twinOf } from './tile-twins.ts';

/** A step that is computed at the pixels of a list alone. */
type Guarded = { readonly twin: Twin; readonly list: TileList; readonly output: TensorId };

/** What becomes of the steps of a Program, by their index. */
type Choice = {
  readonly guarded: ReadonlyMap<number, Guarded>;
  /** Lists of the pixels that steps copy. */
  readonly copied: ReadonlyMap<number, TileList>;
  /** Copies of what is written to its place at once. */
  readonly dropped: ReadonlySet<number>;
};

/**
 * Law: the same outputs and state, byte for byte, for every sequence of inputs. A tensor that changes at listed pixels alone
 * from run to run is computed there; it becomes state where something reads it elsewhere. That holds from the first run on,
 * as a gate that starts lets everything through.
 */
export function guardSteps(program: Program, options: GuardOptions = NO_OPTIONS): Program {
  const uses = usesOf(program);
  const choice = chooseSteps(program, uses, options);
  if (choice.guarded.size === 0) return program;
  return withoutUnused(rewritten(program, uses, choice, keptTensors(program, uses, choice))).program;
}

export type GuardOptions = {
  /** Names of tensors and steps: what makes or is one is computed whole, and the skipping ends there. */
  readonly ends: ReadonlySet<string>;
  /** By the names of masks: with more than this share of its patches the whole image is computed. Where there is none: 1. */
  readonly denseAbove: ReadonlyMap<string, number>;
};

const NO_OPTIONS: GuardOptions = { ends: new Set(), denseAbove: new Map() };

/** The steps that read and write each tensor, in order, and the tensors of the ports. */
type Uses = {
  readonly readers: (id: TensorId) => readonly number[];
  readonly writers: (id: TensorId) => readonly number[];
  readonly ports: ReadonlySet<TensorId>;
};

function usesOf({ inputs, outputs, steps }: Program): Uses {
  const [readers, writers] = [new Map<TensorId, number[]>(), new Map<TensorId, number[]>()];
  const note = (map: Map<TensorId, number[]>, id: TensorId, step: number): void => {
    const known = map.get(id);
    if (known === undefined) map.set(id, [step]);
    else known.push(step);
  };
  steps.forEach((step, index) => {
    for (const id of new Set(step.inputs)) note(readers, id, index);
    for (const id of step.outputs) note(writers, id, index);
  });
  return {
    readers: (id) => readers.get(id) ?? [],
    writers: (id) => writers.get(id) ?? [],
    ports: new Set([...inputs, ...outputs].map(({ tensor }) => tensor)),
  };
}

function chooseSteps(program: Program, uses: Uses, { ends, denseAbove }: GuardOptions): Choice {
  const lists = tileLists();
  const copied = new Map<number, TileList>();
  program.steps.forEach((step, index) => {
    const made = step.kernel === 'copy_tiles_s8' ? listMaker(program, uses, step.inputs[1]!) : null;
    if (made !== null) copied.set(index, lists.ofMask(made, made.params.denseAbove));
  });
  const { guarded, dropped } = computedAtOnce(program, uses, copied);
  const changed = new Map<TensorId, TileList>();
  program.steps.forEach((step, index) => {
    const [output] = step.outputs as readonly [TensorId];
    const { name, storage } = program.tensors[output]!;
    const list = copied.get(index);
    if (uses.writers(output).length !== 1) return;
    if (list !== undefined) {
      if (storage.kind !== 'state' || !startsWhole(program, uses, list)) return;
      changed.set(output, coarser(program, list, denseAbove, lists));
      return;
    }
    if (guarded.has(index) || ends.has(name) || ends.has(step.name)) return;
    const made = changedOutput(step, changed, lists);
    if (made === null) return;
    guarded.set(index, made);
    changed.set(output, made.list);
  });
  return { guarded, copied, dropped };
}

/** The list of the steps behind a copy: the whole image where the mask has more patches than is worth it. */
function coarser(
  program: Program,
  list: TileList,
  denseAbove: GuardOptions['denseAbove'],
  lists: TileLists,
): TileList {
  if (list.made.by !== 'mask') return list;
  const { step } = list.made;
  const { rows, columns } = step.params;
  const share = denseAbove.get(program.tensors[step.inputs[0]!]!.name) ?? 1;
  return lists.ofMask(step, Math.min(Math.floor(share * rows * columns), step.params.denseAbove));
}

/** The step at the pixels that change, where it reads nothing but what changes at listed pixels. */
function changedOutput(
  step: Step,
  changed: ReadonlyMap<TensorId, TileList>,
  lists: TileLists,
): Guarded | null {
  const [first, ...others] = step.inputs.map((id) => changed.get(id));
  if (first === undefined || others.includes(undefined)) return null;
  const [output] = step.outputs as readonly [TensorId];
  if (step.inputs.includes(output)) return null;
  const twin = twinOf(step, first.image);
  if (twin === null) return null;
  const reached = twin.inputs.map(({ image, window }, k) => {
    const list = changed.get(step.inputs[k]!)!;
    if (!sameImage(image, list.image)) return null;
    return window === null ? list : lists.dilated(list, window, twin.output);
  });
  const list = reached.reduce((a, b) => (a === null || b === null ? null : lists.united(a, b)));
  return list === null ? null : { twin, list, output };
}

/** The step that makes the list in a tensor from a mask, where it may be done again anywhere behind what makes the mask. */
function listMaker({ steps, tensors }: Program, { writers }: Uses, tiles: TensorId): ListTilesS32 | null {
  const [writer, ...others] = writers(tiles);
  const step = steps[writer ?? -1];
  if (step?.kernel !== 'list_tiles_s32' || others.length > 0) return null;
  const mask = step.inputs[0]!;
  return tensors[mask]!.storage.kind === 'arena' && writers(mask).length <= 1 ? step : null;
}

/** Whether a list holds every pixel in the first run: its mask is that of a gate whose clock stands at zero then. */
function startsWhole(program: Program, { writers }: Uses, { made }: TileList): boolean {
  if (made.by !== 'mask') return false;
  const [writer, ...others] = writers(made.step.inputs[0]!);
  const gate = program.steps[writer ?? -1];
  if (gate?.kernel !== 'gate_patches_s8' || others.length > 0) return false;
  const clock = gate.outputs[2]!;
  const { storage } = program.tensors[clock]!;
  const starts = storage.kind === 'state' && storage.initial[0] === -128;
  return starts && writers(clock).every((step) => step >= writer!);
}

/**
 * What is made for nothing but a copy of listed pixels into state is made at these pixels, there; and what is made for
 * nothing but that, pixel by pixel, at the same ones.
 */
function computedAtOnce(
  program: Program,
  uses: Uses,
  copied: Choice['copied'],
): { readonly guarded: Map<number, Guarded>; readonly dropped: ReadonlySet<number> } {
  const guarded = new Map<number, Guarded>();
  const dropped = new Set<number>();
  /** Where `from` is made at the pixels of a list alone, to be read by one step: by which step, and how. */
  const narrow = (from: TensorId, reader: number, list: TileList, output: TensorId): boolean => {
    const made = onlyMaker(program, uses, from, reader);
    if (made === null || !isKnownBefore(uses, list, made)) return false;
    const step = program.steps[made]!;
    const twin = twinOf(step, list.image);
    if (twin === null || !sameImage(twin.output, list.image)) return false;
    if (output !== from && !isFreeBetween(uses, output, made, reader)) return false;
    guarded.set(made, { twin, list, output });
    step.inputs.forEach((input, k) => {
      if (twin.inputs[k]!.window === null) narrow(input, made, list, input);
    });
    return true;
  };
  for (const [index, list] of copied) {
    const step = program.steps[index]!;
    const [from, to] = [step.inputs[0]!, step.outputs[0]!];
    if (program.tensors[to]!.storage.kind === 'state' && narrow(from, index, list, to)) dropped.add(index);
  }
  return { guarded, dropped };
}

/** The step that makes a passing tensor, where one step makes it and `reader` alone reads it. */
function onlyMaker(program: Program, uses: Uses, id: TensorId, reader: number): number | null {
  const [maker, ...others] = uses.writers(id);
  const alone = uses.readers(id).every((step) => step === reader) && !uses.ports.has(id);
  const passes = program.tensors[id]!.storage.kind === 'arena';
  return maker !== undefined && others.length === 0 && alone && passes ? maker : null;
}

/** Whether the mask behind a list is there before a step. */
function isKnownBefore({ writers }: Uses, { made }: TileList, step: number): boolean {
  return made.by === 'mask' && writers(made.step.inputs[0]!).every((writer) => writer < step);
}

/** Whether nothing else touches a tensor from one step to before another. */
function isFreeBetween(uses: Uses, id: TensorId, first: number, end: number): boolean {
  const others = [...uses.readers(id), ...uses.writers(id)];
  return uses.writers(id).length === 1 && others.every((step) => step < first || step >= end);
}

/** What is made at listed pixels alone and must stay: something reads it at other pixels too. */
function keptTensors(program: Program, uses: Uses, { guarded, copied }: Choice): ReadonlySet<TensorId> {
  const kept = [...guarded.values()].filter(({ output, list }) => {
    if (uses.ports.has(output)) return true;
    return uses.readers(output).some((index) => {
      const reader = guarded.get(index);
      const { inputs } = program.steps[index]!;
      if (reader !== undefined) {
        return inputs.some((id, k) => id === output && !readsWithin(list, reader, k));
      }
      const listed = copied.get(index);
      return listed === undefined || inputs.indexOf(output) !== 0 || !contains(list, listed);
    });
  });
  return new Set(kept.map(({ output }) => output));
}

/** Whether a guarded step reads an input at listed pixels alone. */
function readsWithin(list: TileList, { twin, list: own }: Guarded, input: number): boolean {
  const { window } = twin.inputs[input]!;
  if (window === null) return contains(list, own);
  const { made } = own;
  // A pixel of the output that is listed for the one pixel of the input that it reads.
  return made.by === 'window' && window.kernelH * window.kernelW === 1 && contains(list, made.from);
}

/** The Program with the choice carried out. A list is made before the first step that needs it. */
function rewritten(program: Program, uses: Uses, choice: Choice, kept: ReadonlySet<TensorId>): Program {
  const { guarded, copied, dropped } = choice;
  const tensors = program.tensors.map((tensor, id) => (kept.has(id) ? asState(tensor) : tensor));
  const steps: Step[] = [];
  // Room for every mask. Windows cut corners off tiles and join others: on clips their lists are up to twice as long as those of
  // their masks, which are never half of what they could be.
  const capacity = Math.max(...[...copied.keys()].map((copy) => capacityOf(program.steps[copy]!)));
  const places = new Map<TileList, TensorId>();
  const tilesFor = (step: Step, list: TileList): TensorId => {
    const known = places.get(list);
    if (known !== undefined) return known;
    const inputs = listsBehind(list).map((other) => tilesFor(step, other));
    const output = tensors.push(listTensor(`${step.name}_tiles${list.id}`, capacity)) - 1;
    steps.push(listStep(list, { name: `${step.name}/tiles`, inputs, output, capacity }));
    places.set(list, output);
    return output;
  };
  program.steps.forEach((step, index) => {
    const guard = guarded.get(index);
    const list = copied.get(index);
    if (dropped.has(index) || isMadeAnew(step, uses, copied)) return;
    if (guard !== undefined) {
      steps.push(guard.twin.at(tilesFor(step, guard.list), capacity, guard.output));
    } else if (step.kernel === 'copy_tiles_s8' && list !== undefined) {
      const inputs = [step.inputs[0]!, tilesFor(step, list)];
      steps.push({ ...step, inputs, params: { ...step.params, capacity } });
    } else {
      steps.push(step);
    }
  });
  return { ...program, tensors, steps };
}

/** Whether a step makes a list that is made anew where it is needed. */
function isMadeAnew(step: Step, uses: Uses, copied: Choice['copied']): boolean {
  return (
    step.kernel === 'list_tiles_s32' && uses.readers(step.outputs[0]!).every((reader) => copied.has(reader))
  );
}

function capacityOf(step: Step): number {
  return step.kernel === 'copy_tiles_s8' ? step.params.capacity : 0;
}

function listTensor(name: string, capacity: number): ProgramTensor {
  return { name, dtype: 'int32', shape: [1 + 4 * capacity], quant: null, storage: ARENA };
}

/** The tensor as state. It is written whole in the first run: what it holds before does not matter. */
function asState(tensor: ProgramTensor): ProgramTensor {
  if (tensor.storage.kind === 'state') return tensor;
  const size = tensor.shape.reduce((product, extent) => product * extent, 1);
  const initial = new Int8Array(size).fill(tensor.quant?.zeroPoint ?? 0);
  return { ...tensor, storage: { kind: 'state', initial } };
}
