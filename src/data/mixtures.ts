/** Recordings of one data set that are not of one kind. */
import { type Warning, warning } from '../diagnostics/warnings.ts';
import type { RecordingHeader } from './source.ts';

/** A recording, with its samples (at the rate of the model) or rows, and how many an input takes. */
export type Heard = RecordingHeader & { readonly heard: number; readonly window: number };

/** How recordings are used: `rate` of the model in Hz or null; whether longer ones are cut at their end, or into windows or frames. */
type Use = { readonly rate: number | null; readonly isCut: boolean };

/** What is odd about recordings. */
export function mixtureWarnings(recordings: readonly Heard[], use: Use, at: string): readonly Warning[] {
  return [
    ...rates(recordings, use.rate, at),
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
  const message = `${others.length} of ${sounds.length} recordings are resampled to ${wanted} Hz: ${listed(others, ({ rate }) => rate!, 'Hz')}`;
  return [
    warning('W_MIXED_DATA', message, {
      at: [at, `for example ${others[0]!.path}`],
      hint: rateHint(others, wanted),
    }),
  ];
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

function mixture(
  recordings: readonly Heard[],
  of: (recording: Heard) => number,
  unit: string,
  effect: string,
  at: string,
  hint: string,
): readonly Warning[] {
  const kinds = new Set(recordings.map(of));
  if (kinds.size < 2) return [];
  const most = countsOf(recordings, of).sort(([, a], [, b]) => b - a)[0]![0];
  const odd = recordings.find((recording) => of(recording) !== most)!;
  const message = `the recordings are not of one kind: ${listed(recordings, of, unit)}; ${effect}`;
  return [warning('W_MIXED_DATA', message, { at: [at, `for example ${odd.path}`], hint })];
}

/** `3 of 8000 Hz, 1 of 16000 Hz`; of many, the most frequent. */
function listed(recordings: readonly Heard[], of: (recording: Heard) => number, unit: string): string {
  const counts = countsOf(recordings, of).sort(([, a], [, b]) => b - a);
  const shown = counts
    .slice(0, MAX_LISTED)
    .sort(([a], [b]) => a - b)
    .map(([value, count]) => `${count} of ${value} ${unit}`);
  const more = counts.length - shown.length;
  return more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more} more`;
}

const MAX_LISTED = 8;

function countsOf(recordings: readonly Heard[], of: (recording: Heard) => number): [number, number][] {
  const counts = new Map<number, number>();
  for (const recording of recordings) counts.set(of(recording), (counts.get(of(recording)) ?? 0) + 1);
  return [...counts];
}

function lengths(recordings: readonly Heard[], { rate: wanted, isCut }: Use, at: string): readonly Warning[] {
  /** Resampling ends up to one sample later than a whole number of them: that is no other length. */
  const more = ({ heard, window, rate }: Heard): number => {
    const rounded = wanted !== null && rate !== null && rate !== wanted && heard === window + 1;
    return rounded ? 0 : heard - window;
  };
  const cut = isCut ? recordings.filter((one) => more(one) > 0).length : 0;
  const padded = recordings.filter((one) => more(one) < 0).length;
  const parts = [
    ...(cut === 0 ? [] : [`${cut} are cut at their end`]),
    ...(padded === 0 ? [] : [`${padded} are padded with zeros`]),
  ];
  if (parts.length === 0) return [];
  const [{ window, rate }] = recordings as readonly [Heard];
  const unit = rate === null ? 'rows' : 'samples';
  return [
    warning(
      'W_MIXED_DATA',
      `of ${recordings.length} recordings ${parts.join(' and ')}: the input takes ${window} ${unit}`,
      {
        at,
        hint:
          cut > 0
            ? 'Cut them as in training, or into several samples: { "windows": { "step": ... } } in the --preprocess file.'
            : 'Cut the recordings as they were cut in training.',
      },
    ),
  ];
}
