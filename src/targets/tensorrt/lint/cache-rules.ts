/** Rules of a calibration cache that is to go with a model. */
import type { Node } from '../../../graph/types.ts';
import { type CalibrationCache, cacheHeader, isScale } from '../release/calibration-cache.ts';
import { FUSED_ACTIVATIONS, isLinear } from '../release/linear-layers.ts';
import { qdqNodes } from './pairs.ts';
import { type Rule, rule, type Said } from './rule.ts';
import { constantOf, describe, type LintView } from './view.ts';

/** A rule that says nothing where there is no cache, or where none is read. */
function cacheRule(
  facts: Parameters<typeof rule>[0],
  check: (view: LintView, cache: CalibrationCache) => readonly Said[],
): Rule {
  return rule(facts, (view) => (view.cache !== null && unread(view) === null ? check(view, view.cache) : []));
}

export const CACHE_RULES: readonly Rule[] = [
  rule(
    {
      id: 'K1',
      title: 'the builder reads a calibration cache',
      help: 'Of a cache given with --cache. Caches are for float models in int8 up to TensorRT 10: TensorRT 11 has no calibrators, modules without int8 need no scales, and in a model with Q and DQ these count alone.',
      severity: 'error',
    },
    (view) => (view.cache === null ? [] : [unread(view) ?? []].flat()),
  ),
  cacheRule(
    {
      id: 'K2',
      title: 'the cache begins with the release and the calibrator that reads it',
      help: 'Of a cache given with --cache. TensorRT ignores a cache whose first line is not its own, and then calibrates without data (NVIDIA/Deep-Learning-Accelerator-SW#26).',
      severity: 'error',
    },
    ({ platform: { release } }, { header, origin }) => {
      const wanted = cacheHeader(release);
      if (header === wanted) return [];
      return [
        {
          at: ['line 1'],
          message: `the cache is of ${origin}: it begins with ${header}`,
          cause: `TensorRT ${release.version.join('.')} ignores a cache that does not begin with ${wanted}, and calibrates without data`,
          fix: `calibrate again on that release; where the scales are known to be right, write ${wanted} there`,
          fixable: false,
        },
      ];
    },
  ),
  cacheRule(
    {
      id: 'K3',
      title: 'the names of the cache are tensors of the model',
      help: 'Of a cache given with --cache. Scales are found by name. Where less than half of the names fit, the cache is taken for that of another model; names that TensorRT gives to layers of its own are left out of account.',
      severity: 'error',
    },
    strangers,
  ),
  cacheRule(
    {
      id: 'K4',
      title: 'every layer in int8 has the scales of what it reads and writes',
      help: 'Of a cache given with --cache. A layer with a tensor that has no scale runs in a higher precision; a warning in the log of the build is all that says so. What is fused into the layer needs no scale between.',
      severity: 'warning',
    },
    (view, { entries }) => {
      const given = new Set(entries.map(({ name }) => name));
      return view.nodes.filter(isLinear).flatMap((node) => bareLayer(view, node, given) ?? []);
    },
  ),
  cacheRule(
    {
      id: 'K5',
      title: 'every scale of the cache is positive and finite',
      help: 'Of a cache given with --cache. A line is `name: hhhhhhhh`, the scale as eight hexadecimal digits of a single, most significant byte first. A tensor that was zero throughout the calibration has no scale.',
      severity: 'error',
    },
    (_, { entries }) =>
      entries
        .filter(({ name, scale }) => name === '' || !isScale(scale))
        .map(({ name, scale, line }) => ({
          at: [`line ${line}`],
          message:
            name === '' || Number.isNaN(scale)
              ? `line ${line} holds no scale`
              : `the scale of ${JSON.stringify(name)} is ${scale}`,
          cause: 'nothing can be divided by it: int8 of that tensor is undefined',
          fix: 'calibrate again with data on which the tensor is more than zeros, or take the line out',
          fixable: false,
        })),
  ),
];

/** Why the builder does not look at a cache; null where it does. */
function unread(view: LintView): Said | null {
  const { profile, release } = view.platform;
  const quantised = qdqNodes(view).length;
  const said = { at: [view.path], fixable: false };
  if (!release.calibrator) {
    return {
      ...said,
      message: `TensorRT ${release.version.join('.')} reads no calibration cache`,
      cause: 'it has no calibrators: scales come from Q and DQ of the model',
      fix: 'give the model Q and DQ: "tinyml quantize" with this target',
    };
  }
  if (!profile.precisions.int8) {
    return {
      ...said,
      message: `${profile.name} does not compute in int8`,
      cause: 'scales are for int8 alone',
      fix: 'build the model in FP16, without the cache',
    };
  }
  if (quantised === 0) return null;
  return {
    ...said,
    severity: 'warning',
    message: `the model has ${quantised} Q and DQ of its own`,
    cause: 'where a model has Q and DQ, scales come from them alone: the cache stays unread',
    fix: 'give the float model with the cache, or leave the cache out',
  };
}

/** Tensors that are in no ONNX file: of layers that the parser or the builder puts in. */
const OWN_NAMES = /^\(Unnamed Layer|^ONNXTRT_/;

function strangers(view: LintView, { entries }: CalibrationCache): readonly Said[] {
  const known = new Set(view.nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]));
  const named = entries.filter(({ name }) => name !== '' && !OWN_NAMES.test(name));
  const strange = named.filter(({ name }) => !known.has(name));
  const fitting = named.length - strange.length;
  const said = { cause: 'scales are found by name: these are not used', fixable: false };
  if (2 * fitting < named.length || named.length === 0) {
    return [
      {
        ...said,
        at: [view.path, ...strange.map(({ name }) => name)],
        message: `the cache is of another model: ${fitting} of its ${named.length} names are tensors of this one`,
        fix: 'calibrate this model; where an exporter renamed tensors, export with the names of the cache',
      },
    ];
  }
  return strange.map(({ name, line }) => ({
    ...said,
    severity: 'warning',
    at: [`line ${line}`, name],
    message: `the model has no tensor ${JSON.stringify(name)} (line ${line})`,
    fix: 'calibrate the model as it is now',
  }));
}

function bareLayer(view: LintView, node: Node, given: ReadonlySet<string>): Said | null {
  const [data = '', weights = ''] = node.inputs;
  const read = [data, weights].filter((name) => name !== '' && constantOf(view, name) === null);
  const bare = [...read, fusedOutput(view, node)].filter((name) => !given.has(name));
  if (bare.length === 0) return null;
  return {
    at: [node.name, ...bare],
    message: `${describe(node)} has no scale of ${bare.map((name) => JSON.stringify(name)).join(' and ')}`,
    cause: 'it runs in a higher precision',
    fix: 'calibrate again, with all tensors of the model',
    fixable: false,
  };
}

/** What a layer writes with all that is fused with it: batch norm, sum, then an activation. */
function fusedOutput(view: LintView, node: Node): string {
  const [made = ''] = node.outputs;
  const normed = behind(view, made, ['BatchNormalization']);
  return activated(view, behind(view, normed, ['Add']));
}

function activated(view: LintView, name: string): string {
  const readers = view.readers.get(name) ?? [];
  const gate = readers.find(({ op }) => op === 'Sigmoid');
  const product = readers.find(({ op }) => op === 'Mul');
  const isSilu =
    readers.length === 2 &&
    !view.outputs.has(name) &&
    gate !== undefined &&
    product?.inputs.includes(gate.outputs[0]!) === true;
  return isSilu ? product.outputs[0]! : behind(view, name, FUSED_ACTIVATIONS);
}

/** The output of the only reader of a tensor, where that is such an operator. */
function behind(view: LintView, name: string, ops: readonly string[]): string {
  const [reader, ...more] = view.readers.get(name) ?? [];
  const fuses =
    reader !== undefined && more.length === 0 && !view.outputs.has(name) && ops.includes(reader.op);
  return fuses ? reader.outputs[0]! : name;
}
