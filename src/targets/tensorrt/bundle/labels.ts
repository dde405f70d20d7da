/** Whether names of classes are of the model that they come with. */
import { TinymlError } from '../../../diagnostics/errors.ts';
import type { Graph } from '../../../graph/types.ts';

/**
 * Names are by index on the last axis of an output that is no state.
 * @throws TinymlError E_DATA where no output has as many
 */
export function requireLabelsFit(labels: readonly string[], { outputs, values, state }: Graph): void {
  if (labels.length === 0) return;
  const shapes = outputs
    .filter(({ name }) => state.every(({ output }) => output !== name))
    .map(({ name, value }) => ({ name, shape: values.get(value)!.shape }));
  if (shapes.some(({ shape }) => shape.at(-1) === labels.length)) return;
  throw new TinymlError('E_DATA', `there are ${labels.length} labels, and no output has as many classes`, {
    at: shapes.map(({ name, shape }) => `output ${JSON.stringify(name)}: ${shape.join('x')}`),
    hint: 'labels are by index on the last axis of the output: one line for each class, in that order',
  });
}
