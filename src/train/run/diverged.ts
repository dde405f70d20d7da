/** Training that went wrong without a number that is not finite. */
import { TinymlError } from '../../diagnostics/errors.ts';

/**
 * What `lower` makes of a trained model, which has integer forms for all its operators: what it refuses are scales.
 * @throws TinymlError E_NOT_FINITE in place of E_OP and E_QUANT
 */
export function orDiverged<T>(lower: () => T): T {
  try {
    return lower();
  } catch (cause) {
    if (!(cause instanceof TinymlError) || (cause.code !== 'E_OP' && cause.code !== 'E_QUANT')) throw cause;
    throw new TinymlError(
      'E_NOT_FINITE',
      'training has diverged: the ranges it ended with are too far apart',
      {
        at: cause.at,
        hint: 'a lower --lr, or --warmup, keeps values small; --validation-share keeps the best epoch',
        cause,
      },
    );
  }
}
