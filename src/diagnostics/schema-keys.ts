/** Which keys the objects of a schema have, level by level: for what is said of a misspelt one. */

/** A zod schema, whatever its kind; stated so that zod itself is not imported. */
export type SchemaNode = object;

/** Of the definition of a zod schema, what says which schemas are inside of it. */
type Definition = {
  readonly shape?: Readonly<Record<string, SchemaNode>>;
  readonly innerType?: SchemaNode;
  readonly in?: SchemaNode;
  readonly out?: SchemaNode;
  readonly element?: SchemaNode;
  readonly valueType?: SchemaNode;
  readonly options?: readonly SchemaNode[];
};

function definitionOf(node: SchemaNode): Definition {
  return (node as { readonly def?: Definition }).def ?? {};
}

/** Keys of the object that lies at a path; empty where none does. */
export function keysAt(schema: SchemaNode, path: readonly PropertyKey[]): readonly string[] {
  const found = path.reduce<readonly SchemaNode[]>(
    (nodes, key) => nodes.flatMap((node) => childrenOf(node, key)),
    objectsOf(schema),
  );
  return [...new Set(found.flatMap((node) => Object.keys(definitionOf(node).shape ?? {})))];
}

/** Dotted paths of all keys with objects of their own counted, `sound.rate`; those inside lists are left out. */
export function allPaths(schema: SchemaNode, prefix: readonly string[] = []): readonly string[] {
  return keysAt(schema, prefix).flatMap((key) => {
    const path = [...prefix, key];
    return [path.join('.'), ...allPaths(schema, path)];
  });
}

/** Objects and lists that a value of the schema can be: without what is wrapped around them. */
function objectsOf(node: SchemaNode): readonly SchemaNode[] {
  const { shape, element, valueType, innerType, in: first, out, options } = definitionOf(node);
  if (shape !== undefined || element !== undefined || valueType !== undefined) return [node];
  return [innerType, first, out, ...(options ?? [])].flatMap((inner) =>
    inner === undefined ? [] : objectsOf(inner),
  );
}

function childrenOf(node: SchemaNode, key: PropertyKey): readonly SchemaNode[] {
  const { shape, element, valueType } = definitionOf(node);
  const own =
    shape !== undefined && typeof key === 'string' && Object.hasOwn(shape, key) ? shape[key] : undefined;
  const child = own ?? (typeof key === 'number' ? element : valueType);
  return child === undefined ? [] : objectsOf(child);
}
