import { withState } from '../graph/state.ts';
import type { Graph, ImportedModel } from '../graph/types.ts';
import { verifyGraph } from '../graph/verify.ts';
import { absorbQdq } from './absorb-qdq.ts';
import { affineToConv } from './affine-to-conv.ts';
import { cancelTranspose } from './cancel-transpose.ts';
import { collapseGates } from './collapse-gates.ts';
import { type RemovedChannels, removeDeadChannels } from './dead-channels.ts';
import { einsumToMatmul } from './einsum-to-matmul.ts';
import { expandReductions } from './expand-reductions.ts';
import { expandScatter } from './expand-scatter.ts';
import { expandStatistics } from './expand-statistics.ts';
import { explicitAveragePadding } from './explicit-average-padding.ts';
import { type FoldedNode, foldBatchNorm } from './fold-batch-norm.ts';
import { foldPad } from './fold-pad.ts';
import { fuseActivation } from './fuse-activation.ts';
import { fuseLinearAttention } from './fuse-linear-attention.ts';
import { fuseNormalisation } from './fuse-normalisation.ts';
import { quantizeIdle } from './idle-state.ts';
import { maskSoftmax } from './mask-softmax.ts';
import { matmulToGemm } from './matmul-to-gemm.ts';
import { mergeRoundings } from './merge-roundings.ts';
import { realExponent } from './real-exponent.ts';
import { removeIdentity } from './remove-identity.ts';
import { type ResolveOptions, resolveModel } from './resolve.ts';
import { scatterToGather } from './scatter-to-gather.ts';
import { splitGemm } from './split-gemm.ts';
import { sumToAdd } from './sum-to-add.ts';
import { ungroupTranspose } from './ungroup-transpose.ts';
import { volumesToImages } from './volumes-to-images.ts';

export type PrepareOptions = ResolveOptions & {
  /** Remove channels that are constant for every input (default true). */
  readonly deadChannels?: boolean;
  /** Leave batch normalisations as they are, for training, instead of folding them into weights. */
  readonly keepBatchNorm?: boolean;
};

/** A graph ready for quantising and lowering, and what it no longer has of the model. */
export type Prepared = {
  readonly graph: Graph;
  /** Null where all channels were to stay. */
  readonly removed: RemovedChannels | null;
  /** Nodes of the model that went into the weights of others; empty where batch normalisations were to stay. */
  readonly folded: readonly FoldedNode[];
};

type Pass = (graph: Graph) => Graph;

/**
 * Passes that only ever make the graph smaller or more regular, in an order in which each sees what the one before
 * uncovered: identities hide neighbours, activations are recognised before their parts are folded away, Gemm takes its
 * one form before a batch norm is folded into it.
 */
const CLEANUPS: readonly Pass[] = [
  removeIdentity,
  realExponent,
  sumToAdd,
  mergeRoundings,
  cancelTranspose,
  fuseActivation,
  fuseNormalisation,
  maskSoftmax,
  fuseLinearAttention,
  einsumToMatmul,
  splitGemm,
  matmulToGemm,
  expandReductions,
  expandScatter,
  expandStatistics,
  ungroupTranspose,
  foldBatchNorm,
  foldPad,
  explicitAveragePadding,
];

/** Linear attention is trained as the products that it is, windows over volumes as those over images. */
const FOR_TRAINING = [
  ...CLEANUPS.filter((pass) => pass !== foldBatchNorm && pass !== fuseLinearAttention),
  volumesToImages,
  scatterToGather,
];

/**
 * From an imported model to the graph that quantising and lowering take:
 * 1. `resolveModel`: static shapes, constants folded, everything supported; `collapseGates`;
 * 2. `absorbQdq`: quantisation onto values, while Q and DQ still stand beside the nodes they belong to;
 * 3. clean-ups until none of them finds anything;
 * 4. `affineToConv` for what could not be folded, and the clean-ups again for what that made foldable;
 * 5. `removeDeadChannels`, last, on the final weights;
 * 6. `verifyGraph`.
 * @throws TinymlError E_OP, E_SHAPE, E_QUANT, E_NOT_FINITE, as the steps state them.
 */
export function prepareModel(model: ImportedModel, options: PrepareOptions = {}): Prepared {
  const gated = collapseGates(resolveModel(model, options), model.collapsed);
  const resolved = quantizeIdle(absorbQdq(gated), model.state);
  const imported = withState(resolved, model.state, 'E_ONNX_INVALID');
  const folded: FoldedNode[] = [];
  const regular =
    options.keepBatchNorm === true
      ? cleanUp(verifyGraph(imported), FOR_TRAINING)
      : regularise(verifyGraph(imported), (one) => folded.push(one));
  if (options.deadChannels === false) return { graph: verifyGraph(regular), removed: null, folded };
  const { graph, ...removed } = removeDeadChannels(regular);
  return { graph: verifyGraph(graph), removed, folded };
}

/** The graph of `prepareModel` alone. @throws as it */
export function prepareGraph(model: ImportedModel, options: PrepareOptions = {}): Graph {
  return prepareModel(model, options).graph;
}

/**
 * Clean-ups, `affineToConv` for what could not be folded, and clean-ups again: steps 3 and 4 of `prepareGraph`.
 * @param onFold is told of each node that goes into the weights of another
 */
export function regularise(graph: Graph, onFold: (folded: FoldedNode) => void = () => {}): Graph {
  const passes = CLEANUPS.map((pass) =>
    pass === foldBatchNorm ? (one: Graph) => foldBatchNorm(one, onFold) : pass,
  );
  return cleanUp(affineToConv(cleanUp(graph, passes)), passes);
}

/** Law: that of its passes. Runs them in turn until a whole round changes nothing. */
export function cleanUp(graph: Graph, passes: readonly Pass[] = CLEANUPS): Graph {
  let current = graph;
  for (;;) {
    const cleaned = passes.reduce((reduced, pass) => pass(reduced), current);
    if (cleaned === current) return current;
    current = cleaned;
  }
}
