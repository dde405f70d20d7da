/**
 * The network that trains a gate: a pair of frames, the gate, its mask, both mixes of the pair by the mask (what the gate makes
 * of the frame, and the opposite), and the backbone behind the frame and behind the mixes. To `differentiate` it is a network
 * like any other, of which the gate alone is trained.
 */
import { TinymlError } from '../../diagnostics/errors.ts';
import { elementCount, sameShape } from '../../graph/tensor.ts';
import type { Limits } from '../../passes/limits.ts';
import { PATCH_STATISTICS, type PatchShape } from '../../program/kernels/patch-gate.ts';
import { hasLearned, renamedFunction } from './functions.ts';
import { isFunction, type Network, type Norm, type Source, type Unit } from './network.ts';
import type { FirstState } from './recurrence.ts';

type GateTraining = {
  /** What is behind the gated value, which is its input [1, C, H, W]. */
  readonly backbone: Network;
  /** From what `reads` says to scores [1, H / patch, W / patch]. */
  readonly gate: Network;
  /** What the gate looks at: statistics of the patches, or the frame and its reference, channel after channel. */
  readonly reads: 'statistics' | 'pair';
  /** Sides of a patch, in pixels. */
  readonly patch: number;
  /** One code of the input, as a real number. */
  readonly unit: number;
  readonly rule: 'sigmoid' | 'minmax';
  /** Whether masks are 0 and 1, as when the gate is used, or shares. */
  readonly hard: boolean;
};

/**
 * Its input is the frame and its reference, [2 C, H, W]; outputs are those of the backbone for the frame, for the frame with what is
 * skipped from the reference, for the opposite, and the mask. Parameters of the backbone are constants; units of the gate
 * have the names that they have in it.
 * @throws TinymlError E_SHAPE
 */
export function gateNetwork(training: GateTraining): Network {
  const { backbone, gate, reads, unit, rule, hard } = training;
  const params = patchShape(training);
  const [channels = 1] = backbone.inputShape;
  const pixels = { channels, positions: elementCount(backbone.inputShape) / channels };
  const patches = { channels: 1, positions: params.rows * params.columns };
  const half = (output: string, first: number): Unit =>
    plainUnit(output, { kind: 'channels', x: PAIR, first, count: channels }, output, pixels);
  const mix = (role: Role, inverted: boolean): Unit => {
    const source = {
      kind: 'patchMix',
      mask: MASK,
      x: FRAME,
      reference: REFERENCE,
      params,
      inverted,
    } as const;
    return plainUnit(`${role}/mix`, source, `${role}/${backbone.input}`, pixels);
  };
  const looksAt: Unit =
    reads === 'pair'
      ? plainUnit('sight', { kind: 'value', x: PAIR }, gate.input, { ...pixels, channels: 2 * channels })
      : plainUnit(
          'sight',
          { kind: 'patchStatistics', x: FRAME, reference: REFERENCE, params, unit },
          gate.input,
          { ...patches, channels: PATCH_STATISTICS },
        );
  const behind = (role: Role, input: string): readonly Unit[] =>
    backbone.units.map((one) =>
      renamed(one, role, (value) => (value === backbone.input ? input : `${role}/${value}`)),
    );
  const output = (role: Role): string => `${role}/${backbone.outputs[0]}`;
  return {
    graph: { ...gate.graph, constants: constantsOf(backbone, gate) },
    input: PAIR,
    inputShape: [2 * channels, ...backbone.inputShape.slice(1)],
    inputIsChannelsLast: true,
    takesNumbers: false,
    units: [
      half(FRAME, 0),
      half(REFERENCE, channels),
      looksAt,
      ...gate.units,
      plainUnit('mask', { kind: 'patchMask', x: gate.outputs[0], rule, hard }, MASK, patches),
      mix('positive', false),
      mix('negative', true),
      ...behind('anchor', FRAME),
      ...behind('positive', `positive/${backbone.input}`),
      ...behind('negative', `negative/${backbone.input}`),
    ],
    outputs: [output('anchor'), output('positive'), output('negative'), MASK],
    outputShape: backbone.outputShape,
  };
}

/** Names of the units of the backbone that have parameters: what is frozen. */
export function frozenUnits({ units }: Network, gate: Network): readonly string[] {
  const own = new Set(gate.units.map(({ name }) => name));
  return units
    .filter(
      ({ name, source, norm }) =>
        !own.has(name) &&
        ('linear' in source || source.kind === 'recurrent' || norm !== null || learnsItself(source)),
    )
    .map(({ name }) => name);
}

function learnsItself(source: Source): boolean {
  return isFunction(source) && hasLearned(source);
}

type Role = 'anchor' | 'positive' | 'negative';

const PAIR = 'both';
const FRAME = 'frame';
const REFERENCE = 'reference';
const MASK = 'mask';
const UNBOUNDED: Limits = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };

function patchShape({ backbone, gate, reads, patch }: GateTraining): PatchShape {
  const [channels = 1, height = 1, width = 1] = backbone.inputShape;
  const params = { batch: 1, rows: height / patch, columns: width / patch, patch, channels };
  const at = `input "${backbone.input}"`;
  if (backbone.inputShape.length !== 3 || height % patch !== 0 || width % patch !== 0) {
    throw new TinymlError(
      'E_SHAPE',
      `patches of ${patch}x${patch} do not divide ${backbone.inputShape.join('x')}`,
      {
        at,
        hint: 'Give a patch that divides height and width.',
      },
    );
  }
  const grid = [params.rows, params.columns];
  const wanted = [
    [gate.inputShape, reads === 'pair' ? [2 * channels, height, width] : [PATCH_STATISTICS, ...grid]],
    [gate.outputShape, [1, ...grid]],
  ] as const;
  for (const [own, needed] of wanted) {
    if (sameShape(own, needed)) continue;
    throw new TinymlError('E_SHAPE', `the gate has ${own.join('x')} where ${needed.join('x')} is needed`, {
      at,
    });
  }
  return params;
}

function plainUnit(
  name: string,
  source: Source,
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
  if (isFunction(source)) return renamedFunction(source, rename, constantName);
  switch (source.kind) {
    case 'conv':
    case 'convTranspose': {
      const { weights, bias, form } = source.linear;
      const linear = { form, weights: constantName(weights), bias: bias === '' ? '' : constantName(bias) };
      return { ...source, x: rename(source.x), linear };
    }
    case 'recurrent': {
      const { weights, recurrent, bias } = source.names;
      const names = {
        weights: constantName(weights),
        recurrent: constantName(recurrent),
        bias: bias === '' ? '' : constantName(bias),
      };
      const first = (state: FirstState): FirstState =>
        state.kind === 'value' ? { ...state, value: rename(state.value) } : state;
      const { h, c } = source.first;
      const lastCell = source.lastCell === '' ? '' : rename(source.lastCell);
      return { ...source, x: rename(source.x), names, first: { h: first(h), c: first(c) }, lastCell };
    }
    case 'add':
      return { ...source, a: rename(source.a), b: rename(source.b) };
    case 'averagePool':
    case 'maxPool':
    case 'affine':
    case 'value':
    case 'move':
    case 'taps':
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
