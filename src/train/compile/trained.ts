/** Which parameters of a network a scheme trains. */
import { createHash } from 'node:crypto';
import { TinymlError } from '../../diagnostics/errors.ts';
import { firstOf } from '../../diagnostics/lists.ts';
import { nearest } from '../../diagnostics/nearest.ts';
import type { Scheme, TrainerOptions } from '../options.ts';
import { hasLearned } from './functions.ts';
import { matchesAny } from './names.ts';
import { isFunction, type Network, type Unit } from './network.ts';

/** What is trained of one unit. */
export type Trained = {
  /** Share (0 .. 1] of the input channels, the first ones, whose weights are trained; 0: none. */
  readonly weights: number;
  /** Bias, or the shift of a batch normalisation. */
  readonly bias: boolean;
};

const NOTHING: Trained = { weights: 0, bias: false };
const ALL: Trained = { weights: 1, bias: true };

/**
 * What is trained of every unit that has parameters, by its name.
 * `freeze` are names of units that are not, `*` for any letters; `classes` other than null means a new last layer.
 * @throws TinymlError E_USAGE for a name that no unit has, or a scheme that trains nothing
 */
export function trainedOf(
  network: Network,
  { scheme, freeze, classes }: Pick<TrainerOptions, 'scheme' | 'freeze' | 'classes'>,
): ReadonlyMap<string, Trained> {
  checkModel(scheme, network);
  const units = network.units.filter(hasParameters);
  const names = units.map(({ name }) => name);
  for (const pattern of freeze) {
    if (!names.some((name) => matchesAny(name, [pattern]))) throw noLayer(pattern, names);
  }
  const rule = ruleOf(scheme, names);
  // A new last layer knows nothing: it is trained whatever the scheme says.
  const isNew = (index: number): boolean => classes !== null && index === names.length - 1;
  const trained = new Map(
    units.map((unit, i) => {
      const { weights, bias } = matchesAny(unit.name, freeze) ? NOTHING : isNew(i) ? ALL : rule(unit.name, i);
      return [unit.name, { weights, bias: bias && hasBias(unit) }] as const;
    }),
  );
  if ([...trained.values()].every(({ weights, bias }) => weights === 0 && !bias)) {
    throw new TinymlError('E_USAGE', 'nothing is left to train', {
      at: 'the scheme, and --freeze',
      hint: `layers with parameters are ${firstOf(names)}`,
    });
  }
  checkSharing(units, trained);
  return trained;
}

/** A layer as schemes name it. */
export type SchemeLayer = {
  readonly name: string;
  readonly hasBias: boolean;
  /** Input channels, of which a share can have its weights trained; 1 where they are trained as a whole. */
  readonly channels: number;
};

/** Layers with parameters, in the order in which schemes count them. */
export function schemeLayers(network: Network): readonly SchemeLayer[] {
  return network.units.filter(hasParameters).map((unit) => {
    const { source } = unit;
    const isShared = !isFunction(source) && source.kind === 'conv' && source.params.groups === 1;
    return { name: unit.name, hasBias: hasBias(unit), channels: isShared ? source.params.inChannels : 1 };
  });
}

/**
 * What tells models apart that a scheme fits from others: the names of the layers, and what one output of each reads. Models that differ in
 * their weights, or in the classes of their last layer, have the same.
 */
export function schemeModel(network: Network): string {
  const layers = network.units.filter(hasParameters).map(({ name, source }) => {
    const inputs = 'linear' in source ? source.linear.form.shape.slice(1) : [];
    return [name, ...inputs];
  });
  return createHash('sha256').update(JSON.stringify(layers)).digest('hex');
}

/** @throws TinymlError E_USAGE for a scheme that was made for a model of other layers */
function checkModel(scheme: Scheme, network: Network): void {
  if (scheme.kind !== 'listed' || scheme.model === undefined || scheme.model === schemeModel(network)) return;
  throw new TinymlError(
    'E_USAGE',
    'the scheme is of another model: the layers are not those it was made for',
    {
      at: `layers ${schemeModel(network).slice(0, 12)} here, ${scheme.model.slice(0, 12)} in the scheme`,
      hint: 'Make one for this model with tinyml sparsity, or leave "model" out of the file to apply it by the names of layers.',
    },
  );
}

/** Two layers would each learn weights of their own, and one constant cannot hold both. */
function checkSharing(units: readonly Unit[], trained: ReadonlyMap<string, Trained>): void {
  const readers = new Map<string, readonly string[]>();
  for (const { name, source } of units) {
    for (const weights of matricesOf(source)) readers.set(weights, [...(readers.get(weights) ?? []), name]);
  }
  for (const [weights, names] of readers) {
    if (names.length < 2 || names.every((name) => trained.get(name)!.weights === 0)) continue;
    throw new TinymlError('E_OP', 'weights that several layers share cannot be trained', {
      at: [`constant "${weights}"`, ...names.map((name) => `layer "${name}"`)],
      hint: 'export the model with weights for every layer, or leave these layers out of the training (--freeze)',
    });
  }
}

/** Constants that are matrices of a layer. */
function matricesOf(source: Unit['source']): readonly string[] {
  if ('linear' in source) return [source.linear.weights];
  if (source.kind === 'lookup') return [source.table];
  return source.kind === 'recurrent' ? [source.names.weights, source.names.recurrent] : [];
}

function hasParameters({ source, norm }: Unit): boolean {
  if (isFunction(source)) return norm !== null || hasLearned(source);
  return matricesOf(source).length > 0 || norm !== null;
}

function hasBias({ source, norm }: Unit): boolean {
  if (source.kind === 'normalise') return source.names.beta !== '';
  if (source.kind === 'recurrent') return source.names.bias !== '';
  return norm !== null || ('linear' in source && source.linear.bias !== '');
}

function ruleOf(scheme: Scheme, names: readonly string[]): (name: string, index: number) => Trained {
  switch (scheme.kind) {
    case 'full':
      return () => ALL;
    case 'last':
      return (_, index) => (index >= names.length - scheme.layers ? ALL : NOTHING);
    case 'bias':
      return () => ({ weights: 0, bias: true });
    case 'listed': {
      const { biases } = scheme;
      const weights = new Map(scheme.weights.map(({ layer, channels }) => [layer, channels]));
      const listed = [...weights.keys(), ...(typeof biases === 'object' ? biases : [])];
      const unknown = listed.find((name) => !names.includes(name));
      if (unknown !== undefined) throw noLayer(unknown, names);
      const hasBias = (name: string, index: number): boolean => {
        if (biases === 'all') return true;
        return typeof biases === 'number' ? index >= names.length - biases : biases.includes(name);
      };
      return (name, index) => ({ weights: weights.get(name) ?? 0, bias: hasBias(name, index) });
    }
  }
}

function noLayer(name: string, names: readonly string[]): TinymlError {
  const [meant] = nearest(name, names);
  return new TinymlError('E_USAGE', `there is no layer "${name}" with parameters`, {
    at: `layer "${name}"`,
    hint: meant === undefined ? `there are ${firstOf(names)}` : `Did you mean ${meant}?`,
  });
}
