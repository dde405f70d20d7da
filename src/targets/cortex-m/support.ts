/** What of a model the kernels compute: what lowering makes of every node. */
import { lowerWithOutcomes } from '../../lower/lower.ts';
import { loweringError, type NodeOutcome, wayOutOf } from '../../lower/outcomes.ts';
import type { CortexMProfile } from '../../profiles/types.ts';
import { needsFpu } from '../../program/float-steps.ts';
import { assumeQuantized } from '../../quantize/assume.ts';
import { TFLITE_INT8 } from '../../quantize/scheme.ts';
import type { NodeSupport, Subject, Support } from '../target.ts';
import { QUANTISE_WHOLE } from './float-layers.ts';

/** @param profile null for any core that there is */
export function supportOf({ graph, float }: Subject, profile: CortexMProfile | null): Support {
  const target = profile?.id ?? 'Cortex-M';
  const lowered = lowerWithOutcomes(float ? assumeQuantized(graph, TFLITE_INT8) : graph).outcomes;
  const outcomes = profile?.features.fpu === 'none' ? lowered.map(withoutFpu) : lowered;
  return {
    target,
    nodes: outcomes.map(nodeSupport),
    integer: null,
    failure: loweringError(outcomes, (count) => `${count} nodes cannot run on ${target}`),
  };
}

/** What a node comes to on a core that computes float32 in software. */
function withoutFpu(outcome: NodeOutcome): NodeOutcome {
  if (outcome.kind !== 'native' || !outcome.kernels.some(needsFpu)) return outcome;
  const why = 'it computes in float32, for which the core has no FPU';
  return { node: outcome.node, kind: 'unsupported', code: 'E_OP', why, hint: QUANTISE_WHOLE, inFloat: false };
}

function nodeSupport(outcome: NodeOutcome): NodeSupport {
  const { node, ...facts } = outcome;
  const refused = outcome.kind === 'unsupported' ? { why: outcome.why, wayOut: wayOutOf(outcome) } : null;
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
