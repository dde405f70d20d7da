/** Names of the operators of our own domain. src/ops/tinyml.ts says what they compute. */

/** Prefix of the domain. */
export const OWN_DOMAIN = 'tinyml::';

/** Identity in real numbers whose output is quantised: a change of scale between two values. */
export const REQUANTIZE = `${OWN_DOMAIN}Requantise`;

/** x sigmoid(x). */
export const SILU = `${OWN_DOMAIN}Silu`;

/** (x, mask) -> softmax of x + mask: where the mask is not 0, it leaves nothing. */
export const MASKED_SOFTMAX = `${OWN_DOMAIN}MaskedSoftmax`;

/** (q, k, v), all [.., channels, tokens] -> v relu(k)^T relu(q) over what stands there instead of v with ones. */
export const LINEAR_ATTENTION = `${OWN_DOMAIN}LinearAttention`;

/** (x, reference) -> what gates see of each patch. */
export const PATCH_STATISTICS = `${OWN_DOMAIN}PatchStatistics`;

/** (scores, x, reference, age, clock) -> (blended, mask, age', clock'): which patches are computed anew. */
export const PATCH_GATE = `${OWN_DOMAIN}PatchGate`;

/** (y, y_reference, mask) -> y where the mask is set, else y_reference. */
export const PATCH_REUSE = `${OWN_DOMAIN}PatchReuse`;
