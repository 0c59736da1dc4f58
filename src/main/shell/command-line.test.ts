import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { commandLine, runAsNode } from './command-line';

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

describe('the exit code of a command', () => {
  const dir = mkdtempSync(join(tmpdir(), 'deltascope-command-'));
  afterAll(() => rmSync(dir, { recursive: true }));
  const run = (script: string, endMs?: number): Promise<number> => {
    const file = join(dir, 'command.cjs');
    writeFileSync(file, script);
    return runAsNode(file, [], endMs);
  };
  const KILL = 'process.kill(process.pid, "SIGKILL")';
  const EVER = 'setInterval(() => undefined, 1000)';

  it.each([
    ['is its own', 'process.exitCode = 3', 3],
    ['is the signal that ended it', KILL, 137],
    ['is what it told before it ended by force', `process.send({ exitCode: 4 }, () => ${KILL})`, 4],
  ])('%s', async (_what, script, code) => expect(await run(script)).toBe(code));

  it('is what it told before it did not end', async () => {
    expect(await run(`process.send({ exitCode: 0 }); ${EVER}`, 0)).toBe(0);
  });
});
