/** What of a model the kernels compute: what lowering makes of every node. */
import { lowerWithOutcomes } from '../../lower/int8/lower.ts';
import { loweringError, type NodeOutcome } from '../../lower/int8/outcomes.ts';
import { assumeQuantized } from '../../quantize/assume.ts';
import { TFLITE_INT8 } from '../../quantize/scheme.ts';
import type { NodeSupport, Subject, Support } from '../target.ts';

export function supportOf({ graph, float }: Subject, target: string): Support {
  const { outcomes } = lowerWithOutcomes(float ? assumeQuantized(graph, TFLITE_INT8) : graph);
  return {
    target,
    nodes: outcomes.map(nodeSupport),
    integer: null,
    failure: loweringError(outcomes, (count) => `${count} nodes cannot run on ${target}`),
  };
}

function nodeSupport(outcome: NodeOutcome): NodeSupport {
  const { node, ...facts } = outcome;
  const refused = outcome.kind === 'unsupported' ? { why: outcome.why, wayOut: outcome.hint ?? null } : null;
  return { name: node.name, op: node.op, macs: null, refused, text: textOf(outcome), facts };
}

/** Kernels in order; long runs of one kernel as their number. */
function kernelList(kernels: readonly string[]): string {
  const runs: { readonly kernel: string; count: number }[] = [];
  for (const kernel of kernels) {
    const last = runs.at(-1);
    if (last?.kernel === kernel) last.count++;
    else runs.push({ kernel, count: 1 });
  }
  return runs
    .flatMap(({ kernel, count }) =>
      count > 4 ? [`${count} x ${kernel}`] : new Array<string>(count).fill(kernel),
    )
    .join(' + ');
}

function textOf(outcome: NodeOutcome): string {
  switch (outcome.kind) {
    case 'native':
      return kernelList(outcome.kernels);
    case 'fused':
      return 'in the clamp of the layer before';
    case 'view':
      return 'no bytes move';
    case 'unsupported':
      return `NOT SUPPORTED: ${outcome.why}`;
  }
}
