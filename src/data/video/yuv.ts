import { scaleByArea } from '../area.ts';
import type { Image } from '../source.ts';

/** One component of a picture, 8 bits per sample. */
export type Plane = Image & { readonly channels: 1 };

/** A picture as video stores it: brightness, and differences of colour from it at sides of their own; none in grey video. */
export type YuvFrame = {
  readonly luma: Plane;
  readonly chroma: { readonly blue: Plane; readonly red: Plane } | null;
  /** Whether luma 0 is black and 255 white; else 16 and 235. */
  readonly fullRange: boolean;
};

/**
 * The picture in red, green and blue: each plane is brought to the size first, then colours are taken from it by ITU-R BT.601 in
 * 16-bit fixed point. Same frame, same bytes on every machine.
 */
export function toRgb({ luma, chroma, fullRange }: YuvFrame, width: number, height: number): Image {
  const count = width * height;
  const pixels = new Uint8ClampedArray(3 * count);
  const y = scaleByArea(luma, width, height).pixels;
  const cb = chroma === null ? null : scaleByArea(chroma.blue, width, height).pixels;
  const cr = chroma === null ? null : scaleByArea(chroma.red, width, height).pixels;
  const [black, gain, spread] = fullRange ? [0, 65536, 1] : [16, LIMITED_LUMA, LIMITED_CHROMA];
  const [redRed, greenBlue, greenRed, blueBlue] = CHROMA.map((factor) => Math.round(factor * spread * 65536));
  for (let i = 0; i < count; i++) {
    const light = (y[i]! - black) * gain + 32768;
    const blue = cb === null ? 0 : cb[i]! - 128;
    const red = cr === null ? 0 : cr[i]! - 128;
    pixels[3 * i] = (light + redRed! * red) >> 16;
    pixels[3 * i + 1] = (light - greenBlue! * blue - greenRed! * red) >> 16;
    pixels[3 * i + 2] = (light + blueBlue! * blue) >> 16;
  }
  return { width, height, channels: 3, pixels: new Uint8Array(pixels.buffer) };
}

/** 255 / (235 - 16) in 16-bit fixed point. */
const LIMITED_LUMA = 76309;
/** Chroma spans 16 .. 240. */
const LIMITED_CHROMA = 255 / 224;
/** R from Cr, G from Cb and Cr, B from Cb: 2 (1 - Kr), ... with Kr = 0.299, Kb = 0.114. */
const CHROMA = [1.402, 0.344136286201022, 0.714136286201022, 1.772] as const;
