/** How long the demo pool takes, in milliseconds. */
export interface Timings {
  /** Wait before a wrong password is answered; a real host takes 5 s. */
  readonly authenticationDelay: number;
  /** How long data_destroy waits for the disk's VBDs to go. Source: xen-api xapi_vdi.ml, `_data_destroy ~timeout:4`. */
  readonly dataDestroyWait: number;
  /** Plugging a VBD into the control domain before an NBD export opens. */
  readonly vbdPlug: number;
  /** Unplugging it after the connection ended. */
  readonly vbdUnplug: number;
  /** Snapshotting one disk. */
  readonly diskSnapshot: number;
}

export const DEMO_TIMINGS: Timings = {
  authenticationDelay: 1000,
  dataDestroyWait: 4000,
  vbdPlug: 60,
  vbdUnplug: 300,
  diskSnapshot: 40,
};

/** Nothing waits longer than it must; for tests. */
export const FAST_TIMINGS: Timings = {
  authenticationDelay: 0,
  dataDestroyWait: 4000,
  vbdPlug: 0,
  vbdUnplug: 20,
  diskSnapshot: 0,
};
