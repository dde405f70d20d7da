/** Rules of where branches meet: sums and Concats. */
import type { Node } from '../../../graph/types.ts';
import {
  beforePair,
  dequantizerOf,
  isIntegerLinear,
  isQdq,
  isQuantize,
  numbersOf,
  quantizersOf,
  sameScale,
  scaleOf,
} from './pairs.ts';
import { type Rule, rule, type Said } from './rule.ts';
import { constantOf, describe, type LintView } from './view.ts';

export const JOIN_RULES: readonly Rule[] = [
  rule(
    {
      id: 'A1',
      title: 'of the inputs of a sum behind a Conv, the skip branch alone has a pair',
      help: 'Conv, Add and Relu fuse where the branch that ends in the Conv is not quantised and the other is (NVIDIA/TensorRT#1992, #3270).',
      severity: 'warning',
    },
    (view) => view.nodes.filter(({ op }) => op === 'Add').flatMap((node) => sum(view, node) ?? []),
  ),
  rule(
    {
      id: 'C1',
      title: 'inputs and output of a Concat share one scale',
      help: 'With one scale a Concat moves bytes, or vanishes. Otherwise each input is rescaled by a kernel of its own, and rounded again.',
      severity: 'warning',
    },
    (view) => view.nodes.filter(({ op }) => op === 'Concat').flatMap((node) => concat(view, node) ?? []),
  ),
];

type Side = {
  readonly name: string;
  readonly quantized: boolean;
  /** The int8 Conv or the like that the branch ends in, read by this sum alone. */
  readonly layer: Node | null;
};

function sum(view: LintView, node: Node): Said | null {
  if (node.inputs.length !== 2 || node.inputs.some((name) => constantOf(view, name) !== null)) return null;
  const sides = node.inputs.map((name) => sideOf(view, name));
  const [first, second] = sides as [Side, Side];
  if (first.name === second.name || sides.every(({ layer }) => layer === null)) return null;
  const branch = sides.find(({ layer }) => layer !== null)!;
  const skip = first === branch ? second : first;
  const at = [node.name, branch.layer!.name];
  const said = { at, fixable: true, cause: 'Conv, Add and Relu do not fuse: one more kernel for the sum' };
  const quantized = sides.filter((side) => side.quantized);
  if (quantized.length === 2) {
    const message = `both inputs of ${describe(node)} have a pair, that of ${describe(branch.layer!)}, too`;
    return { ...said, message, fix: 'take out the pair behind the Conv' };
  }
  if (quantized.length === 0) {
    const message = `no input of ${describe(node)} has a pair, nor has the skip branch "${skip.name}"`;
    return { ...said, message, fix: 'put a pair on the skip branch', fixable: hasPair(view, skip.name) };
  }
  if (skip.quantized || skip.layer !== null) return null;
  const message = `${describe(node)} has the pair behind ${describe(branch.layer!)}, not on the skip branch "${skip.name}"`;
  return { ...said, message, fix: 'move it to the skip branch', fixable: hasPair(view, skip.name) };
}

/** Whether a value is rounded for other readers: its pair can serve the sum, too. */
function hasPair(view: LintView, name: string): boolean {
  return (view.readers.get(name) ?? []).some(isQuantize);
}

function sideOf(view: LintView, name: string): Side {
  const inner = beforePair(view, name);
  const made = view.producers.get(inner);
  const layer = made?.op === 'BatchNormalization' ? view.producers.get(made.inputs[0] ?? '') : made;
  const fuses = layer !== undefined && /^Conv/.test(layer.op) && isIntegerLinear(view, layer);
  const layerOf = fuses && countReads(view, inner) === 1 ? layer : null;
  return { name, quantized: dequantizerOf(view, name) !== null, layer: layerOf };
}

/** How many nodes compute with a value, pairs seen through. */
function countReads(view: LintView, name: string): number {
  return (view.readers.get(name) ?? []).reduce(
    (sum, reader) => sum + (isQdq(reader) ? countReads(view, reader.outputs[0] ?? '') : 1),
    view.outputs.has(name) ? 1 : 0,
  );
}

function concat(view: LintView, node: Node): Said | null {
  const inputs = node.inputs.filter((name) => constantOf(view, name) === null);
  const parts = inputs.map((name) => dequantizerOf(view, name));
  const known = parts.filter((part) => part !== null);
  const behind = quantizersOf(view, node.outputs[0] ?? '');
  const [first] = known;
  if (first === undefined) return null;
  const differs = [...known, ...behind].find((other) => !sameScale(view, other, first));
  if (differs === undefined) return null;
  const scales = new Set([...known, ...behind].map((part) => numbersOf(scaleOf(view, part)).join()));
  return {
    at: [node.name],
    message: `around ${describe(node)} there are ${scales.size} scales`,
    cause: 'each input of another scale is rescaled by a kernel of its own',
    fix: 'give its inputs and its output one scale: the largest',
    fixable: true,
  };
}
