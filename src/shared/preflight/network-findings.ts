import type { Finding } from '../model/finding';
import type { NbdAccess } from '../model/inventory';
import { FIX } from './commands';

/** Whether disks can be read over NBD at all, and how safely. */
export function networkFindings(access: NbdAccess): Finding[] {
  switch (access) {
    case 'secure':
      return [];
    case 'insecure':
      return [
        {
          code: 'nbd-insecure',
          severity: 'warn',
          text: 'NBD is set up without encryption: disk data crosses the network in clear.',
          nextStep: 'Use the network purpose “nbd” instead of “insecure_nbd”.',
          command: FIX.openNetworkHelp,
        },
      ];
    case 'none':
      return [
        {
          code: 'no-nbd-network',
          severity: 'warn',
          text: 'No network of the pool is set up for NBD, so exact increments are not possible.',
          nextStep: 'Set the purpose “nbd” on a network that this computer can reach.',
          command: FIX.openNetworkHelp,
        },
      ];
    case 'conflicting':
      return [
        {
          code: 'nbd-purposes-conflict',
          severity: 'warn',
          text: 'The pool’s networks are set to both “nbd” and “insecure_nbd”, which switches NBD off.',
          nextStep: 'Remove the purpose “insecure_nbd” from all networks.',
          command: FIX.openNetworkHelp,
        },
      ];
  }
}
