/** AttributeProto ↔ Attribute. */

import { unreachable } from '../diagnostics/errors.ts';
import type { Attribute, Tensor } from '../graph/types.ts';
import { ATTRIBUTE_TYPE, type AttributeProto, type TensorProto } from './proto.ts';
import { tensorToProto } from './tensor.ts';

/**
 * The attribute, or null for a kind that no supported operator has (sparse tensors, types, lists of tensors).
 * @param readTensor reads a tensor attribute; null where it is of a type that is not supported
 */
export function attributeFromProto(
  proto: AttributeProto,
  readTensor: (proto: TensorProto) => Tensor | null,
): Attribute | null {
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  switch (proto.type) {
    case ATTRIBUTE_TYPE.int:
      return { kind: 'int', value: proto.i ?? 0 };
    case ATTRIBUTE_TYPE.float:
      return { kind: 'float', value: proto.f ?? 0 };
    case ATTRIBUTE_TYPE.string:
      return { kind: 'string', value: text(proto.s ?? new Uint8Array()) };
    case ATTRIBUTE_TYPE.ints:
      return { kind: 'ints', value: proto.ints ?? [] };
    case ATTRIBUTE_TYPE.floats:
      return { kind: 'floats', value: proto.floats ?? [] };
    case ATTRIBUTE_TYPE.strings:
      return { kind: 'strings', value: (proto.strings ?? []).map(text) };
    case ATTRIBUTE_TYPE.tensor: {
      const value = proto.t ? readTensor(proto.t) : null;
      return value && { kind: 'tensor', value };
    }
    case ATTRIBUTE_TYPE.graph:
    case ATTRIBUTE_TYPE.graphs:
      return { kind: 'graph', value: null };
    default:
      return null;
  }
}

/** The attribute as a message; null for a subgraph, which is of another opset and cannot be written. */
export function attributeToProto(name: string, attribute: Attribute): AttributeProto | null {
  const type = attribute.kind === 'graph' ? 0 : ATTRIBUTE_TYPE[attribute.kind];
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  switch (attribute.kind) {
    case 'int':
      return { name, type, i: attribute.value };
    case 'float':
      return { name, type, f: attribute.value };
    case 'string':
      return { name, type, s: bytes(attribute.value) };
    case 'ints':
      return { name, type, ints: attribute.value };
    case 'floats':
      return { name, type, floats: attribute.value };
    case 'strings':
      return { name, type, strings: attribute.value.map(bytes) };
    case 'tensor':
      return { name, type, t: tensorToProto('', attribute.value) };
    case 'graph':
      return null;
    default:
      return unreachable(attribute);
  }
}
