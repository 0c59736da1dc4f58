import { beforeEach, describe, expect, it } from 'vitest';
import { Float, type ValueMap } from '../rpc/value';
import { IDLE_TIMEOUT } from '../sessions/sessions';
import { TestPool } from './test-pool';

let test: TestPool;
beforeEach(async () => {
  test = await TestPool.create();
});

const poolRef = () => [...test.pool.db.pool.refs()][0];
const eventsFrom = async (classes: string[], token: string, timeout = 0.1) =>
  (await test.call('event.from', classes, token, new Float(timeout))) as {
    events: ValueMap[];
    token: string;
    valid_ref_counts: ValueMap;
  };

describe('sessions', () => {
  it('needs the right password, then keeps the session for 24 idle hours', async () => {
    expect(await test.rawError('session.login_with_password', ['root', 'wrong'])).toEqual([
      'SESSION_AUTHENTICATION_FAILED',
      'root',
      'Authentication failure',
    ]);
    test.pool.clock.advance(IDLE_TIMEOUT - 1000);
    await test.call('pool.get_all');
    test.pool.clock.advance(IDLE_TIMEOUT + 1000);
    expect(await test.error('pool.get_all')).toEqual(['SESSION_INVALID', test.session]);
  });

  it('ends at logout', async () => {
    await test.call('session.logout');
    expect(await test.error('pool.get_all')).toEqual(['SESSION_INVALID', test.session]);
  });

  it('drops the oldest of too many without touching those of other originators', async () => {
    const login = () => test.raw('session.login_with_password', ['root', 'secret']);
    const first = await login();
    for (let count = 0; count < 400; count++) await login();
    expect((await test.rawError('pool.get_all', [first]))[0]).toBe('SESSION_INVALID');
    await test.call('pool.get_all');
  });
});

describe('dispatch', () => {
  it('sends clients of a supporter to the master, also for login', async () => {
    for (const [method, params] of [
      ['pool.get_all', [test.session]],
      ['session.login_with_password', ['root', 'secret']],
    ] as const) {
      expect(await test.rawError(method, [...params], test.hosts[1])).toEqual(['HOST_IS_SLAVE', '127.0.0.1']);
    }
  });

  it('names what is unknown, missing or of the wrong type', async () => {
    expect(await test.error('VDI.fly')).toEqual(['MESSAGE_METHOD_UNKNOWN', 'VDI.fly']);
    expect(await test.error('Async.VDI.snapshot', 'x', {})).toEqual([
      'MESSAGE_METHOD_UNKNOWN',
      'Async.VDI.snapshot',
    ]);
    expect(await test.error('VDI.get_uuid')).toEqual([
      'MESSAGE_PARAMETER_COUNT_MISMATCH',
      'VDI.get_uuid',
      '1',
      '0',
    ]);
    expect(await test.error('VDI.get_uuid', 7)).toEqual(['FIELD_TYPE_ERROR', 'self']);
    expect(await test.error('VDI.get_by_uuid', 'nope')).toEqual(['UUID_INVALID', 'VDI', 'nope']);
    const methods = await test.raw('system.listMethods', []);
    expect(methods).toContain('Async.VM.snapshot');
    expect(methods).not.toContain('Async.VDI.get_nbd_info');
    expect(methods).not.toContain('session.get_all_records');
  });

  it('strikes the next calls with a fault, but not the control calls', async () => {
    test.pool.faults.calls.push({ method: 'pool.get_all', count: 2, error: ['VDI_IN_USE', 'a', 'b'] });
    test.pool.faults.calls.push({ method: '*', count: 1, error: ['HOST_OFFLINE'] });
    expect(await test.error('pool.get_all')).toEqual(['VDI_IN_USE', 'a', 'b']);
    expect(await test.error('pool.get_all')).toEqual(['VDI_IN_USE', 'a', 'b']);
    const plugin = [test.hosts[0], 'deltascope-demo', 'leftovers', {}] as const;
    expect(JSON.parse(await test.text('host.call_plugin', ...plugin))).not.toEqual([]);
    expect(await test.error('pool.get_all')).toEqual(['HOST_OFFLINE']);
    await test.call('pool.get_all');
  });
});

describe('generic calls', () => {
  it('sets fields, sets and maps', async () => {
    const vdi = await test.disk();
    await test.call('VDI.set_name_label', vdi, 'new');
    expect(await test.call('VDI.get_by_name_label', 'new')).toEqual([vdi]);
    await test.call('VDI.add_to_other_config', vdi, 'k', 'v');
    expect((await test.error('VDI.add_to_other_config', vdi, 'k', 'v'))[0]).toBe('MAP_DUPLICATE_KEY');
    await test.call('VDI.remove_from_other_config', vdi, 'unknown');
    expect(await test.call('VDI.get_other_config', vdi)).toEqual({ k: 'v' });
    await test.call('VDI.add_tags', vdi, 't');
    await test.call('VDI.remove_tags', vdi, 't');
    expect(await test.call('VDI.get_tags', vdi)).toEqual([]);
    expect((await test.error('VDI.set_virtual_size', vdi, 1))[0]).toBe('MESSAGE_METHOD_UNKNOWN');
  });
});

describe('tasks', () => {
  it('run a call in the background and keep its result as XML', async () => {
    const vdi = await test.disk();
    const task = await test.text('Async.VDI.clone', vdi, {});
    await settled(task);
    expect(await test.call('task.get_record', task)).toMatchObject({ status: 'success', error_info: [] });
    const clones = [...test.pool.db.VDI.refs()].filter((ref) => ref !== vdi);
    expect(await test.call('task.get_result', task)).toBe(`<value>${clones[0]}</value>`);
    await test.call('task.destroy', task);
    expect((await test.error('task.get_record', task))[0]).toBe('HANDLE_INVALID');
  });

  it('keep the error of a call that failed', async () => {
    const vdi = await test.disk();
    const task = await test.text('Async.VDI.data_destroy', vdi);
    await settled(task);
    expect(await test.call('task.get_record', task)).toMatchObject({
      status: 'failure',
      error_info: ['OPERATION_NOT_ALLOWED', `VDI is not a snapshot: ${vdi}`],
    });
  });

  it('are forgotten 65 minutes after their end', async () => {
    const task = await test.text('task.create', 'mine', '');
    await test.call('task.set_progress', task, new Float(0.5));
    await test.call('task.set_status', task, 'success');
    test.pool.clock.advance(66 * 60 * 1000);
    await test.call('task.create', 'other', '');
    expect((await test.error('task.get_record', task))[0]).toBe('HANDLE_INVALID');
  });

  async function settled(task: string): Promise<void> {
    while (test.pool.db.task.get(task).status === 'pending') {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
});

describe('event.from', () => {
  it('tells everything at first, then only what changed, by lower-case class', async () => {
    const first = await eventsFrom(['VDI', 'pool'], '');
    expect(first.events.map((event) => [event.class, event.operation])).toEqual([['pool', 'add']]);
    const vdi = await test.disk();
    const second = await eventsFrom(['VDI', 'pool'], first.token);
    expect(second.events).toMatchObject([
      { class: 'vdi', operation: 'add', ref: vdi, timestamp: '0.0', snapshot: { name_label: 'disk' } },
    ]);
    expect(second.valid_ref_counts).toMatchObject({ vdi: 1, pool: 1, vm: 2 });
    await test.call('VDI.set_name_label', vdi, 'a');
    await test.call('VDI.set_name_label', vdi, 'b');
    const third = await eventsFrom(['vdi'], second.token);
    expect(third.events).toMatchObject([{ operation: 'mod', snapshot: { name_label: 'b' } }]);
    await test.call('VDI.destroy', vdi);
    const fourth = await eventsFrom([`vdi/${vdi}`], third.token);
    expect(fourth.events).toEqual([expect.objectContaining({ operation: 'del', ref: vdi })]);
    expect(fourth.events[0]).not.toHaveProperty('snapshot');
    expect(fourth.token > third.token).toBe(true);
  });

  it('leaves out objects that came and went between two calls', async () => {
    const { token } = await eventsFrom(['VDI'], '');
    await test.call('VDI.destroy', await test.disk());
    expect((await eventsFrom(['VDI'], token)).events).toEqual([]);
  });

  it('waits for something that matches, and for nothing else', async () => {
    const { token } = await eventsFrom(['VDI'], '');
    const waiting = eventsFrom(['VDI'], token, 60);
    await test.call('pool.set_name_label', poolRef(), 'renamed');
    const vdi = await test.disk();
    expect((await waiting).events).toMatchObject([{ ref: vdi }]);
  });

  it('answers an injected event and refuses bad tokens and lost sessions', async () => {
    const token = await test.text('event.inject', 'pool', poolRef());
    expect((await eventsFrom(['pool'], token)).events).toMatchObject([{ operation: 'mod', ref: poolRef() }]);
    expect((await test.error('event.inject', 'pool', 'OpaqueRef:x'))[0]).toBe('HANDLE_INVALID');
    expect(await test.error('event.from', ['pool'], 'bad', new Float(1.5))).toEqual([
      'EVENT_FROM_TOKEN_PARSE_FAILURE',
      'bad',
    ]);
    const waiting = test.error(
      'event.from',
      ['VDI'],
      (await eventsFrom(['pool'], '')).token,
      new Float(60.1),
    );
    await test.call('session.logout');
    expect(await waiting).toEqual(['SESSION_INVALID', test.session]);
  });
});
