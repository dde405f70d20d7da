/** Nodes against the schemas of ONNX: what onnx.checker and ONNX Runtime refuse is not read as something else. */
import type { Node } from '../graph/types.ts';
import { OPERATOR_FORMS } from './generated/operator-schemas.ts';
import type { OperatorForm } from './operator-form.ts';

/**
 * What is wrong with a node as an opset of the default domain has it: attributes that the operator does not have, or of
 * another kind, or missing; inputs that are missing, and inputs and outputs too many. Operators of other domains and
 * unknown ones are not judged.
 */
export function faultsOf(node: Node, opset: number): readonly string[] {
  const form = formOf(node.op, opset);
  if (form === undefined) return [];
  const [least, greatest] = form.inputs;
  const inputs = node.op === 'If' ? node.inputs.slice(0, 1) : node.inputs; // what its branches read comes behind
  const missing = Array.from({ length: least }, (_, i) => i).filter((i) => !inputs[i]);
  const attributes = Object.entries(node.attributes).flatMap(([name, { kind }]) => {
    const known = Object.hasOwn(form.attributes, name) ? form.attributes[name]!.replace('!', '') : undefined;
    if (known === undefined) return [`${node.op} of opset ${opset} has no attribute "${name}"`];
    return known === kind || known === 'other'
      ? []
      : [`attribute "${name}" is of kind ${kind}, not ${known}`];
  });
  const absent = Object.entries(form.attributes).flatMap(([name, kind]) =>
    kind.endsWith('!') && !Object.hasOwn(node.attributes, name) ? [`attribute "${name}" is missing`] : [],
  );
  return [
    ...missing.map((i) => `input ${i} is missing`),
    ...(inputs.length > greatest ? [`${inputs.length} inputs where at most ${greatest} are allowed`] : []),
    ...(node.outputs.length > form.outputs
      ? [`${node.outputs.length} outputs where at most ${form.outputs} are allowed`]
      : []),
    ...attributes,
    ...absent,
  ];
}

/** The form of an operator in an opset; of one that is newer than the opset, its first form. */
function formOf(op: string, opset: number): OperatorForm | undefined {
  const forms = Object.hasOwn(OPERATOR_FORMS, op) ? OPERATOR_FORMS[op]! : [];
  return forms.findLast(({ since }) => since <= opset) ?? forms[0];
}
