/** Which outputs of a model go back into which inputs, as metadata_props of the file keep it. */
import { TinymlError } from '../diagnostics/errors.ts';
import type { StateTie } from '../graph/types.ts';
import type { StringStringEntryProto } from './proto.ts';

/** The value is JSON: an object with the name of an output for every input that takes it. */
const STATE_KEY = 'tinyml.state';

export function stateMetadata(state: readonly StateTie[]): Readonly<Record<string, string>> {
  if (state.length === 0) return {};
  return {
    [STATE_KEY]: JSON.stringify(Object.fromEntries(state.map(({ input, output }) => [input, output]))),
  };
}

/** @throws TinymlError E_ONNX_INVALID where the entry is not what `stateMetadata` writes */
export function stateFromMetadata(entries: readonly StringStringEntryProto[]): readonly StateTie[] {
  const text = entries.find(({ key }) => key === STATE_KEY)?.value;
  if (text === undefined || text === null) return [];
  const ties = Object.entries(parsed(text) ?? {});
  if (ties.length === 0 || ties.some(([, output]) => typeof output !== 'string')) {
    throw new TinymlError('E_ONNX_INVALID', 'what the file says about its state cannot be read', {
      at: `metadata "${STATE_KEY}"`,
      hint: 'it is a JSON object with an output for every input: {"h_in": "h_out"}',
    });
  }
  return ties.map(([input, output]) => ({ input, output: output as string }));
}

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
