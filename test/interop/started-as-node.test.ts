import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fork } from 'node:child_process';
import { outFolder } from '../fixtures/cli';

it('a command tells its exit code to the program that asks for it', async () => {
  const child = fork(join(outFolder, 'cli.js'), ['chain', '/not/there'], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const messages: unknown[] = [];
  child.on('message', (message) => messages.push(message));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code).toBe(1);
  expect(messages).toEqual([{ exitCode: 1 }]);
});
