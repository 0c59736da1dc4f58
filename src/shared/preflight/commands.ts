/** Commands that do a finding's next step; the window has them under these ids. */
export const FIX = {
  enableTracking: 'cbt.enable',
  openNetworkHelp: 'pool.openNetworkHelp',
  chooseFolder: 'export.chooseFolder',
  removeSnapshot: 'snapshot.remove',
  cleanLeftovers: 'leftovers.clean',
} as const;
