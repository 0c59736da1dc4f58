/** The commands of the command line. By itself, so that the window's program knows them without loading them. */
export const COMMAND_NAMES = [
  'demo',
  'tour',
  'ls',
  'cbt',
  'snapshot',
  'changed',
  'preflight',
  'export',
  'resume',
  'leftovers',
  'verify',
  'chain',
  'flatten',
  'restore',
  'serve',
  'copy',
] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

export const isCommandName = (word: string | undefined): word is CommandName =>
  COMMAND_NAMES.some((name) => name === word);
