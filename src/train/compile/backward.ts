/** The backward pass: gradients from the loss to the first trained parameter, each applied as soon as it is there. */

import { type Flow, ofBatch, type WeightGradient } from './arithmetic.ts';
import { filled, open, pushMove } from './boxes.ts';
import type { Context, EmittedNorm, EmittedUnit } from './context.ts';
import { arena, columnsBox, constant, type Emitter, push } from './emit.ts';
import { realData } from './float-arithmetic.ts';
import { MASK_RULES, pushMirrored, scaleChannels } from './forward.ts';
import { throughFunction } from './function-backward.ts';
import { isFunction, outputsOf, type Unit } from './network.ts';
import { sumOfChannels } from './octo/arithmetic.ts';
import { trainCompensation } from './octo/compensation.ts';
import { throughRecurrence } from './recurrent-backward.ts';
import { throughTaps } from './taps-steps.ts';
import { updateLayerWeights } from './updates.ts';

/** A gradient that reaches a value from one of its readers. `shared`: others read the same tensor. */
type Contribution = { readonly flow: Flow; readonly shared: boolean };

type Gradients = Map<string, Contribution[]>;

/** @param ofOutputs gradients of outputs of the network @returns that of its input, where it is needed and anything depends on it */
export function emitBackward(
  c: Context,
  units: readonly EmittedUnit[],
  ofOutputs: ReadonlyMap<string, Flow>,
): Flow | null {
  const gradients: Gradients = new Map(
    [...ofOutputs].map(([output, flow]) => [output, [{ flow, shared: false }]]),
  );
  for (const emitted of [...units].reverse()) {
    const { unit } = emitted;
    const [incoming, ofLastCell] = outputsOf(unit).map((output) => {
      const contributions = gradients.get(output);
      gradients.delete(output);
      return contributions === undefined ? null : sum(c.e, unit.name, contributions);
    }) as [Contribution | null, (Contribution | null)?];
    if (!c.needsGradient.has(unit.output) || (incoming === null && !ofLastCell)) continue;
    emitUnit(c, emitted, incoming ?? nothing(c, unit), ofLastCell?.flow ?? null, gradients);
  }
  const ofInput = gradients.get(c.network.input);
  return ofInput === undefined ? null : sum(c.e, c.network.input, ofInput).flow;
}

/** The gradient of an output that nothing reads. */
function nothing({ e, kept }: Context, { name, output }: Unit): Contribution {
  const { size } = kept.get(output)!;
  const data = filled(e, `${name}/no-gradient`, size, 0, 'gradient');
  return { flow: { data, size, extent: null }, shared: false };
}

/** Adds up what came from all readers. */
function sum(e: Emitter, name: string, contributions: readonly Contribution[]): Contribution {
  return contributions.reduce((total, next) => {
    const { size } = total.flow;
    const data = arena(e, `${name}/gradient`, 'float32', size, 'gradient');
    const inputs = [total.flow.data, next.flow.data];
    push(e, 'add_f32', name, { inputs, constants: [open(e, name)], outputs: [data] }, { size });
    return { flow: { data, size, extent: null }, shared: false };
  });
}

function emitUnit(
  c: Context,
  emitted: EmittedUnit,
  incoming: Contribution,
  ofLastCell: Flow | null,
  gradients: Gradients,
): void {
  const { unit } = emitted;
  const bounded = throughBounds(c, emitted, incoming);
  const g = emitted.norm === null ? bounded : throughNorm(c, emitted, emitted.norm, bounded);
  const give = (value: string, contribution: Contribution): void => {
    if (!c.needsGradient.has(value)) return;
    const all = gradients.get(value);
    if (all === undefined) gradients.set(value, [contribution]);
    else all.push(contribution);
  };
  const { source } = unit;
  if (isFunction(source)) {
    const own = (): Flow => owned(c.e, unit.name, g);
    throughFunction(c, emitted, source, g.flow, own, (value, flow, shared) => give(value, { flow, shared }));
    return;
  }
  switch (source.kind) {
    case 'conv':
    case 'convTranspose': {
      const input = throughLayer(c, emitted, g.flow, c.needsGradient.has(source.x));
      if (input !== null) give(source.x, { flow: input, shared: false });
      return;
    }
    case 'recurrent':
      throughRecurrence(c, emitted, source, { ofHidden: g.flow, ofLastCell }, (value, flow) =>
        give(value, { flow, shared: false }),
      );
      return;
    case 'add':
      give(source.a, { flow: g.flow, shared: true });
      give(source.b, { flow: g.flow, shared: true });
      return;
    case 'affine': {
      if (!c.needsGradient.has(source.x)) return;
      const scale = constant(c.e, `${unit.name}/gradient-scale`, source.scale);
      const flow = scaleChannels(c.e, unit.name, g.flow, scale, source.scale.length, 'gradient');
      give(source.x, { flow, shared: false });
      return;
    }
    case 'value':
      give(source.x, g);
      return;
    case 'move':
      if (c.needsGradient.has(source.x)) {
        give(source.x, { flow: throughMove(c, unit, source, g.flow), shared: false });
      }
      return;
    case 'taps':
      if (c.needsGradient.has(source.x)) {
        give(source.x, { flow: throughTaps(c.e, unit.name, source, g.flow, c.batch), shared: false });
      }
      return;
    case 'patchMask':
      if (c.needsGradient.has(source.x)) {
        give(source.x, { flow: throughMask(c, emitted, source.rule, g.flow), shared: false });
      }
      return;
    case 'patchMix':
      give(source.mask, { flow: throughMix(c, unit, source, g.flow), shared: false });
      return;
    case 'channels':
    case 'patchStatistics':
      throw new TypeError(`nothing that is trained comes before ${source.kind}`);
    case 'averagePool':
    case 'maxPool': {
      if (!c.needsGradient.has(source.x)) return;
      give(source.x, { flow: throughPool(c, unit, source, g.flow), shared: false });
      return;
    }
  }
}

/** The gradient in a tensor that may be overwritten. */
function owned(e: Emitter, name: string, { flow, shared }: Contribution): Flow {
  if (!shared) return flow;
  const data = arena(e, `${name}/own-gradient`, 'float32', flow.size, 'gradient');
  const box = columnsBox(1, flow.size, flow.size, flow.size);
  push(e, 'copy_f32', name, { inputs: [flow.data], outputs: [data] }, box);
  return { data, size: flow.size, extent: null };
}

/** Back through the activation: nothing passes where its output lies at a bound. */
function throughBounds(
  c: Context,
  { unit, flow: output }: EmittedUnit,
  incoming: Contribution,
): Contribution {
  const { name, bounds } = unit;
  if (bounds.min === Number.NEGATIVE_INFINITY && bounds.max === Number.POSITIVE_INFINITY) return incoming;
  const { e } = c;
  const g = owned(e, name, incoming);
  const extent = arena(e, `${name}/gradient-extent`, 'float32', 2, 'extent');
  const kept = output === null ? c.kept.get(unit.output)! : ({ kind: 'float', ...output } as const);
  const operands = {
    constants: [constant(e, `${name}/gradient-bounds`, Float32Array.of(bounds.min, bounds.max))],
    outputs: [g.data, extent],
  };
  if (kept.kind === 'codes') {
    const inputs = [kept.codes, kept.quantizer];
    push(e, 'activation_gradient_s8', name, { ...operands, inputs }, { size: g.size });
  } else {
    push(e, 'activation_gradient_f32', name, { ...operands, inputs: [kept.data] }, { size: g.size });
  }
  return { flow: { ...g, extent }, shared: false };
}

/** Back through a norm, whose trained parameters are updated. */
function throughNorm(
  c: Context,
  { unit, names }: EmittedUnit,
  norm: EmittedNorm,
  incoming: Contribution,
): Contribution {
  const { e, updates } = c;
  const { name, channels } = unit;
  if (norm.kind === 'fixed') {
    const { flow } = incoming;
    if (names.bias !== null) updates.float(e, names.bias, norm.shift, sumOfChannels(e, name, flow, channels));
    return { flow: scaleChannels(e, name, flow, norm.scale, channels, 'gradient'), shared: false };
  }
  const { x, statistics, gamma, beta } = norm;
  const g = owned(e, name, incoming);
  const dGamma = arena(e, `${name}/gamma-gradient`, 'float32', channels, 'gradient');
  const dBeta = arena(e, `${name}/beta-gradient`, 'float32', channels, 'gradient');
  const outputs = [g.data, dGamma, dBeta];
  const params = { rows: g.size / channels, channels };
  if (x.kind === 'codes') {
    const inputs = [x.codes, x.quantizer, statistics, gamma];
    push(e, 'batch_norm_gradient_s8', name, { inputs, outputs }, params);
  } else {
    push(e, 'batch_norm_gradient_f32', name, { inputs: [x.data, statistics, gamma], outputs }, params);
  }
  const { weights, bias } = c.trained.get(name)!;
  if (weights > 0) updates.float(e, names.gamma!, gamma, dGamma);
  if (bias) updates.float(e, names.beta!, beta, dBeta);
  return { flow: { data: g.data, size: g.size, extent: null }, shared: false };
}

/** Back through a layer, whose parameters are updated; the gradient of its input, where it is needed. */
function throughLayer(c: Context, emitted: EmittedUnit, g: Flow, needsInput: boolean): Flow | null {
  const { e, arithmetic, updates, options } = c;
  const { names, saved } = emitted;
  const { compensation } = names;
  const layer = emitted.layer!;
  const perChannel = compensation !== null && options.octo.lac.kind !== 'position';
  const trainsBias = names.bias !== null;
  if (!needsInput && saved === null && !trainsBias && compensation === null) return null;
  const wanted = { input: needsInput, weights: saved, bias: trainsBias || perChannel };
  return arithmetic.backward(e, layer, g, wanted, (gradients) => {
    updateWeights(c, emitted, gradients.weights);
    if (compensation !== null) {
      // Position by position the gradient of the bias is not needed, and may be missing.
      const biasGradient = gradients.bias ?? g.data;
      trainCompensation(e, updates, options.octo, layer.name, compensation, g, biasGradient);
    }
    const bias = compensation?.bias ?? layer.bias;
    if (trainsBias) updates.float(e, names.bias!, bias!.tensor, gradients.bias!);
  }).input;
}

function updateWeights(
  { e, updates, options }: Context,
  { names, layer }: EmittedUnit,
  gradient: WeightGradient | null,
): void {
  if (names.weights === null || gradient === null) return;
  updateLayerWeights(e, updates, layer!, options.octo.bitsWeights, gradient);
}

function throughPool(
  c: Context,
  unit: Unit,
  source: Extract<Unit['source'], { kind: 'averagePool' | 'maxPool' }>,
  g: Flow,
): Flow {
  const { e, kept, batch } = c;
  const { name } = unit;
  const x = kept.get(source.x)!;
  const data = arena(e, `${name}/input-gradient`, 'float32', x.size, 'gradient');
  const outputs = [data];
  if (source.kind === 'averagePool') {
    push(e, 'avg_pool2d_gradient_f32', name, { inputs: [g.data], outputs }, ofBatch(source.params, batch));
  } else {
    const params = ofBatch(source.params, batch);
    const { isLeast } = source;
    const both = [x, kept.get(unit.output)!]
      .map((one) => (one.kind === 'codes' ? one.codes : one.data))
      .map((one) => (isLeast ? pushMirrored(e, name, one) : one));
    // The slope of mirroring goes in and out again.
    const kernel = x.kind === 'codes' ? 'max_pool2d_gradient_s8' : 'max_pool2d_gradient_f32';
    push(e, kernel, name, { inputs: [...both, g.data], outputs }, params);
  }
  return { data, size: x.size, extent: null };
}

/** Back to where elements came from; what was left out has no part in the loss. */
function throughMove(
  { e, kept, batch }: Context,
  { name }: Unit,
  { x, from, to }: Extract<Unit['source'], { kind: 'move' }>,
  g: Flow,
): Flow {
  const { size } = kept.get(x)!;
  const data = arena(e, `${name}/input-gradient`, 'float32', size, 'gradient');
  if (size > g.size) {
    const zero = constant(e, `${name}/zero`, Float32Array.of(0));
    const params = { ...columnsBox(1, size, size, size), inStride3: 0 };
    push(e, 'copy_f32', name, { inputs: [zero], outputs: [data] }, params);
  }
  pushMove(e, name, g.data, data, batch, { from: to, to: from });
  return { data, size, extent: null };
}

function throughMask(
  { e }: Context,
  { unit: { name }, sampled }: EmittedUnit,
  rule: keyof typeof MASK_RULES,
  g: Flow,
): Flow {
  const { share, spread } = sampled!;
  const data = arena(e, `${name}/score-gradient`, 'float32', g.size, 'gradient');
  const operands = { inputs: [g.data, share, spread], outputs: [data] };
  push(e, 'patch_mask_gradient_f32', name, operands, { size: g.size, rule: MASK_RULES[rule] });
  return { data, size: g.size, extent: null };
}

/** Frames are not trained: the mask alone has a gradient. */
function throughMix(
  { e, kept, batch }: Context,
  { name }: Unit,
  { mask, x, reference, params, inverted }: Extract<Unit['source'], { kind: 'patchMix' }>,
  g: Flow,
): Flow {
  const { size } = kept.get(mask)!;
  const data = arena(e, `${name}/mask-gradient`, 'float32', size, 'gradient');
  const inputs = [g.data, ...[x, reference].map((value) => realData(e, name, kept.get(value)!))];
  const all = { ...params, batch, inverted: inverted ? 1 : 0 };
  push(e, 'patch_mix_gradient_f32', name, { inputs, outputs: [data] }, all);
  return { data, size, extent: null };
}
