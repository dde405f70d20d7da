/** Platforms that tests quantise for. */
import { loadProfile } from '../../../../src/profiles/load.ts';
import type { JetsonProfile } from '../../../../src/profiles/types.ts';
import { type Platform, resolvePlatform } from '../../../../src/targets/tensorrt/release/platform.ts';

export function platformOf(module: string, jetpack: string): Platform {
  return resolvePlatform(loadProfile(module) as JetsonProfile, { jetpack });
}

/** TensorRT 10.3 and 8.5. */
export const ORIN_6: Platform = platformOf('jetson-orin-nano', '6.2');
export const XAVIER_5: Platform = platformOf('jetson-agx-xavier', '5.1');
