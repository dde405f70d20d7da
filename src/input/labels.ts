/** Names of the classes of a model: by index on the last axis of an output that is no state. */
import { TinymlError } from '../diagnostics/errors.ts';
import { dataOutputs } from '../graph/state.ts';
import type { Graph } from '../graph/types.ts';

/** More classes than models for devices have. */
export const MAX_LABELS = 100_000;

const MAX_CHARACTERS = 1000;

/** Why a text is no name of a class; null where it is one. */
export function faultOfLabel(text: string): string | null {
  if (text.trim() === '') return 'it is empty';
  if (text.length > MAX_CHARACTERS) return `it has ${text.length} characters, more than ${MAX_CHARACTERS}`;
  return text.includes('\0') ? 'it holds a NUL' : null;
}

/** Whether an output of a model has as many classes. */
export function labelsFit(count: number, graph: Graph): boolean {
  return dataOutputs(graph).some(({ value }) => graph.values.get(value)!.shape.at(-1) === count);
}

/** @throws TinymlError E_DATA where no output has as many classes */
export function requireLabelsFit(labels: readonly string[], graph: Graph): void {
  if (labels.length === 0 || labelsFit(labels.length, graph)) return;
  throw new TinymlError('E_DATA', `there are ${labels.length} labels, and no output has as many classes`, {
    at: dataOutputs(graph).map(
      ({ name, value }) => `output ${JSON.stringify(name)}: ${graph.values.get(value)!.shape.join('x')}`,
    ),
    hint: 'labels are by index on the last axis of the output: one line for each class, in that order',
  });
}
