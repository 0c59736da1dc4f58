import { describe, expect, it } from 'vitest';
import { taskResult } from './task-result';

const task = (result: string, change: object = {}) =>
  taskResult({ status: 'success', progress: 1, result, error_info: [], ...change } as never, 'VM.snapshot');

describe('a task’s result', () => {
  it.each([
    ['', ''],
    ['<value/>', ''],
    ['<value><string/></value>', ''],
    ['<value></value>', ''],
    ['<value>OpaqueRef:1</value>', 'OpaqueRef:1'],
    ['<value><string>a &lt;b&gt; &amp;amp;</string></value>\n', 'a <b> &amp;'],
    ['OpaqueRef:1', 'OpaqueRef:1'],
  ])('reads %j', (result, expected) => {
    expect(task(result)).toBe(expected);
  });

  it.each(['<value><struct/></value>', 'rubbish', '<value><array><data/></array></value>'])(
    'refuses %j',
    (result) => {
      expect(() => task(result)).toThrow(
        expect.objectContaining({ failure: expect.objectContaining({ code: 'unexpected-answer' }) }),
      );
    },
  );

  it('throws what the task failed with', () => {
    const failed = (change: object, code: string) =>
      expect(() => task('', change)).toThrow(
        expect.objectContaining({ failure: expect.objectContaining({ code }) }),
      );
    failed({ status: 'failure', error_info: ['VDI_IN_USE', 'r', 'op'] }, 'disk-in-use');
    failed({ status: 'failure', error_info: [] }, 'pool-internal-error');
    failed({ status: 'cancelled' }, 'cancelled');
  });

  it('reads a large bitmap at once', () => {
    const bitmap = 'A'.repeat(8 * 1024 * 1024);
    expect(task(`<value>${bitmap}</value>`)).toHaveLength(bitmap.length);
  });
});
