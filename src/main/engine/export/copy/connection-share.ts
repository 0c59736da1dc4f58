/** A copy's part of the connections that a host has for all copies. */
export interface ConnectionShare {
  /** Whether there may be one more. */
  take(): boolean | Promise<boolean>;
  /** One that was taken is not used any more. */
  giveBack(): void;
}
