import type { Still } from './video-page.ts';

type Stills = {
  /** Tells of the next frame; the still is made only if it is kept. */
  readonly offer: (make: () => Still) => void;
  /** Up to `most` of them, evenly spread. */
  readonly all: () => readonly Still[];
};

/** Keeps stills of frames whose number is not known before: every frame, then every second of them, every fourth ... */
export function createStills(most: number): Stills {
  let kept: Still[] = [];
  let [step, index] = [1, 0];
  return {
    offer: (make) => {
      if (index++ % step !== 0) return;
      if (kept.length === 2 * most) {
        kept = kept.filter((_, i) => i % 2 === 0);
        step *= 2;
      }
      kept.push(make());
    },
    all: () => {
      const stride = Math.max(1, Math.ceil(kept.length / most));
      return kept.filter((_, i) => i % stride === 0);
    },
  };
}
