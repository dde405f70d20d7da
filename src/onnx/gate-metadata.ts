/** Which standard nodes of a file stand for operators of gates, as metadata_props of the file keep it. */
import { TinymlError } from '../diagnostics/errors.ts';
import { float, int, strings } from '../graph/build.ts';
import { OWN_DOMAIN } from '../graph/own-operators.ts';
import type { Attribute, Node } from '../graph/types.ts';
import { GATE_OPERATORS } from './gate-forms.ts';
import type { StringStringEntryProto } from './proto.ts';

/** The value is JSON: a list of `{ name, op, inputs, outputs, attributes }`, with the names of tensors of the file. */
const GATES_KEY = 'tinyml.gates';

/** Attributes that are integers; the other numbers are floats. */
const INTEGERS: ReadonlySet<string> = new Set(['patch', 'max_age', 'key_frame']);

/** A model with more of them was never written; each is looked for in the whole graph. */
const MAX_NODES = 1024;

/** @param nodes of which those of gates are kept */
export function gatesMetadata(nodes: readonly Node[]): Readonly<Record<string, string>> {
  const gates = nodes
    .filter(({ op }) => GATE_OPERATORS.has(op))
    .map(({ name, op, inputs, outputs, attributes }) => ({
      name,
      op: op.slice(OWN_DOMAIN.length),
      inputs,
      outputs,
      attributes: Object.fromEntries(Object.entries(attributes).map(([key, { value }]) => [key, value])),
    }));
  return gates.length === 0 ? {} : { [GATES_KEY]: JSON.stringify(gates) };
}

/** @throws TinymlError E_ONNX_INVALID where the entry is not what `gatesMetadata` writes */
export function gatesFromMetadata(entries: readonly StringStringEntryProto[]): readonly Node[] {
  const text = entries.find(({ key }) => key === GATES_KEY)?.value;
  if (text === undefined || text === null) return [];
  const gates = parsed(text);
  if (gates !== null) return gates;
  throw new TinymlError('E_ONNX_INVALID', 'what the file says about its gates cannot be read', {
    at: `metadata "${GATES_KEY}"`,
    hint: 'make the gated model again with `tinyml gate`',
  });
}

function parsed(text: string): readonly Node[] | null {
  try {
    const list: unknown = JSON.parse(text);
    const gates = Array.isArray(list) && list.length <= MAX_NODES ? list.map(nodeOf) : [null];
    return gates.every((gate) => gate !== null) ? gates : null;
  } catch {
    return null;
  }
}

function nodeOf(entry: unknown): Node | null {
  if (!isObject(entry) || !isObject(entry.attributes)) return null;
  const { name, inputs, outputs } = entry;
  if (typeof name !== 'string' || !isTexts(inputs) || !isTexts(outputs)) return null;
  const op = `${OWN_DOMAIN}${String(entry.op)}`;
  const attributes = Object.entries(entry.attributes).map(
    ([key, value]) => [key, attributeOf(key, value)] as const,
  );
  if (!GATE_OPERATORS.has(op) || attributes.some(([, value]) => value === null)) return null;
  return {
    name,
    op,
    inputs,
    outputs,
    attributes: Object.fromEntries(attributes) as Record<string, Attribute>,
  };
}

function attributeOf(name: string, value: unknown): Attribute | null {
  if (typeof value === 'number') return INTEGERS.has(name) ? int(value) : float(value);
  return isTexts(value) ? strings(value) : null;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
