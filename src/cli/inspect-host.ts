/** What `inspect` says of a model for a runtime on a host. */
import { formatCount, formatPercent } from '../diagnostics/units.ts';
import type { Graph, ImportedModel } from '../graph/types.ts';
import { exportModel } from '../onnx/export.ts';
import { importModel } from '../onnx/import.ts';
import { type ResolveOptions, resolveModel } from '../passes/resolve.ts';
import type { HostProfile } from '../profiles/types.ts';
import { assumeQuantized } from '../quantize/assume.ts';
import { TFLITE_INT8 } from '../quantize/scheme.ts';
import { fieldList, textTable } from '../report/table.ts';
import { onnxRuntimeForms } from '../targets/onnxruntime/forms.ts';
import { type HostSupport, hostSupport, type Part } from '../targets/onnxruntime/support.ts';

/** A float model is judged as the file that `quantize` would write. */
export function inspectForHost(
  model: ImportedModel,
  graph: Graph,
  float: boolean,
  profile: HostProfile,
  options: ResolveOptions,
): HostSupport {
  if (!float) return hostSupport(resolveModel(model, options), model.source.opset);
  const written = importModel(
    exportModel(onnxRuntimeForms(assumeQuantized(graph, TFLITE_INT8), profile.activations)),
    {
      path: model.source.path,
    },
  );
  return hostSupport(resolveModel(written), written.source.opset);
}

export function hostSupportJson({ fates, nodes, macs }: HostSupport): object {
  return {
    support: fates.map(({ node, ...fate }) => ({ node: node.name, op: node.op, ...fate })),
    integer: {
      nodes: { ...nodes, share: shareOf(nodes) },
      macs: { ...macs, share: shareOf(macs) },
    },
  };
}

export function hostSupportText(target: string, { fates, nodes, macs }: HostSupport): string {
  const rows = fates.map((fate) => [fate.node.name, fate.node.op, formatCount(fate.macs), fateText(fate)]);
  const columns = [
    { title: 'node' },
    { title: 'operator' },
    { title: 'MACs', align: 'right' as const },
    { title: `on ${target}` },
  ];
  const totals = fieldList([
    ['nodes in integers', partText(nodes)],
    ['MACs in integers', partText(macs)],
  ]);
  return `${textTable(columns, rows)}\n\n${totals}`;
}

function fateText(fate: HostSupport['fates'][number]): string {
  switch (fate.kind) {
    case 'integer':
      return fate.runs;
    case 'moves':
      return 'moves the codes';
    case 'absorbed':
      return 'in the limits of the codes';
    case 'float':
      return `FLOAT: ${fate.why}`;
  }
}

function partText(part: Part): string {
  return `${formatCount(part.integer)} of ${formatCount(part.total)} (${formatPercent(shareOf(part))})`;
}

/** All of nothing is 1. */
function shareOf({ integer, total }: Part): number {
  return total === 0 ? 1 : integer / total;
}
