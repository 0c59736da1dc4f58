/** Name of the channel on which copy workers are told to die. */
export const DEATH = 'deltascope-soak-death';
