/** Names of all observers. */
export const OBSERVERS = ['min-max', 'percentile', 'entropy', 'mse'] as const;
