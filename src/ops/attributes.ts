/** Reading attributes of nodes: each function gives the value, or the fallback where the attribute is absent. */
import { TinymlError } from '../diagnostics/errors.ts';
import type { Attribute, Node, Tensor } from '../graph/types.ts';

type Kind = Attribute['kind'];

/** @throws TinymlError E_ONNX_INVALID if the attribute exists and is of another kind. */
function read<K extends Kind>(
  node: Node,
  name: string,
  kind: K,
): Extract<Attribute, { kind: K }> | undefined {
  const attribute = Object.hasOwn(node.attributes, name) ? node.attributes[name] : undefined;
  if (attribute === undefined) return undefined;
  if (attribute.kind !== kind) {
    throw new TinymlError('E_ONNX_INVALID', `attribute "${name}" is of kind ${attribute.kind}, not ${kind}`, {
      at: `node "${node.name}" (${node.op})`,
      hint: 'export the model again; onnx.checker names the fault',
    });
  }
  return attribute as Extract<Attribute, { kind: K }>;
}

/** An integer; beyond 2^53 it loses precision. */
export function intAttribute(node: Node, name: string, fallback: number): number {
  return Number(read(node, name, 'int')?.value ?? fallback);
}

/** Integers; beyond 2^53 they lose precision. */
export function intsAttribute(node: Node, name: string, fallback: readonly number[]): readonly number[] {
  return read(node, name, 'ints')?.value.map(Number) ?? fallback;
}

export function floatAttribute(node: Node, name: string, fallback: number): number {
  return read(node, name, 'float')?.value ?? fallback;
}

export function stringAttribute(node: Node, name: string, fallback: string): string {
  return read(node, name, 'string')?.value ?? fallback;
}

export function stringsAttribute(node: Node, name: string, fallback: readonly string[]): readonly string[] {
  return read(node, name, 'strings')?.value ?? fallback;
}

export function tensorAttribute(node: Node, name: string): Tensor | null {
  return read(node, name, 'tensor')?.value ?? null;
}

export function hasAttribute(node: Node, name: string): boolean {
  return Object.hasOwn(node.attributes, name);
}
