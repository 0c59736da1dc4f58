import { FailureError } from '../../../../shared/model/failure';
import { unexpectedAnswer } from '../errors/call-failure';
import { xapiFailure } from '../errors/error-map';
import { LongText } from '../transport/long-text';
import type { TaskRecord } from './records';

/** Of trimmed text: two runs of blanks side by side would take quadratic time on a long one. */
const SCALAR = /^<value>(?:<string>)?([^<]*)(?:<\/string>)?<\/value>$/;
const EMPTY = /^(?:<value\s*\/>|<value>\s*<string\s*\/>\s*<\/value>)?$/;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/**
 * What an ended task returned. XAPI writes it as an XML-RPC fragment whatever the transport; the calls used here
 * return a string, a reference or nothing. Source: xen-api doc/content/xen-api/wire-protocol.md.
 * @throws FailureError what the task failed with, `cancelled`, or `unexpected-answer`
 */
export function taskResult(task: TaskRecord, method: string): string | LongText {
  if (task.status === 'cancelled') throw new FailureError(xapiFailure('TASK_CANCELLED', [], method));
  if (task.status !== 'success') {
    const [code = 'INTERNAL_ERROR', ...parameters] = task.error_info;
    throw new FailureError(xapiFailure(code, parameters, method));
  }
  if (task.result instanceof LongText) {
    const found =
      task.result.between('<value><string>', '</string></value>') ??
      task.result.between('<value>', '</value>');
    if (found) return found;
    throw new FailureError(unexpectedAnswer(method, 'the task’s long result is no string'));
  }
  const text = task.result.trim();
  if (EMPTY.test(text)) return '';
  const match = SCALAR.exec(text);
  if (match) return match[1].replace(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => ENTITIES[name]);
  if (text.startsWith('OpaqueRef:')) return text;
  throw new FailureError(unexpectedAnswer(method, 'the task’s result is no string'));
}
