/** A graph in operators and forms that the parser of a release takes. */
import { TinymlError } from '../../../diagnostics/errors.ts';
import { startEdit } from '../../../graph/rewrite.ts';
import type { Graph, Node } from '../../../graph/types.ts';
import { lowestOpset } from '../../../onnx/export-forms.ts';
import { describeNode } from '../../../ops/define.ts';
import { unparsable } from '../release/operators.ts';
import type { Release } from '../release/release.ts';
import type { Unparsable } from '../release/unparsable.ts';
import { gelu, hardSwish, mish, shrink, swish } from './decompose/activations.ts';
import { type Decomposition, decompose } from './decompose/form.ts';
import { groupNormalization, layerNormalization, rmsNormalization } from './decompose/normalisations.ts';
import {
  padAxes,
  reciprocal,
  recurrentLayout,
  resizeAxes,
  splitSizes,
  topK,
  xor,
} from './decompose/others.ts';
import { withoutIdleCasts } from './standard.ts';
import { widenOneAxis } from './widen.ts';

/** Other forms of an operator, for releases whose parser or opset lacks it or the form that it has. */
const DECOMPOSITIONS: Readonly<Record<string, Decomposition>> = {
  GRU: recurrentLayout,
  Gelu: gelu,
  GroupNormalization: groupNormalization,
  HardSwish: hardSwish,
  LSTM: recurrentLayout,
  LayerNormalization: layerNormalization,
  Mish: mish,
  Pad: padAxes,
  RMSNormalization: rmsNormalization,
  RNN: recurrentLayout,
  Reciprocal: reciprocal,
  Resize: resizeAxes,
  Shrink: shrink,
  Split: splitSizes,
  Swish: swish,
  TopK: topK,
  Xor: xor,
};

/**
 * Law: the same function in operators that the parser of the release takes, in an opset that it takes. Convolutions and pools
 * over one axis become such over two, with one Reshape before and one behind a chain of them. Names of what stays are kept;
 * Q and DQ may stand anywhere.
 * @throws TinymlError E_OP naming everything that has no form there, each with the first release that has one
 */
export function lowerGraph(graph: Graph, release: Release): Graph {
  const lowered = decomposeAll(widenOneAxis(withoutIdleCasts(graph)), release);
  const faults = faultsOf(lowered, release);
  if (faults.length === 0) return lowered;
  throw new TinymlError('E_OP', `TensorRT ${release.version.join('.')} cannot parse ${countText(faults)}`, {
    at: faults.map(faultText),
    hint: hintOf(faults),
  });
}

function decomposeAll(graph: Graph, release: Release): Graph {
  const edit = startEdit(graph);
  const named = new Set(
    unparsable(graph, release).flatMap(({ node, instead }) => (instead === null ? [] : [node])),
  );
  for (const node of graph.nodes) {
    const decomposition = DECOMPOSITIONS[node.op];
    if (decomposition === undefined) continue;
    if (!named.has(node.name) && lowestOpset(node, graph) <= release.opsetMax) continue;
    decompose(graph, edit, node, decomposition);
  }
  return edit.finish();
}

/** What is left that the parser does not take, the opset included. */
function faultsOf(graph: Graph, release: Release): readonly Unparsable[] {
  const found = unparsable(graph, release);
  const named = new Set(found.map(({ node }) => node));
  const late = graph.nodes.flatMap((node) => {
    const opset = lowestOpset(node, graph);
    return opset <= release.opsetMax || named.has(node.name) ? [] : [lateFault(node, opset)];
  });
  return [...found, ...late];
}

const lateFault = ({ name, op }: Node, opset: number): Unparsable => ({
  node: name,
  op,
  reason: `this form needs opset ${opset}`,
  since: null,
  instead: null,
});

const countText = ({ length }: readonly Unparsable[]): string =>
  length === 1 ? 'a node of this model' : `${length} nodes of this model`;

function faultText({ node, op, reason, since }: Unparsable): string {
  const from = since === null || reason.endsWith(since) ? '' : ` (TensorRT ${since} does)`;
  return `${describeNode({ name: node, op, inputs: [], outputs: [], attributes: {} })}: ${reason}${from}`;
}

function hintOf(faults: readonly Unparsable[]): string {
  return faults.every(({ since }) => since !== null)
    ? 'take a newer JetPack (--jetpack), or replace these operators in the model'
    : 'replace these operators in the model, or split it before them and run the rest on the CPU';
}
