import { TinymlError } from '../../diagnostics/errors.ts';

/** Changes one sample (CHW) in place with random numbers of its own. */
export type Augment = (sample: Float32Array, random: () => number) => void;

/** One change of `--augment`. */
export type Augmentation =
  /** Left and right are exchanged in half of the samples. */
  | { readonly kind: 'flip' }
  /** Moves by up to `pixels` along both axes; zeros come in: a random crop of the padded image. */
  | { readonly kind: 'crop'; readonly pixels: number }
  /** Moves by up to `pixels` along both axes; the edge is repeated. */
  | { readonly kind: 'shift'; readonly pixels: number }
  /** All values times 1 - share .. 1 + share. */
  | { readonly kind: 'brightness'; readonly share: number };

export type ImageShape = { readonly channels: number; readonly height: number; readonly width: number };

/**
 * `flip,crop:4,shift:2,brightness:0.2`, in the order in which they are applied.
 * @throws TinymlError E_USAGE
 */
export function parseAugmentations(texts: readonly string[]): readonly Augmentation[] {
  return texts.map(parseOne);
}

function parseOne(text: string): Augmentation {
  if (text === 'flip') return { kind: 'flip' };
  const [, kind, number] = /^(crop|shift|brightness):(\d*\.?\d+)$/.exec(text) ?? [];
  const value = Number(number);
  const whole = Number.isInteger(value) && value >= 1 && value <= MAX_PIXELS;
  if (kind === 'crop' && whole) return { kind, pixels: value };
  if (kind === 'shift' && whole) return { kind, pixels: value };
  if (kind === 'brightness' && value > 0 && value < 1) return { kind, share: value };
  throw new TinymlError(
    'E_USAGE',
    `--augment takes flip, crop:<pixels>, shift:<pixels> and brightness:<share>, not "${text}"`,
    { at: '--augment', hint: 'For example: --augment flip,crop:4' },
  );
}

const MAX_PIXELS = 1024;

/**
 * The changes, for samples of one shape. What is drawn depends on the random numbers alone, so every sample is the same
 * in every run. Needs memory for one sample.
 * @throws TinymlError E_USAGE where a move is as large as the image.
 */
export function createAugment(augmentations: readonly Augmentation[], shape: ImageShape): Augment {
  const scratch = new Float32Array(shape.channels * shape.height * shape.width);
  const steps = augmentations.map((one) => stepOf(one, shape, scratch));
  return (sample, random) => {
    for (const step of steps) step(sample, random);
  };
}

function stepOf(augmentation: Augmentation, shape: ImageShape, scratch: Float32Array): Augment {
  switch (augmentation.kind) {
    case 'flip':
      return (sample, random) => {
        if (random() < 0.5) flip(sample, shape.width);
      };
    case 'crop':
    case 'shift': {
      const { kind, pixels } = augmentation;
      if (pixels >= Math.min(shape.height, shape.width)) {
        throw new TinymlError(
          'E_USAGE',
          `${kind}:${pixels} moves an image of ${shape.height}x${shape.width} out of itself`,
          { at: '--augment', hint: 'Give fewer pixels.' },
        );
      }
      const draw = (random: () => number): number => Math.floor(random() * (2 * pixels + 1)) - pixels;
      return (sample, random) => {
        const down = draw(random);
        const right = draw(random);
        if (down === 0 && right === 0) return;
        scratch.set(sample);
        move(scratch, sample, shape, down, right, kind === 'shift');
      };
    }
    case 'brightness': {
      const { share } = augmentation;
      return (sample, random) => {
        const factor = 1 + share * (2 * random() - 1);
        for (let i = 0; i < sample.length; i++) sample[i] = sample[i]! * factor;
      };
    }
  }
}

function flip(sample: Float32Array, width: number): void {
  for (let row = 0; row < sample.length; row += width) {
    for (let left = row, right = row + width - 1; left < right; left++, right--) {
      const moved = sample[left]!;
      sample[left] = sample[right]!;
      sample[right] = moved;
    }
  }
}

/** to[c][y][x] = from[c][y - down][x - right]; beyond the image its edge, or 0. */
function move(
  from: Float32Array,
  to: Float32Array,
  { channels, height, width }: ImageShape,
  down: number,
  right: number,
  edge: boolean,
): void {
  const first = Math.max(0, right); // columns first .. end - 1 come from inside the image
  const end = Math.min(width, width + right);
  for (let c = 0; c < channels; c++) {
    const plane = c * height * width;
    for (let y = 0; y < height; y++) {
      const row = y - down;
      const at = plane + y * width;
      if (!edge && (row < 0 || row >= height)) {
        to.fill(0, at, at + width);
        continue;
      }
      const start = plane + Math.min(height - 1, Math.max(0, row)) * width;
      for (let x = first, source = start + first - right; x < end; x++, source++) to[at + x] = from[source]!;
      const left = edge ? from[start]! : 0;
      for (let x = 0; x < first; x++) to[at + x] = left;
      const last = edge ? from[start + width - 1]! : 0;
      for (let x = end; x < width; x++) to[at + x] = last;
    }
  }
}
