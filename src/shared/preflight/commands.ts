/** Commands that do a finding's next step; the window has them under these ids. */
export const FIX = {
  enableTracking: 'cbt.enable',
  openNetworkHelp: 'help.nbd',
  chooseFolder: 'export.chooseFolder',
  cleanLeftovers: 'leftovers.clean',
} as const;
