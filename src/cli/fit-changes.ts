/** Changes of a model that may make it fit, from those that change no output to those that need training. */

import { TinymlError } from '../diagnostics/errors.ts';
import { withState } from '../graph/state.ts';
import type { Graph, ImportedModel, Port } from '../graph/types.ts';
import { contractOf, withContract } from '../input/contract.ts';
import { prepareGraph } from '../passes/pipeline.ts';
import { type KernelLibrary, OPTIMISE, type Optimise } from '../program/implementation.ts';
import { withWidth } from '../search/read-network.ts';
import type { AssessOptions, Subject } from '../targets/target.ts';
import { trainable } from '../train/run/model.ts';

export type Change = {
  readonly id: string;
  /** For people. */
  readonly text: string;
  /** What it costs beside work. */
  readonly price: string;
  readonly subject: Pick<Subject, 'graph' | 'float'>;
  /** How it is judged then. */
  readonly asked: AssessOptions;
};

/** Of height and width of images, and of channels. */
const SHARES = [0.75, 0.5];

/** Of the form that a plan has by `--optimise`. */
const FORM_PRICES: Readonly<Record<Optimise, string>> = {
  balanced: 'RAM or time; no output byte changes',
  speed: 'RAM; no output byte changes',
  ram: 'time; no output byte changes',
  flash: 'time; no output byte changes',
};

/**
 * All that apply, cheapest first.
 * @param asked how the model is judged
 */
export function changesOf(
  subject: Subject,
  asked: AssessOptions,
  keepsDeadChannels: boolean,
): readonly Change[] {
  const { graph, float } = subject;
  const inIntegers = withIntegerPorts(graph);
  const live = keepsDeadChannels ? prepareGraph(subject.model, { dims: subject.dims }) : null;
  const other: KernelLibrary = asked.library === 'builtin' ? 'cmsis-nn' : 'builtin';
  return [
    ...(live === null || live.nodes === graph.nodes
      ? []
      : [
          {
            ...{ id: 'dead-channels', text: 'remove dead channels (without --keep-dead-channels)' },
            ...{ price: 'no output byte changes', subject: { graph: live, float }, asked },
          },
        ]),
    ...(inIntegers === null
      ? []
      : [
          {
            ...{ id: 'int8-ports', text: 'int8 inputs and outputs (quantize --io int8)' },
            ...{ price: 'the application converts', subject: { graph: inIntegers, float }, asked },
          },
        ]),
    ...OPTIMISE.filter((optimise) => optimise !== asked.optimise).map((optimise) => ({
      ...{ id: `optimise-${optimise}`, text: `--optimise ${optimise}` },
      ...{
        price: FORM_PRICES[optimise],
        subject: { graph, float },
        asked: { ...asked, optimise },
      },
    })),
    {
      ...{ id: `kernels-${other}`, text: `--kernels ${other}`, price: 'no output byte changes' },
      ...{ subject: { graph, float }, asked: { ...asked, library: other } },
    },
    ...SHARES.flatMap((share) => smallerInput(subject, share, asked, keepsDeadChannels)),
    ...SHARES.flatMap((share) => narrower(subject, share, asked)),
  ];
}

/** The quantised graph with codes at its borders; null where they are there already. */
function withIntegerPorts(graph: Graph): Graph | null {
  const port = (old: Port): Port => {
    const quant = graph.values.get(old.value)?.quant ?? null;
    return old.dtype === 'float32' && quant !== null ? { ...old, dtype: quant.dtype } : old;
  };
  const [inputs, outputs] = [graph.inputs.map(port), graph.outputs.map(port)];
  const changed = [...inputs, ...outputs].some((one, i) => one !== [...graph.inputs, ...graph.outputs][i]);
  return changed ? { ...graph, inputs, outputs } : null;
}

/** Images of a share of their height and width, where the model takes such, no features of sound, and still has outputs of the same shapes. */
function smallerInput(
  subject: Subject,
  share: number,
  asked: AssessOptions,
  keepsDeadChannels: boolean,
): readonly Change[] {
  const { model, graph, float, dims } = subject;
  const shapes = graph.inputs.map(({ name, value }) => ({ name, shape: graph.values.get(value)!.shape }));
  const image = shapes.find(({ shape }) => shape.length === 4 && shape[2]! * shape[3]! > 1);
  if (image === undefined || graph.state.length > 0 || takesSound(graph)) return [];
  const [n, c, h, w] = image.shape as [number, number, number, number];
  const smaller = [n, c, scaled(h, share), scaled(w, share)];
  const made = reshaped(model, image.name, smaller, { dims, deadChannels: !keepsDeadChannels });
  if (made === null || !sameOutputs(made, graph)) return [];
  const size = `${smaller[3]}x${smaller[2]}`;
  return [
    {
      ...{ id: `input-${size}`, text: `an input of ${size} instead of ${w}x${h}` },
      ...{ price: 'accuracy: train and measure it again', subject: { graph: made, float }, asked },
    },
  ];
}

/** A float network that is a chain of blocks, with a share of its channels. */
function narrower({ model, float, dims }: Subject, share: number, asked: AssessOptions): readonly Change[] {
  if (!float) return [];
  const made = unlessBroken(() => {
    const narrow = withWidth(trainable(model, dims).graph, share);
    return prepareGraph(withContract(narrow, contractOf(model)), { deadChannels: false });
  });
  if (made === null) return [];
  return [
    {
      ...{ id: `width-${share}`, text: `${100 * share} % of all channels` },
      ...{ price: 'accuracy: train it anew', subject: { graph: made, float }, asked },
    },
  ];
}

function takesSound(graph: Graph): boolean {
  return (contractOf(graph).preprocess?.sound ?? null) !== null;
}

function scaled(size: number, share: number): number {
  return Math.max(1, Math.round(size * share));
}

/** The model with another shape of an input; null where that breaks it. */
function reshaped(
  model: ImportedModel,
  input: string,
  shape: readonly number[],
  { dims, deadChannels }: { readonly dims: Readonly<Record<string, number>>; readonly deadChannels: boolean },
): Graph | null {
  const inputs = model.inputs.map((one) => (one.name === input ? { ...one, shape } : one));
  const open = new Set(inputs.flatMap((one) => one.shape.filter((dim) => typeof dim === 'string')));
  const left = Object.fromEntries(Object.entries(dims).filter(([name]) => open.has(name)));
  return unlessBroken(() =>
    withState(prepareGraph({ ...model, inputs }, { dims: left, deadChannels }), [], 'E_USAGE'),
  );
}

/** Null for a change that a model does not allow. */
function unlessBroken(make: () => Graph): Graph | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof TinymlError && error.code !== 'E_INTERNAL') return null;
    throw error;
  }
}

function sameOutputs(a: Graph, b: Graph): boolean {
  const shapes = ({ outputs, values }: Graph): string =>
    outputs.map(({ value }) => values.get(value)!.shape.join('x')).join(' ');
  return shapes(a) === shapes(b);
}
