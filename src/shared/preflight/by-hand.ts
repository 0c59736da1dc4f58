const COMMANDS = {
  'vm-snapshot': 'snapshot-uninstall',
  'disk-snapshot': 'vdi-destroy',
  'unfinished-disk': 'vdi-destroy',
} as const;

/** The command of a host that removes it, for an admin who knows whose it is. */
export const removeByHand = (kind: keyof typeof COMMANDS, uuid: string): string =>
  `xe ${COMMANDS[kind]} uuid=${uuid}`;
