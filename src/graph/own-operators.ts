/** Names of the operators of our own domain. src/ops/tinyml.ts says what they compute. */

/** Prefix of the domain. */
export const OWN_DOMAIN = 'tinyml::';

/** Identity in real numbers whose output is quantised: a change of scale between two values. */
export const REQUANTIZE = `${OWN_DOMAIN}Requantise`;

/** x sigmoid(x). */
export const SILU = `${OWN_DOMAIN}Silu`;
