/** Recordings as model input: the first window of them, cut or padded with zeros at its end. */
import { TinymlError } from '../diagnostics/errors.ts';
import { firstOf } from '../diagnostics/lists.ts';
import { elementCount } from '../graph/tensor.ts';
import { createFrontEnd, featureOrder, placeFeatures } from '../signal/front-end.ts';
import { classColumnHint, saysClass } from './csv.ts';
import { AXIS_HINT, channelAxis, fitArray, withoutOnes } from './fit-array.ts';
import { type Preprocess, perChannel } from './preprocess.ts';
import type { Content } from './source.ts';

type Shape = readonly number[];
type Sound = Extract<Content, { kind: 'sound' }>;
type Signal = Extract<Content, { kind: 'signal' }>;

export type FitSound = (sound: Sound, at: string) => Float32Array;

/**
 * Sound for an input: the numbers of the front end, where the model takes features, else samples / 32768, which are -1 .. 1.
 * @throws TinymlError E_DATA, E_PREPROCESS
 */
export function createFitSound(shape: Shape, preprocess: Preprocess): FitSound {
  const { features = null, rate = 0 } = preprocess.sound ?? {};
  const elements = elementCount(shape);
  if (features === null) {
    return ({ pcm }, at) => {
      if (withoutOnes(shape).length !== 1) throw soundMismatch(shape, at);
      const values = Float32Array.from(window(pcm, elements), (sample) => sample / 32768);
      return fitArray({ shape, values }, shape, preprocess, at);
    };
  }
  const frontEnd = createFrontEnd(features, rate, elements);
  const order = featureOrder(features, shape);
  return ({ pcm }, at) => {
    const values = placeFeatures(frontEnd, order, frontEnd.compute(window(pcm, frontEnd.samples)));
    return fitArray({ shape, values }, shape, preprocess, at);
  };
}

/** The first samples, with zeros behind where there are not as many. */
function window(pcm: Int16Array, count: number): Int16Array {
  if (pcm.length === count) return pcm;
  const samples = new Int16Array(count);
  samples.set(pcm.subarray(0, count));
  return samples;
}

function soundMismatch(shape: Shape, at: string): TinymlError {
  return new TinymlError(
    'E_DATA',
    `sound does not fit an input of shape [${shape.join(', ')}]: it is not one sequence of samples`,
    {
      at,
      hint: 'A model of axes of a sensor takes CSV files. One of features takes them from sound where a --preprocess file says which: { "sound": { "rate": 16000, "features": ... } }. Any other takes .npz, .npy or .f32 files.',
    },
  );
}

/** How the axes of a signal lie in an input, and how many of its rows that takes. */
type SignalLayout = { readonly axes: 'first' | 'last'; readonly rows: number };

/**
 * Where the axes of a signal are in an input ([1, axes, n], [1, n, axes], [1, 1, n, axes] ..., or flat [1, n axes]): the axis
 * that is as long as there are columns, else as "layout" says.
 * @throws TinymlError E_DATA where no axis is, where both are, and for a flat input that takes several rows
 */
export function signalLayout(
  shape: Shape,
  { columns, names }: Pick<Signal, 'columns' | 'names'>,
  layout: Preprocess['layout'],
  at: string,
): SignalLayout {
  const dims = withoutOnes(shape);
  const rows = elementCount(dims) / columns;
  const fault = (reason: string, hint: string): TinymlError =>
    new TinymlError(
      'E_DATA',
      `a recording of ${columns} axes does not fit an input of shape [${shape.join(', ')}]: ${reason}`,
      { at, hint },
    );
  if (columns === 1 && dims.length <= 1) return { axes: 'last', rows };
  if (dims.length === 1 && Number.isInteger(rows)) {
    if (rows === 1) return { axes: 'last', rows };
    if (layout !== null) return { axes: layout === 'nchw' ? 'first' : 'last', rows };
    throw fault('it is flat', `${AXIS_HINT} ("nhwc": row after row, as in the file.)`);
  }
  const axis = dims.length === 2 ? channelAxis(dims, columns, layout) : 'it has not two axes, time and axes';
  if (typeof axis === 'string') {
    throw fault(axis, dims.length === 2 && dims.includes(columns) ? AXIS_HINT : columnsHint(names));
  }
  return { axes: axis === 0 ? 'first' : 'last', rows };
}

function columnsHint(names: Signal['names']): string {
  const way = '{ "table": { "columns": [...] } } in the --preprocess file says which columns are taken';
  if (names === undefined) return 'Every column is an axis: give as many as the model takes.';
  if (names === null) {
    return `The file has no header: every column is an axis. With a first line of names, those of time are left out, and ${way}.`;
  }
  const column = names.find(saysClass);
  if (column !== undefined) return `${classColumnHint(column)}; ${way}.`;
  return `Axes are ${firstOf(names.map((name) => JSON.stringify(name)))}. A column of time is left out where it is called time, timestamp, date or datetime; ${way}.`;
}

/** Values of several axes, each with its mean and standard deviation. @throws TinymlError E_DATA, E_PREPROCESS */
export function fitSignal(signal: Signal, shape: Shape, preprocess: Preprocess, at: string): Float32Array {
  const { values, rows, columns } = signal;
  const { axes, rows: wanted } = signalLayout(shape, signal, preprocess.layout, at);
  const [mean, std] = [
    perChannel(preprocess.mean, 'mean', columns),
    perChannel(preprocess.std, 'std', columns),
  ];
  const { scale } = preprocess;
  const out = new Float32Array(wanted * columns);
  for (let row = 0; row < wanted; row++) {
    for (let c = 0; c < columns; c++) {
      const value = row < rows ? values[row * columns + c]! : 0;
      out[axes === 'first' ? c * wanted + row : row * columns + c] = (value * scale - mean[c]!) / std[c]!;
    }
  }
  return out;
}
