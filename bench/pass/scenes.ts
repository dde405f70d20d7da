/**
 * Real objects that move over a real background, with the truth of every frame: items of Fashion-MNIST, cut out, coloured
 * and enlarged, over the frames of a clip. One item is in sight at a time; it moves and rests in turns, and after a while
 * another one takes its place elsewhere.
 */
import { type Images, PIXELS } from '../../fixtures/fashion-mnist/images.ts';
import { mixSeed, seededRandom } from '../../src/numbers/random.ts';
import type { Size } from './clips.ts';

export type Frame = {
  /** RGB bytes in height, width, channel order. */
  readonly pixels: Uint8Array;
  /** Class of the item, 0 .. 9. */
  readonly label: number;
  /** Centre of the item, in pixels from the upper left corner. */
  readonly centre: { readonly x: number; readonly y: number };
};

export type SceneOptions = Size & {
  readonly items: Images;
  /** Frames until another item comes. */
  readonly length: number;
  readonly seed: number;
};

/** Sides of items in pixels. */
const SIDES = [36, 52] as const;
/** Speeds in pixels a frame, and lengths of moving and resting in frames. */
const SPEEDS = [1, 4] as const;
const PHASES = [8, 20] as const;
/** Side of an image of Fashion-MNIST. */
const ITEM_SIDE = 28;
/** Values of a cut-out's border, from nothing to opaque. */
const OPAQUE = 48;

/** An item as it is drawn: `side` x `side` pixels of RGB and of opacity 0 .. 1. */
type Cutout = { readonly side: number; readonly rgb: Float32Array; readonly opacity: Float32Array };

type Axis = { readonly position: number; readonly velocity: number };

/** One frame per background, in their order; the same seed gives the same frames. */
export function* scenes(backgrounds: Iterable<Uint8Array>, options: SceneOptions): Generator<Frame> {
  let index = 0;
  let scene: Generator<Omit<Frame, 'pixels'> & { readonly cutout: Cutout }> | null = null;
  for (const background of backgrounds) {
    if (scene === null || index % options.length === 0)
      scene = oneScene(options, Math.floor(index / options.length));
    const { cutout, label, centre } = scene.next().value!;
    yield { pixels: drawn(background, options, cutout, centre), label, centre };
    index++;
  }
}

/** Where one item is from frame to frame, without end. */
function* oneScene(
  { width, height, items, seed }: SceneOptions,
  number: number,
): Generator<Omit<Frame, 'pixels'> & { readonly cutout: Cutout }> {
  const next = seededRandom(mixSeed(seed, number));
  const between = ([low, high]: readonly [number, number]): number => low + (high - low) * next();
  const item = Math.floor(next() * items.labels.length);
  const side = Math.round(between(SIDES));
  const tint = [between([0.5, 1]), between([0.5, 1]), between([0.5, 1])] as const;
  const cutout = cutOut(items.pixels.subarray(item * PIXELS, (item + 1) * PIXELS), side, tint);
  let x: Axis = { position: next() * (width - side), velocity: 0 };
  let y: Axis = { position: next() * (height - side), velocity: 0 };
  for (let moves = true; ; moves = !moves) {
    const angle = 2 * Math.PI * next();
    const speed = moves ? between(SPEEDS) : 0;
    x = { ...x, velocity: speed * Math.cos(angle) };
    y = { ...y, velocity: speed * Math.sin(angle) };
    for (let frames = Math.round(between(PHASES)); frames > 0; frames--) {
      const corner = { x: Math.round(x.position), y: Math.round(y.position) };
      yield {
        cutout,
        label: items.labels[item]!,
        centre: { x: corner.x + side / 2, y: corner.y + side / 2 },
      };
      x = moved(x, width - side);
      y = moved(y, height - side);
    }
  }
}

/** One frame later, thrown back at 0 and at `end`. */
function moved({ position, velocity }: Axis, end: number): Axis {
  const to = position + velocity;
  if (to < 0) return { position: -to, velocity: -velocity };
  if (to > end) return { position: 2 * end - to, velocity: -velocity };
  return { position: to, velocity };
}

/** An image of Fashion-MNIST in another size (bilinear) and colour; what is black around it lets the background through. */
function cutOut(pixels: Uint8Array, side: number, tint: readonly [number, number, number]): Cutout {
  const rgb = new Float32Array(side * side * 3);
  const opacity = new Float32Array(side * side);
  const scale = (ITEM_SIDE - 1) / (side - 1);
  for (let i = 0; i < side * side; i++) {
    const value = bilinear(pixels, (i % side) * scale, Math.floor(i / side) * scale);
    opacity[i] = Math.min(1, value / OPAQUE);
    tint.forEach((share, channel) => {
      rgb[3 * i + channel] = share * value;
    });
  }
  return { side, rgb, opacity };
}

function bilinear(pixels: Uint8Array, x: number, y: number): number {
  const [x0, y0] = [Math.min(Math.floor(x), ITEM_SIDE - 2), Math.min(Math.floor(y), ITEM_SIDE - 2)];
  const at = (dx: number, dy: number): number => pixels[(y0 + dy) * ITEM_SIDE + x0 + dx]!;
  const [fx, fy] = [x - x0, y - y0];
  return (1 - fy) * ((1 - fx) * at(0, 0) + fx * at(1, 0)) + fy * ((1 - fx) * at(0, 1) + fx * at(1, 1));
}

/** A copy of the background with the item on it. */
function drawn(
  background: Uint8Array,
  { width }: Size,
  { side, rgb, opacity }: Cutout,
  centre: Frame['centre'],
): Uint8Array {
  const pixels = Uint8Array.from(background);
  const [left, top] = [centre.x - side / 2, centre.y - side / 2];
  for (let i = 0; i < side * side; i++) {
    const at = ((top + Math.floor(i / side)) * width + left + (i % side)) * 3;
    for (let channel = 0; channel < 3; channel++) {
      const below = background[at + channel]!;
      pixels[at + channel] = Math.round(below + opacity[i]! * (rgb[3 * i + channel]! - below));
    }
  }
  return pixels;
}
