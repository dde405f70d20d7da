/** All strategies, by their settings. */
import { unreachable } from '../../diagnostics/errors.ts';
import { asp } from './asp.ts';
import { bsp } from './bsp.ts';
import { fedBuff } from './fedbuff.ts';
import { type PetrelSettings, petrel } from './petrel.ts';
import { type Course, courseOf, type DeviceProfile } from './types.ts';

/** Steps are those of a round of a device, rates what its update is multiplied with. */
export type StrategySettings =
  | { readonly kind: 'bsp'; readonly steps: number }
  | { readonly kind: 'asp'; readonly steps: number; readonly rate: number }
  | { readonly kind: 'ssp'; readonly steps: number; readonly rate: number; readonly bound: number }
  | { readonly kind: 'fedbuff'; readonly steps: number; readonly rate: number; readonly buffer: number }
  | ({ readonly kind: 'petrel' } & PetrelSettings);

/** A fleet under a strategy, before its first event. */
export function startOf(settings: StrategySettings, devices: readonly DeviceProfile[]): Course {
  switch (settings.kind) {
    case 'bsp':
      return courseOf(bsp(settings), devices);
    case 'asp':
      return courseOf(asp({ ...settings, bound: null }), devices);
    case 'ssp':
      return courseOf(asp(settings), devices);
    case 'fedbuff':
      return courseOf(fedBuff(settings), devices);
    case 'petrel':
      return courseOf(petrel(settings), devices);
    default:
      return unreachable(settings);
  }
}
