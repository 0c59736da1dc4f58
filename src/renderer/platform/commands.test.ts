import { describe, expect, it, vi } from 'vitest';
import { CommandRegistry } from './commands';
import { ContextKeys } from './context-keys';

function setUp() {
  const context = new ContextKeys();
  const crash = vi.fn();
  return { context, crash, commands: new CommandRegistry(context, crash) };
}

describe('command registry', () => {
  it('runs a command with its arguments', async () => {
    const { commands, crash } = setUp();
    const run = vi.fn();
    commands.register({ id: 'a.b', title: 'A', run });
    await commands.run('a.b', 1, 'two');
    expect(run).toHaveBeenCalledExactlyOnceWith(1, 'two');
    expect(crash).not.toHaveBeenCalled();
  });

  it('refuses an id that is taken, and frees it on dispose', () => {
    const { commands } = setUp();
    const command = { id: 'a.b', title: 'A', run: () => undefined };
    const registration = commands.register(command);
    expect(() => commands.register(command)).toThrow('registered twice');
    registration.dispose();
    expect(commands.get('a.b')).toBeUndefined();
    expect(() => commands.register(command)).not.toThrow();
  });

  it('refuses a malformed when clause at registration', () => {
    const { commands } = setUp();
    expect(() => commands.register({ id: 'a', title: 'A', when: 'x &&', run: () => undefined })).toThrow();
  });

  it('judges when clauses by the context, an overlay first', () => {
    const { commands, context } = setUp();
    commands.register({ id: 'a', title: 'A', when: "object.kind == 'disk'", run: () => undefined });
    expect(commands.isEnabled('a')).toBe(false);
    expect(commands.isEnabled('a', { 'object.kind': 'disk' })).toBe(true);
    context.set({ 'object.kind': 'disk' });
    expect(commands.isEnabled('a')).toBe(true);
    expect(commands.isEnabled('a', { 'object.kind': 'vm' })).toBe(false);
    expect(commands.isEnabled('missing')).toBe(false);
  });

  it('names an undeclared context key', () => {
    const { commands } = setUp();
    commands.register({ id: 'a', title: 'A', when: 'nobody.declaredThis', run: () => undefined });
    expect(() => commands.isEnabled('a')).toThrow('nobody.declaredThis');
  });

  it('hands what a command throws, and unknown ids, to the crash handler', async () => {
    const { commands, crash } = setUp();
    const error = new Error('bug');
    commands.register({ id: 'a', title: 'A', run: () => Promise.reject(error) });
    await commands.run('a');
    await commands.run('unknown');
    expect(crash.mock.calls).toEqual([
      [error, 'a'],
      [expect.objectContaining({ message: 'There is no command "unknown".' }), 'unknown'],
    ]);
  });
});
