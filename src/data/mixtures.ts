/** Recordings of one data set that are not of one kind. */
import { type Warning, warning } from '../diagnostics/warnings.ts';
import { hasGap, isSameStep } from './clock.ts';
import type { Preprocess } from './preprocess.ts';
import type { RecordingHeader } from './source.ts';

/** A recording, with its samples (at the rate of the model) or rows, and how many an input takes. */
export type Heard = RecordingHeader & { readonly heard: number; readonly window: number };

/** How recordings are used: as the model takes them; whether longer ones are cut at their end, or into windows or frames. */
type Use = { readonly preprocess: Preprocess; readonly isCut: boolean };

/** What is odd about recordings. */
export function mixtureWarnings(recordings: readonly Heard[], use: Use, at: string): readonly Warning[] {
  const { preprocess } = use;
  return [
    ...rates(recordings, preprocess.sound?.rate ?? null, at),
    ...columns(recordings, at),
    ...steps(recordings, preprocess.table?.step ?? null, at),
    ...backwards(recordings, at),
    ...gaps(recordings, at),
    ...mixture(
      recordings.filter(({ rate }) => rate !== null),
      ({ channels }) => channels,
      'channel(s)',
      'several channels are averaged',
      at,
      'Convert all to one channel, for example with: ffmpeg -i in.wav -ac 1 out.wav',
    ),
    ...lengths(recordings, use, at),
  ];
}

/** One warning, whatever the number of files and rates. */
function rates(recordings: readonly Heard[], wanted: number | null, at: string): readonly Warning[] {
  const sounds = recordings.filter(({ rate }) => rate !== null);
  if (wanted === null) {
    return mixture(
      sounds,
      ({ rate }) => rate!,
      'Hz',
      'they are not resampled, the model hears some faster than others',
      at,
      'Give a --preprocess file with the rate of the model, { "sound": { "rate": 16000 } }: then they are resampled.',
    );
  }
  const others = sounds.filter(({ rate }) => rate !== wanted);
  if (others.length === 0) return [];
  const which =
    sounds.length === 1 ? 'the recording is' : `${others.length} of ${sounds.length} recordings are`;
  const message = `${which} resampled to ${wanted} Hz: ${listed(others, ({ rate }) => rate!, 'Hz')}`;
  return [
    warning('W_MIXED_DATA', message, {
      at: placesOf(at, others[0]!),
      hint: rateHint(others, wanted),
    }),
  ];
}

/** Columns of tables go by their places where nothing says their names. */
function columns(recordings: readonly Heard[], at: string): readonly Warning[] {
  const tables = recordings.filter(({ names }) => names !== undefined);
  return mixture(
    tables,
    ({ names }) => (names == null ? 'no names' : names.join(', ')),
    null,
    'they are taken by their places',
    at,
    'Say which are the axes, in the order of the model: { "table": { "columns": [...] } } in the --preprocess file. Then they are found by their names.',
  );
}

/** Exports of databases have the newest row first. */
function backwards(recordings: readonly Heard[], at: string): readonly Warning[] {
  const falling = recordings.filter(({ clock }) => clock != null && clock.step < 0);
  const [first] = falling;
  if (first === undefined) return [];
  const message = `in ${falling.length} of ${recordings.length} recordings time runs backwards: every movement would go in reverse`;
  return [warning('W_MIXED_DATA', message, { at: placesOf(at, first), hint: 'Sort the rows by time.' })];
}

/** Recordings whose rows have times that rise. */
function timedOf(recordings: readonly Heard[]): readonly Heard[] {
  return recordings.filter(({ clock }) => clock != null && clock.step > 0);
}

/** @param wanted distance of rows that the model was trained with; null where that is not known: then the most frequent */
function steps(recordings: readonly Heard[], wanted: number | null, at: string): readonly Warning[] {
  const timed = timedOf(recordings);
  const usual = wanted ?? mostFrequent(timed, ({ clock }) => clock!.step);
  if (usual === null) return [];
  const others = timed.filter(({ clock }) => !isSameStep(clock!.step, usual));
  if (others.length === 0) return [];
  const than = wanted === null ? `in the others ${usual}` : `in training ${usual}`;
  const message = `from row to row ${others.length} of ${timed.length} recordings have other steps of time: ${listed(others, ({ clock }) => clock!.step, null)}; ${than}`;
  return [
    warning('W_MIXED_DATA', message, {
      at: placesOf(at, others[0]!),
      hint: 'Rows are not resampled: bring all to the rate and the unit of time that the model was trained with.',
    }),
  ];
}

function gaps(recordings: readonly Heard[], at: string): readonly Warning[] {
  const timed = timedOf(recordings);
  const broken = timed.filter(({ clock }) => hasGap(clock!));
  const [first] = broken;
  if (first === undefined) return [];
  const message = `${broken.length} of ${timed.length} recordings have gaps: ${first.path} one of ${first.clock!.longest}, from row to row it is ${first.clock!.step}`;
  return [
    warning('W_MIXED_DATA', message, {
      at,
      hint: 'Rows are taken as if they were equally far apart: fill gaps by interpolation, or cut the recording there.',
    }),
  ];
}

/** The data, and one recording of them where they are several. */
function placesOf(at: string, { path }: Heard): readonly string[] {
  return path === at ? [at] : [at, `for example ${path}`];
}

/** What resampling costs, for lower and for higher rates. */
function rateHint(others: readonly Heard[], wanted: number): string {
  const lower = others.some(({ rate }) => rate! < wanted);
  const higher = others.some(({ rate }) => rate! > wanted);
  return [
    ...(lower
      ? ['Those of a lower rate lack what is above half of it; what a device records does not.']
      : []),
    ...(higher
      ? [
          `Those of a higher rate lose what is above ${wanted / 2} Hz, as what a device records at ${wanted} Hz does.`,
        ]
      : []),
  ].join(' ');
}

function mixture<T extends number | string>(
  recordings: readonly Heard[],
  of: (recording: Heard) => T,
  unit: string | null,
  effect: string,
  at: string,
  hint: string,
): readonly Warning[] {
  const kinds = new Set(recordings.map(of));
  if (kinds.size < 2) return [];
  const most = mostFrequent(recordings, of);
  const odd = recordings.find((recording) => of(recording) !== most)!;
  const message = `the recordings are not of one kind: ${listed(recordings, of, unit)}; ${effect}`;
  return [warning('W_MIXED_DATA', message, { at: placesOf(at, odd), hint })];
}

/** `3 of 8000 Hz, 1 of 16000 Hz`; of many, the most frequent. */
function listed<T extends number | string>(
  recordings: readonly Heard[],
  of: (recording: Heard) => T,
  unit: string | null,
): string {
  const counts = countsOf(recordings, of).sort(([, a], [, b]) => b - a);
  const shown = counts
    .slice(0, MAX_LISTED)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, count]) => `${count} of ${value}${unit === null ? '' : ` ${unit}`}`);
  const more = counts.length - shown.length;
  const between = unit === null ? '; ' : ', ';
  return more === 0 ? shown.join(between) : `${shown.join(between)} and ${more} more`;
}

const MAX_LISTED = 8;

/** Of equals the first; null where there are no recordings. */
function mostFrequent<T>(recordings: readonly Heard[], of: (recording: Heard) => T): T | null {
  return countsOf(recordings, of).sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

function countsOf<T>(recordings: readonly Heard[], of: (recording: Heard) => T): [T, number][] {
  const counts = new Map<T, number>();
  for (const recording of recordings) counts.set(of(recording), (counts.get(of(recording)) ?? 0) + 1);
  return [...counts];
}

function lengths(recordings: readonly Heard[], { preprocess, isCut }: Use, at: string): readonly Warning[] {
  const wanted = preprocess.sound?.rate ?? null;
  /** Resampling ends up to one sample later than a whole number of them: that is no other length. */
  const more = ({ heard, window, rate }: Heard): number => {
    const rounded = wanted !== null && rate !== null && rate !== wanted && heard === window + 1;
    return rounded ? 0 : heard - window;
  };
  const cut = isCut ? recordings.filter((one) => more(one) > 0).length : 0;
  const padded = recordings.filter((one) => more(one) < 0).length;
  const single = recordings.length === 1;
  const parts = [
    ...(cut === 0 ? [] : [single ? 'is cut at its end' : `${cut} are cut at their end`]),
    ...(padded === 0 ? [] : [single ? 'is padded with zeros' : `${padded} are padded with zeros`]),
  ];
  if (parts.length === 0) return [];
  const [{ window, rate }] = recordings as readonly [Heard];
  const unit = rate === null ? 'rows' : 'samples';
  return [
    warning(
      'W_MIXED_DATA',
      `${single ? 'the recording' : `of ${recordings.length} recordings`} ${parts.join(' and ')}: the input takes ${window} ${unit}`,
      {
        at,
        hint:
          cut > 0
            ? 'Cut them as in training, or into several samples: a --preprocess file of { "windows": { "step": ... } } alone is added to what the model says.'
            : 'Cut the recordings as they were cut in training.',
      },
    ),
  ];
}
