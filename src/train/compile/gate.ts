/**
 * The network that trains a gate: a pair of frames, the gate, its mask, both mixes of the pair by the mask (what the gate makes
 * of the frame, and the opposite), and the backbone behind the frame and behind the mixes. To `differentiate` it is a network
 * like any other, of which the gate alone is trained.
 */
import { TinymlError } from '../../diagnostics/errors.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { Limits } from '../../passes/limits.ts';
import { PATCH_STATISTICS, type PatchShape } from '../../program/kernels/patch-gate.ts';
import { type GateSource, inputsOf, type Network, type Norm, type Source, type Unit } from './network.ts';

export type GateTraining = {
  readonly backbone: Network;
  /** From what `reads` says to scores [1, H / patch, W / patch]. */
  readonly gate: Network;
  /** What the gate looks at: statistics of the patches, or the frame and its reference, channel after channel. */
  readonly reads: 'statistics' | 'pair';
  /** The value of the backbone that is gated: its input, or another of shape [1, C, H, W]. */
  readonly gated: string;
  /** Sides of a patch of it, in pixels. */
  readonly patch: number;
  /** One code of it, as a real number. */
  readonly unit: number;
  readonly rule: 'sigmoid' | 'minmax';
  /** Whether masks are 0 and 1, as when the gate is used, or shares. */
  readonly hard: boolean;
};

/**
 * Its input is the frame and its reference, [2 C, H, W] of the input of the backbone; outputs are those of the backbone for the
 * frame, for the frame with what is skipped from the reference, for the opposite, and the mask. Parameters of the backbone are
 * constants; units of the gate have the names that they have in it.
 * @throws TinymlError E_OP where the output of the backbone does not depend on the gated value, E_SHAPE
 */
export function gateNetwork(training: GateTraining): Network {
  const { backbone, gate, reads, gated } = training;
  const shape = patchShape(training);
  const behind = unitsBehind(backbone, gated);
  if (!behind.some(({ output }) => output === backbone.outputs[0])) {
    throw new TinymlError('E_OP', 'the output of the backbone does not depend on what is gated', {
      at: `value "${gated}"`,
    });
  }
  const outputs = new Set(behind.map(({ output }) => output));
  const before = backbone.units.filter((unit) => !behind.includes(unit));
  const [x, reference] = [`current/${gated}`, `reference/${gated}`];
  const names = (role: string, ofGated: string) => (value: string) => {
    if (value === gated) return ofGated;
    return outputs.has(value) ? `${role}/${value}` : `current/${value}`;
  };
  const copies = (role: Role, ofGated: string): readonly Unit[] =>
    behind.map((unit) => renamed(unit, role, names(role, ofGated)));
  const prefix = (role: 'current' | 'reference', units: readonly Unit[]): readonly Unit[] =>
    units.map((unit) => renamed(unit, role, (value) => `${role}/${value}`));

  const [channels = 1] = backbone.inputShape;
  const positions = elementCount(backbone.inputShape) / channels;
  const frame = (role: 'current' | 'reference', first: number): Unit =>
    unitOf(
      `${role}/frame`,
      { kind: 'channels', x: PAIR, first, count: channels },
      `${role}/${backbone.input}`,
      {
        ...{ channels, positions },
      },
    );
  const patches = { channels: 1, positions: shape.rows * shape.columns };
  const pixels = { channels: shape.channels, positions: shape.rows * shape.columns * shape.patch ** 2 };
  const { patch: _, unit, rule, hard } = training;
  const looksAt: Unit =
    reads === 'pair'
      ? unitOf('pair', { kind: 'join', a: x, b: reference }, gate.input, {
          ...pixels,
          channels: 2 * pixels.channels,
        })
      : unitOf('statistics', { kind: 'patchStatistics', x, reference, params: shape, unit }, gate.input, {
          ...patches,
          channels: PATCH_STATISTICS,
        });
  const mix = (role: Role, inverted: boolean): Unit =>
    unitOf(
      `${role}/mix`,
      { kind: 'patchMix', mask: MASK, x, reference, params: shape, inverted },
      `${role}/${gated}`,
      pixels,
    );
  const output = (role: string): string => `${role}/${backbone.outputs[0]}`;
  return {
    graph: { ...gate.graph, constants: constantsOf(backbone, gate) },
    input: PAIR,
    inputShape: [2 * channels, ...backbone.inputShape.slice(1)],
    units: [
      frame('current', 0),
      frame('reference', channels),
      ...prefix('current', before),
      ...prefix('reference', unitsBefore(before, gated)),
      looksAt,
      ...gate.units,
      unitOf('mask', { kind: 'patchMask', x: gate.outputs[0], rule, hard }, MASK, patches),
      mix('positive', false),
      mix('negative', true),
      ...copies('anchor', x),
      ...copies('positive', `positive/${gated}`),
      ...copies('negative', `negative/${gated}`),
    ],
    outputs: [output('anchor'), output('positive'), output('negative'), MASK],
    outputShape: backbone.outputShape,
  };
}

/** Names of the units of the backbone that have parameters: what is frozen. */
export function frozenUnits({ units }: Network, gate: Network): readonly string[] {
  const own = new Set(gate.units.map(({ name }) => name));
  return units
    .filter(({ name, source, norm }) => !own.has(name) && ('linear' in source || norm !== null))
    .map(({ name }) => name);
}

type Role = 'anchor' | 'positive' | 'negative';

const PAIR = 'pair';
const MASK = 'mask';
const UNBOUNDED: Limits = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };

function patchShape({ backbone, gate, reads, gated, patch }: GateTraining): PatchShape {
  const { shape } = backbone.graph.values.get(gated)!;
  const [, channels = 1, height = 1, width = 1] = shape;
  const fits = shape.length === 4 && height % patch === 0 && width % patch === 0;
  if (!fits) {
    throw new TinymlError('E_SHAPE', `patches of ${patch} x ${patch} do not divide ${shape.join('x')}`, {
      at: `value "${gated}"`,
      hint: 'Give a patch that divides height and width.',
    });
  }
  const params = { batch: 1, rows: height / patch, columns: width / patch, patch, channels };
  const wanted = [1, params.rows, params.columns];
  const looksAt = reads === 'pair' ? [2 * channels, height, width] : [PATCH_STATISTICS, ...wanted.slice(1)];
  for (const [own, needed] of [
    [gate.inputShape, looksAt],
    [gate.outputShape, wanted],
  ] as const) {
    if (own.join() === needed.join()) continue;
    throw new TinymlError('E_SHAPE', `the gate has ${own.join('x')} where ${needed.join('x')} is needed`, {
      at: `value "${gated}"`,
    });
  }
  return params;
}

/** Units that depend on a value. */
function unitsBehind({ units }: Network, value: string): readonly Unit[] {
  const reached = new Set([value]);
  return units.filter((unit) => {
    const depends = unit.output !== value && inputsOf(unit).some((name) => reached.has(name));
    if (depends) reached.add(unit.output);
    return depends;
  });
}

/** Units that a value depends on. */
function unitsBefore(units: readonly Unit[], value: string): readonly Unit[] {
  const needed = new Set([value]);
  return [...units]
    .reverse()
    .filter((unit) => {
      if (!needed.has(unit.output)) return false;
      for (const name of inputsOf(unit)) needed.add(name);
      return true;
    })
    .reverse();
}

function unitOf(
  name: string,
  source: GateSource,
  output: string,
  size: { readonly channels: number; readonly positions: number },
): Unit {
  return { name, source, norm: null, bounds: UNBOUNDED, output, ...size };
}

/** The same unit for other values, under another name; its constants are those of the backbone. */
function renamed(unit: Unit, role: string, rename: (value: string) => string): Unit {
  return {
    ...unit,
    name: `${role}/${unit.name}`,
    source: renamedSource(unit.source, rename),
    norm: unit.norm === null ? null : renamedNorm(unit.norm),
    output: rename(unit.output),
  };
}

function renamedSource(source: Source, rename: (value: string) => string): Source {
  switch (source.kind) {
    case 'conv':
    case 'convTranspose': {
      const { weights, bias, form } = source.linear;
      const linear = { form, weights: constantName(weights), bias: bias === '' ? '' : constantName(bias) };
      return { ...source, x: rename(source.x), linear };
    }
    case 'add':
    case 'join':
      return { ...source, a: rename(source.a), b: rename(source.b) };
    case 'averagePool':
    case 'maxPool':
    case 'affine':
    case 'value':
    case 'channels':
    case 'patchMask':
      return { ...source, x: rename(source.x) };
    case 'patchStatistics':
      return { ...source, x: rename(source.x), reference: rename(source.reference) };
    case 'patchMix': {
      const { mask, x, reference } = source;
      return { ...source, mask: rename(mask), x: rename(x), reference: rename(reference) };
    }
  }
}

function renamedNorm(norm: Norm): Norm {
  const [gamma, beta, mean, variance] = [norm.gamma, norm.beta, norm.mean, norm.variance].map(constantName);
  return { ...norm, gamma: gamma!, beta: beta!, mean: mean!, variance: variance! };
}

const constantName = (name: string): string => `backbone/${name}`;

function constantsOf(backbone: Network, gate: Network): Network['graph']['constants'] {
  const ofBackbone = [...backbone.graph.constants].map(
    ([name, tensor]) => [constantName(name), tensor] as const,
  );
  return new Map([...ofBackbone, ...gate.graph.constants]);
}
