import { basename, extname } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import type { Warning } from '../diagnostics/warnings.ts';
import { elementCount, sameShape } from '../graph/tensor.ts';
import { byteSource, firstBytes, isFolder } from './byte-source.ts';
import { openCifar10 } from './cifar10.ts';
import {
  classNameWarnings,
  refuseStrayFolders,
  withinOutputs,
  withModelClasses,
  withoutLabels,
} from './class-names.ts';
import { createFit, type Fit } from './fit.ts';
import { withoutOnes } from './fit-array.ts';
import { geometryOf } from './fit-image.ts';
import { openFolder, openImage, openRecording, openSample } from './folder.ts';
import { looksLikeIdx, openIdx } from './idx.ts';
import { NO_LABEL, noLabels } from './labels.ts';
import { type Heard, mixtureWarnings } from './mixtures.ts';
import { looksLikeNpy, openNpy, readNpyHeader } from './npy.ts';
import { looksLikeZip, openNpz } from './npz.ts';
import { type Preprocess, RAW_VALUES } from './preprocess.ts';
import { openRawFloats } from './raw-floats.ts';
import { heardLength, resampled, windowed, windowLength } from './recordings.ts';
import { ownSequences, sequencesOf } from './sequences.ts';
import { type Recorded, type Source, upTo } from './source.ts';
import { chooseIndices, indexedSubsetOf, subsetOf } from './subset.ts';
import { tableOf } from './table-of.ts';
import type { Dataset, IndexedDataset } from './types.ts';
import { namingMisfits } from './unusable.ts';
import { holdsClips } from './video/clip.ts';
import { type ClipOptions, type Clips, loadClips, openClips } from './video/clips.ts';

type Shapes = readonly (readonly number[])[];

/** `preprocess` is by default: values as they are in the files. Only clips take `maxFrames`, `disturb` and `seed`. */
export type DatasetOptions = ClipOptions & {
  /** Names of the model's inputs, in their order: arrays of an `.npz` may be named so. */
  readonly inputNames?: readonly string[];
  /** Only the first so many samples. */
  readonly limit?: number;
  /**
   * Whether `limit` samples with labels are a seeded choice instead: folders of classes come class by class. Frames of clips, and
   * samples without labels, stay the first.
   */
  readonly draw?: boolean;
  /** Names of the classes of the model by index: folders of classes that are called so are the data of these. */
  readonly labels?: readonly string[];
  /** Whatever labels the data have are left alone. */
  readonly unlabelled?: boolean;
  /** Values that the model gives: numbers in names of files are no labels where one is not below. */
  readonly outputs?: number;
  /** Data files, recordings and inputs of up to so many bytes each are held in memory, for samples that are read again and again. */
  readonly hold?: number;
};

/**
 * Opens a data set: a folder of images, WAV, `.npy` or CSV files, one such file, IDX, CIFAR-10 `.bin`, `.npy`, `.npz`, raw `.f32`
 * (docs/data.md), clips, whose frames are the samples. The first sample is read at once, so that data that do not fit the model are
 * found here.
 * @throws TinymlError E_FILE, E_DATA, E_PREPROCESS.
 */
export async function openDataset(path: string, options: DatasetOptions): Promise<IndexedDataset> {
  const { limit: wanted = Number.POSITIVE_INFINITY, draw = false, seed = 0 } = options;
  const { inputShapes, labels = [], hold = 0 } = options;
  const clips = holdsClips(path) ? await loadClips(path, options, wanted) : null;
  const preprocess = (clips ?? options).preprocess ?? RAW_VALUES;
  const opened = clips === null ? await openNamed(path, options) : sourceOf(clips);
  const drawn = draw && opened.labels().some((label) => label !== NO_LABEL);
  const limit = drawn ? Number.POSITIVE_INFINITY : wanted;
  const { source, findings } =
    clips === null
      ? heard(path, opened, inputShapes, preprocess, hold, limit)
      : { source: opened, findings: () => ({ warnings: clips.warnings, table: null }) };
  const length = Math.min(source.length, limit);
  if (source.length === 0) throw emptyData(path);
  const fit = fitOf(source, inputShapes, preprocess);
  const [first] = source.records(length > 0 ? [0] : []);
  if (first !== undefined) fit(first);
  const elements = elementCount(inputShapes[0] ?? []);
  const { warnings, table } = findings();
  const dataset: IndexedDataset = {
    name: basename(path),
    length,
    ...(first === undefined ? {} : { content: first.content.kind }),
    classes: source.classes,
    ...(source.targetElements === undefined
      ? {}
      : { targetElements: source.targetElements, targetsAreClasses: source.targetsAreClasses ?? false }),
    ...(source.classNames === undefined ? {} : { classNames: source.classNames }),
    ...(source.numbered === undefined ? {} : { numbered: source.numbered }),
    files: source.files,
    table,
    warnings: [...classNameWarnings(source, labels, path), ...warnings],
    async *samples(indices) {
      for (const record of source.records(indices === undefined ? upTo(length) : within(indices, length))) {
        const { label, target, content, at } = record;
        yield { inputs: fit(record), label, ...(target === undefined ? {} : { target }), content, at };
      }
    },
    fill: filler(source, fit, elements, length, 4 * elements * length <= hold),
    labels: () => source.labels().subarray(0, length),
    ...(source.placeOf === undefined ? {} : { placeOf: source.placeOf }),
    ...recordingsIn(source, length),
  };
  return drawn && wanted < length ? indexedSubsetOf(dataset, chooseIndices(length, wanted, seed)) : dataset;
}

/** Names all records that do not fit once one does not. */
function fitOf(source: Source, inputShapes: Shapes, preprocess: Preprocess): Fit {
  const fit = createFit(inputShapes, preprocess);
  return (record, into) => namingMisfits(source, inputShapes, preprocess, record.at, () => fit(record, into));
}

function recordingsIn({ recordings }: Source, length: number): Pick<IndexedDataset, 'recordings'> {
  const used = recordings?.filter((first) => first < length);
  return used === undefined || used.length === length ? {} : { recordings: used };
}

/** @param keep whether inputs are kept once they are made: decoding takes longer than a step of training */
function filler(
  source: Source,
  fit: Fit,
  elements: number,
  length: number,
  keep: boolean,
): IndexedDataset['fill'] {
  type Kept = Pick<Recorded, 'target'> & { readonly input: Float32Array; readonly label: number };
  const kept = new Map<number, Kept>();
  return (indices, inputs, labels, targets) => {
    const wanted = Array.from(within(indices, length), (index) => ({ index, known: kept.get(index) }));
    const unknown = wanted.filter(({ known }) => known === undefined);
    const missing = source.records(unknown.map(({ index }) => index));
    try {
      for (const [k, { index, known }] of wanted.entries()) {
        const into = inputs.subarray(k * elements, (k + 1) * elements);
        const aim = (target: Float32Array | undefined): void =>
          targets === undefined || target === undefined ? undefined : targets.set(target, k * target.length);
        if (known !== undefined) {
          into.set(known.input);
          labels[k] = known.label;
          aim(known.target);
          continue;
        }
        const record: Recorded = missing.next().value;
        fit(record, into);
        labels[k] = record.label ?? NO_LABEL;
        const { target } = record;
        aim(target);
        if (keep) {
          const own = target === undefined ? {} : { target };
          kept.set(index, { input: into.slice(), label: labels[k]!, ...own });
        }
      }
    } finally {
      missing.return(undefined);
    }
  };
}

type SequencesOptions = Omit<DatasetOptions, 'hold'> & {
  /** Consecutive samples that make a sequence, in data without sequences of their own; null: all. */
  readonly frames: number | null;
  /** Is told what a user should know of the data when it is found while they are read. */
  readonly onWarning?: (warning: Warning) => void;
};

/**
 * The same for a model that carries state: the data as sequences (see sequences.ts). `limit` counts records: sequences
 * where the data have such, else frames.
 * @throws TinymlError as `openDataset`; E_USAGE
 */
export async function openSequences(path: string, options: SequencesOptions): Promise<Dataset> {
  const { inputShapes, preprocess = RAW_VALUES, limit = Number.POSITIVE_INFINITY, frames } = options;
  if (holdsClips(path)) {
    if (frames !== null) throw ownSequences(frames);
    const { onWarning = () => {} } = options;
    return firstSequences(await openClips(path, options, onWarning), limit);
  }
  const opened = await openNamed(path, options);
  if (opened.length === 0) throw emptyData(path);
  const source = resampled(opened, preprocess);
  const fit = fitOf(source, inputShapes, preprocess);
  const sequences = sequencesOf(source, inputShapes, preprocess, fit, frames, limit);
  for (const _ of sequences.samples([0])) break; // data that do not fit the model are found here
  const recordings = recordingsOf(opened, Math.min(opened.length, limit), inputShapes, preprocess);
  return {
    name: basename(path),
    length: sequences.length,
    sequences: true,
    ...contentOf(source),
    classes: source.classes,
    ...(source.classNames === undefined ? {} : { classNames: source.classNames }),
    ...(source.numbered === undefined ? {} : { numbered: source.numbered }),
    files: source.files,
    table: tableOf(recordings),
    warnings: [
      ...classNameWarnings(source, options.labels ?? [], path),
      ...(opened.warnings?.(Math.min(opened.length, limit)) ?? []),
      ...mixtureWarnings(recordings, { preprocess, isCut: false }, path),
    ],
    async *samples(indices) {
      yield* sequences.samples(
        indices === undefined ? upTo(sequences.length) : within(indices, sequences.length),
      );
    },
  };
}

/** Frames of clips as samples. */
function sourceOf({ length, files, image, clips }: Clips): Source {
  return {
    length,
    classes: null,
    files,
    *records(indices) {
      for (const i of indices) {
        const { path, first } = clips.findLast((clip) => clip.first <= i)!;
        yield { content: { kind: 'image', image: image(i) }, label: null, at: `${path}, frame ${i - first}` };
      }
    },
    labels: () => noLabels(length),
    recordings: clips.map(({ first }) => first),
  };
}

function firstSequences(dataset: Dataset, limit: number): Dataset {
  const length = Math.min(dataset.length, limit);
  return length === dataset.length
    ? dataset
    : subsetOf(
        dataset,
        Array.from({ length }, (_, i) => i),
      );
}

function emptyData(path: string): TinymlError {
  return new TinymlError('E_DATA', 'the data set is empty', { at: path, hint: 'Give at least one sample.' });
}

/** What is found out about data while they are opened: what is odd, and columns that all tables have. */
type Findings = { readonly warnings: readonly Warning[]; readonly table: Preprocess['table'] };

/** Recordings at the rate of the model and in windows, and what is odd about those that are used; other data as they are. */
function heard(
  path: string,
  opened: Source,
  inputShapes: Shapes,
  preprocess: Preprocess,
  hold: number,
  limit: number,
): { readonly source: Source; readonly findings: () => Findings } {
  const source = resampled(opened, preprocess);
  const use = { preprocess, isCut: preprocess.windows === null };
  if (preprocess.windows === null || opened.header === undefined) {
    const used = Math.min(opened.length, limit);
    const findings = (): Findings => {
      const recordings = recordingsOf(opened, used, inputShapes, preprocess);
      const warnings = [...(opened.warnings?.(used) ?? []), ...mixtureWarnings(recordings, use, path)];
      return { warnings, table: tableOf(recordings) };
    };
    return { source, findings };
  }
  const recordings: Heard[] = [];
  const extent = (index: number) => {
    const recording = recordingOf(opened, index, inputShapes, preprocess);
    if (recording === null) return null;
    recordings.push(recording);
    return { length: recording.heard, window: recording.window };
  };
  return {
    source: windowed(source, preprocess.windows.step, extent, hold, limit),
    findings: () => ({ warnings: mixtureWarnings(recordings, use, path), table: tableOf(recordings) }),
  };
}

/** The first `count` recordings; none where the records are something else. */
function recordingsOf(
  source: Source,
  count: number,
  inputShapes: Shapes,
  preprocess: Preprocess,
): readonly Heard[] {
  if (source.header === undefined) return [];
  return [...upTo(count)].flatMap((i) => recordingOf(source, i, inputShapes, preprocess) ?? []);
}

function recordingOf(
  source: Source,
  index: number,
  inputShapes: Shapes,
  preprocess: Preprocess,
): Heard | null {
  const said = source.header?.(index) ?? null;
  if (said === null) return null;
  const [shape = []] = inputShapes;
  const lengthOf = (): number => windowLength(said, shape, preprocess);
  const window = namingMisfits(source, inputShapes, preprocess, said.path, lengthOf);
  return { ...said, heard: heardLength(said, preprocess), window };
}

function contentOf(source: Source): Pick<Dataset, 'content'> {
  for (const { content } of source.records([0])) return { content: content.kind };
  return {};
}

async function openNamed(path: string, options: DatasetOptions): Promise<Source> {
  const { labels = [], unlabelled = false, outputs = Number.POSITIVE_INFINITY } = options;
  const source = await openSource(path, options);
  if (unlabelled) return withoutLabels(source);
  refuseStrayFolders(source, labels, path);
  return withinOutputs(withModelClasses(source, labels), outputs);
}

async function openSource(path: string, options: DatasetOptions): Promise<Source> {
  const { inputShapes, inputNames = [], hold = 0, preprocess = RAW_VALUES } = options;
  const { labels = [], unlabelled = false } = options;
  if (isFolder(path)) return openFolder(path, inputShapes, preprocess, unlabelled ? null : labels);
  const source = byteSource(path, hold);
  const start = firstBytes(source, 8);
  if (looksLikeNpy(start)) {
    const { shape } = readNpyHeader(source);
    const isOne = isOneSample(shape, inputShapes) || isOneImage(shape, inputShapes, preprocess);
    return isOne ? openSample(path) : openNpy(source);
  }
  if (looksLikeZip(start)) return openNpz(source, inputShapes.length, inputNames);
  switch (extname(path.replace(/\.gz$/i, '')).toLowerCase()) {
    case '.f32':
      return openRawFloats(source, inputShapes);
    case '.bin':
      return openCifar10(source);
    default: {
      if (looksLikeIdx(start)) return openIdx(source);
      const opened = openRecording(path, preprocess) ?? (await openImage(path));
      if (opened !== null) return opened;
      throw new TinymlError('E_DATA', 'the format of the data is not known', {
        at: path,
        hint: 'Read are folders of images (PNG, JPEG, PGM, PPM), WAV, .npy or CSV files, an image, a WAV or CSV file, IDX, CIFAR-10 .bin, .npy, .npz, raw float32 .f32, and video files.',
      });
    }
  }
}

/** Whether an array is as a whole what the only input takes, and not along its first axis. */
function isOneSample(shape: readonly number[], inputShapes: Shapes): boolean {
  const [input] = inputShapes;
  if (input === undefined || inputShapes.length > 1) return false;
  const fits = (sample: readonly number[]): boolean => sameShape(withoutOnes(sample), withoutOnes(input));
  return fits(shape) && !fits(shape.slice(1));
}

/** Sides of images are longer; what is shorter is an axis of colours or of a sensor. */
const SHORT = 4;

/**
 * Whether an array is an image of any size, for an input that takes images: (height, width, 3 or 4), since no image is 3 pixels wide, or
 * (height, width), unless its rows have as many values as the input.
 */
function isOneImage(shape: readonly number[], inputShapes: Shapes, { layout }: Preprocess): boolean {
  const [input] = inputShapes;
  const image = input === undefined || inputShapes.length > 1 ? null : geometryOf(input, layout);
  if (image === null || Math.min(image.width, image.height) <= SHORT) return false;
  const [, width, colours] = shape;
  if (shape.length === 2) return width !== elementCount(input!);
  return shape.length === 3 && (colours === 3 || colours === 4);
}

function* within(indices: Iterable<number>, length: number): Generator<number> {
  for (const index of indices) {
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw new TinymlError('E_INTERNAL', `sample ${index} was asked for, there are ${length}`);
    }
    yield index;
  }
}
