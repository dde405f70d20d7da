/** The target that a command line asks for, with its settings. */
import { loadEmitter, loadTarget } from '../targets/index.ts';
import type { Emitter, Target, TargetSettings } from '../targets/target.ts';
import { numberOption, type Options, requiredText, textOption } from './options.ts';

/** --target and its settings; null without --target. @throws TinymlError as `loadTarget` */
export async function targetOf(options: Options): Promise<Target | null> {
  const name = textOption(options, 'target');
  return name === undefined ? null : loadTarget(name, settingsOf(options));
}

/** The same where there must be one. */
export function requiredTarget(options: Options): Promise<Target> {
  return loadTarget(requiredText(options, 'target'), settingsOf(options));
}

/** What writes for it. @throws TinymlError as `loadEmitter` */
export function emitterOf(options: Options): Promise<Emitter> {
  return loadEmitter(requiredText(options, 'target'), settingsOf(options));
}

function settingsOf(options: Options): TargetSettings {
  const [jetpack, precision, powerMode] = ['jetpack', 'precision', 'power-mode'].map((name) =>
    textOption(options, name),
  );
  const [dla, workspace] = ['dla', 'workspace'].map((name) => numberOption(options, name));
  return {
    ...(jetpack === undefined ? {} : { jetpack }),
    ...(precision === undefined ? {} : { precision: precision as 'int8' | 'fp16' | 'fp32' }),
    ...(powerMode === undefined ? {} : { powerMode }),
    ...(dla === undefined ? {} : { dla }),
    ...(workspace === undefined ? {} : { workspace }),
  };
}
