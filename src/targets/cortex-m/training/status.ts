/** What a step of training returns in C, `<NAME>_TRAINING_<word>`. */

export const TRAINING_STATUS = {
  OK: 0,
  LABEL: 1,
  RATE: 2,
  NOT_FINITE: 3,
  INPUT: 4,
  DIVERGES: 5,
} as const;

/** Of what a session says. */
export function statusValue(status: 'ok' | 'input' | 'not-finite' | 'diverges'): number {
  switch (status) {
    case 'ok':
      return TRAINING_STATUS.OK;
    case 'input':
      return TRAINING_STATUS.INPUT;
    case 'not-finite':
      return TRAINING_STATUS.NOT_FINITE;
    case 'diverges':
      return TRAINING_STATUS.DIVERGES;
  }
}
