import { expect, it } from 'vitest';
import { commandLine } from './command-line';

it.each([
  [[], undefined],
  [['--demo'], undefined],
  [['--demo=10'], undefined],
  [['deltascope://pool/vm'], undefined],
  [['--no-sandbox', 'deltascope://pool/vm'], undefined],
  [['exports'], undefined],
  [['toString'], undefined],
  [['ls'], ['ls']],
  [
    ['copy', 'nbd://host/x', 'x.vhd', '--json'],
    ['copy', 'nbd://host/x', 'x.vhd', '--json'],
  ],
  [
    ['--no-sandbox', 'export', 'ls', '--to', '/backup'],
    ['export', 'ls', '--to', '/backup'],
  ],
  [['--version'], ['--version']],
  [
    ['help', 'copy'],
    ['help', 'copy'],
  ],
])('of %j is %j', (words, asked) => expect(commandLine(words)).toEqual(asked));
