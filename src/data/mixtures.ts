/** Recordings of one data set that are not of one kind. */
import { type Warning, warning } from '../diagnostics/warnings.ts';
import type { SoundFormat } from './wav.ts';

type NamedFormat = SoundFormat & { readonly path: string };

/** What is odd about recordings that are cut or padded to `length` samples each (null: cut into frames). */
export function mixtureWarnings(
  sounds: readonly NamedFormat[],
  length: number | null,
  at: string,
): readonly Warning[] {
  const kinds = (
    of: (sound: NamedFormat) => number,
    unit: string,
    effect: string,
    hint: string,
  ): readonly Warning[] => {
    const counts = new Map<number, number>();
    for (const sound of sounds) counts.set(of(sound), (counts.get(of(sound)) ?? 0) + 1);
    if (counts.size < 2) return [];
    const list = [...counts]
      .sort(([a], [b]) => a - b)
      .map(([value, count]) => `${count} of ${value} ${unit}`);
    const [usual] = [...counts].sort(([, a], [, b]) => b - a)[0]!;
    const odd = sounds.find((sound) => of(sound) !== usual)!;
    const message = `the recordings are not of one kind: ${list.join(', ')}; ${effect}`;
    return [warning('W_MIXED_DATA', message, { at: [at, `for example ${odd.path}`], hint })];
  };
  const cut = length === null ? 0 : sounds.filter((sound) => sound.length > length).length;
  const padded = length === null ? 0 : sounds.filter((sound) => sound.length < length).length;
  const lengths = [
    ...(cut === 0 ? [] : [`${cut} are cut at their end`]),
    ...(padded === 0 ? [] : [`${padded} are padded with zeros`]),
  ];
  return [
    ...kinds(
      ({ sampleRate }) => sampleRate,
      'Hz',
      'they are not resampled, the model hears some faster than others',
      'Convert all to the rate of the model, for example with: ffmpeg -i in.wav -ar 16000 out.wav',
    ),
    ...kinds(
      ({ channels }) => channels,
      'channel(s)',
      'several channels are averaged',
      'Convert all to one channel, for example with: ffmpeg -i in.wav -ac 1 out.wav',
    ),
    ...(lengths.length === 0
      ? []
      : [
          warning(
            'W_MIXED_DATA',
            `of ${sounds.length} recordings ${lengths.join(' and ')}: the input has ${length} values`,
            { at, hint: 'Cut the recordings as they were cut in training.' },
          ),
        ]),
  ];
}
