/** Samples that ranges are chosen by, where nothing else is said. */
export const CALIBRATION_SAMPLES = 256;
