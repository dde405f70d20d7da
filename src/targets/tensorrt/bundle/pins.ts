/** Layers that the builder must be told the precision of. */
import type { LayerPrecision } from '../release/model.ts';
import type { Platform, Precision } from '../release/platform.ts';
import type { ReleaseId } from '../release/release.ts';
import { hasOption } from '../release/trtexec.ts';
import { typingOf } from '../release/typing.ts';

export type Pin = { readonly layer: string; readonly precision: Precision };

/**
 * Where types of the graph say it all, none. Where flags do, the layers that are to stay in float32 though FP16 is allowed; where scales come
 * from a cache, all that are not to be INT8.
 */
export function pinsOf(platform: Platform, layers: readonly LayerPrecision[]): readonly Pin[] {
  const typing = typingOf(platform);
  const pinned = ({ precision }: LayerPrecision): boolean => {
    switch (typing) {
      case 'strong':
        return false;
      case 'weak':
        return precision === 'fp32' && platform.precision !== 'fp32';
      case 'cache':
        return precision !== 'int8';
    }
  };
  return layers.filter(pinned).map(({ node, precision }) => ({ layer: node, precision }));
}

/** Linux takes no longer argument: 32 pages of 4096 bytes. */
const MAX_ARGUMENT_BYTES = 131072;

/**
 * The value of --layerPrecisions; null where trtexec of the release has no such option or no way to spell the names. It splits at commas and at
 * the last colon, drops single quotes and takes an asterisk for a pattern.
 */
export function layerPrecisionsValue(release: ReleaseId, pins: readonly Pin[]): string | null {
  if (!hasOption(release, 'layerPrecisions')) return null;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL ends an argument.
  if (pins.some(({ layer }) => layer === '' || /[,'*\u0000]/.test(layer))) return null;
  const value = pins.map(({ layer, precision }) => `${layer}:${precision}`).join(',');
  return Buffer.byteLength(value) < MAX_ARGUMENT_BYTES - 64 ? value : null;
}
