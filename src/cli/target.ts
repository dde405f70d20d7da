/** The target that a command line asks for, with its settings. */
import { TinymlError } from '../diagnostics/errors.ts';
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

/** For what asks of a target more than can be known of it here. */
export function plansItself(
  { id }: Target,
  details: { readonly at: string | readonly string[]; readonly hint: string },
): TinymlError {
  const message = `${id} plans memory and time itself: nothing of them is known here`;
  return new TinymlError('E_PROFILE', message, details);
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
