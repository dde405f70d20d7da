import type { Sample } from './types.ts';

/** value * factor + offset. */
export type AffineMap = { readonly factor: number; readonly offset: number };

/** The same with numbers of its own for each channel of a picture. */
type ChannelMap = {
  readonly channels: readonly AffineMap[];
  /** Whether channels stand in the reverse order first: BGR for RGB. */
  readonly reversed: boolean;
  /** Elements from a value to that of the next channel: 1 in NHWC, height * width in NCHW. */
  readonly stride: number;
};

export type InputMap = AffineMap | ChannelMap;

/** The samples with every value of every input mapped; of channels, an only input. */
export async function* scaleSamples(samples: AsyncIterable<Sample>, map: InputMap): AsyncIterable<Sample> {
  const mapped = 'channels' in map ? channelsMapped(map) : valuesMapped(map);
  for await (const sample of samples) yield { ...sample, inputs: sample.inputs.map(mapped) };
}

type Mapped = (values: Float32Array) => Float32Array;

function valuesMapped({ factor, offset }: AffineMap): Mapped {
  return (values) => values.map((value) => value * factor + offset);
}

function channelsMapped({ channels, reversed, stride }: ChannelMap): Mapped {
  const count = channels.length;
  return (values) =>
    values.map((_, i) => {
      const c = Math.floor(i / stride) % count;
      const from = reversed ? i + (count - 1 - 2 * c) * stride : i;
      return values[from]! * channels[c]!.factor + channels[c]!.offset;
    });
}
