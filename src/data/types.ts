import type { Warning } from '../diagnostics/warnings.ts';
import type { Preprocess } from './preprocess.ts';
import type { Content, Numbered } from './source.ts';

/** One example: the float values of every model input in ONNX axis order (NCHW, row-major), and its class. */
export type Sample = {
  readonly inputs: readonly Float32Array[];
  readonly label: number | null;
  /** What an output is to be, in ONNX axis order; absent where the data say nothing of it. */
  readonly target?: Float32Array;
  /** Its place in a sequence of samples that a model with state takes in order; absent in data without sequences. */
  readonly frame?: Frame;
  /** What the data hold, of which the inputs were made: what a device would have. */
  readonly content?: Content;
  /** Where it lies: the file, and where in it. */
  readonly at?: string;
};

type Frame = {
  /** 0 for the first: before it the state has its first values. */
  readonly index: number;
  readonly last: boolean;
  /** Whether its output counts: false where the label of the sequence is for a later frame. */
  readonly judged: boolean;
};

/** Whether state begins anew with a sample. */
export function startsSequence({ frame }: Sample): boolean {
  return frame === undefined || frame.index === 0;
}

/**
 * A data set that is read as it is used: memory does not grow with its length.
 * Same files, preprocessing and indices give the same bytes on every machine.
 */
export type Dataset = {
  readonly name: string;
  /** Number of samples, or of sequences where the samples are frames of such. */
  readonly length: number;
  /** True where samples are the frames of sequences, and indices count sequences. */
  readonly sequences?: boolean;
  /** Number of classes where the data set knows them; labels are 0 .. classes - 1. */
  readonly classes: number | null;
  /** Numbers of the target of a sample; absent where samples have none. */
  readonly targetElements?: number;
  /** Whether targets are classes, of the places of an output in ONNX axis order; -1 and 255 stand for none. */
  readonly targetsAreClasses?: boolean;
  /** What its records are; absent where that is not known. */
  readonly content?: Content['kind'];
  /** Names of the classes, where folders have them. */
  readonly classNames?: readonly string[];
  /** How the numbers that names of files begin with are labels; absent where labels are none of these. */
  readonly numbered?: Numbered;
  /** The columns of tables, and how far rows are apart, where all files say the same. */
  readonly table?: Preprocess['table'];
  /** Class of each sample, -1 where it has none; nothing is decoded for it. @throws TinymlError E_DATA */
  readonly labels?: () => Int32Array;
  /** The file that a sample comes from, where not all come from one. */
  readonly placeOf?: (index: number) => string;
  /** What a user should know of the data before they are used. */
  readonly warnings?: readonly Warning[];
  /** Files read, for dependency files. */
  readonly files: readonly string[];
  /** Samples at the given indices, in that order (default: all); all frames of sequences. */
  readonly samples: (indices?: readonly number[]) => AsyncIterable<Sample>;
};

/** A data set whose samples can also be read straight into the memory of a batch: what training reads. */
export type IndexedDataset = Dataset & {
  /**
   * Writes the samples of some indices, one after the other: the first model input into `inputs`, the class into `labels`
   * (-1 where it has none), the targets into `targets` where these are wanted and there. The same values as `samples` gives.
   * @throws TinymlError E_DATA
   */
  readonly fill: (
    indices: Iterable<number>,
    inputs: Float32Array,
    labels: Int32Array,
    targets?: Float32Array,
  ) => void;
  /** Class of each sample, -1 where it has none; nothing is decoded for it. @throws TinymlError E_DATA */
  readonly labels: () => Int32Array;
  /** The first sample of each recording or clip, ascending, where one gives several; absent where each sample stands for itself. */
  readonly recordings?: readonly number[];
};
