import { message, session, task } from './activity';
import { certificate, host, hostMetrics } from './host';
import { network, pif, vif } from './network';
import { pool } from './pool';
import { pbd, sm, sr, vbd, vdi } from './storage';
import { vm, vmGuestMetrics, vmMetrics } from './vm';

/** Every class the demo pool knows, under its name on the wire. */
export const CLASSES = {
  pool,
  host,
  host_metrics: hostMetrics,
  Certificate: certificate,
  network,
  PIF: pif,
  VIF: vif,
  SR: sr,
  SM: sm,
  PBD: pbd,
  VDI: vdi,
  VBD: vbd,
  VM: vm,
  VM_metrics: vmMetrics,
  VM_guest_metrics: vmGuestMetrics,
  task,
  session,
  message,
};
export type ClassName = keyof typeof CLASSES;
