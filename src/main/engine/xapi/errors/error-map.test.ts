import { describe, expect, it } from 'vitest';
import { FailureError } from '../../../../shared/model/failure';
import { callFailure } from './call-failure';
import { XAPI_ERRORS, xapiFailure } from './error-map';
import { redact } from './redact';

describe('the error table', () => {
  it.each(Object.keys(XAPI_ERRORS))('has words for %s with and without parameters', (code) => {
    for (const parameters of [[], ['OpaqueRef:0a1b2c', 'a reason', 'more']]) {
      const failure = xapiFailure(code, parameters, 'VDI.some_call');
      expect(failure.code).toMatch(/^[a-z][a-z-]+$/);
      expect(failure.message).toMatch(/^[A-Z].*[^.]\.?$/);
      expect(failure.nextStep).toMatch(/^[A-Z].+\.$|^Connect to the master: https/);
      expect(failure.details).toContain(`VDI.some_call: ${code}(`);
      expect(`${failure.message}${failure.details!}`).not.toMatch(/undefined|OpaqueRef:\w/);
    }
  });

  it.each([
    ['VDI_IN_USE', [], 'disk-in-use'],
    ['VDI_NO_CBT_METADATA', [], 'no-change-log'],
    ['VDI_INCOMPATIBLE_TYPE', ['ref', 'cbt_metadata'], 'disk-type-unsuitable'],
    ['SR_BACKEND_FAILURE_457', ['', 'why', ''], 'cbt-enable-failed'],
    ['SR_BACKEND_FAILURE_458', ['', 'why', ''], 'cbt-disable-failed'],
    ['SR_BACKEND_FAILURE_459', ['', '[opterr=Inconsistent bitmaps]', ''], 'change-log-inconsistent'],
    ['SR_BACKEND_FAILURE_460', ['', '[opterr=Source and target VDI are unrelated]', ''], 'changes-unrelated'],
    ['SR_BACKEND_FAILURE_46', ['', 'not detached cleanly', ''], 'disk-unavailable'],
    ['SR_BACKEND_FAILURE_66', [], 'disk-raw'],
    ['SR_OPERATION_NOT_SUPPORTED', ['ref'], 'storage-without-cbt'],
    ['LICENSE_RESTRICTION', ['restrict_cbt'], 'licence-restriction'],
    ['OTHER_OPERATION_IN_PROGRESS', ['VDI', 'r', 'copy', 'op'], 'other-operation'],
    ['HANDLE_INVALID', ['VDI', 'r'], 'object-gone'],
    ['MESSAGE_METHOD_UNKNOWN', ['VDI.get_cbt_enabled'], 'pool-too-old'],
    ['RBAC_PERMISSION_DENIED', ['VDI.data_destroy', 'no'], 'permission-denied'],
    ['TOO_MANY_PENDING_TASKS', [], 'pool-busy'],
    ['HOST_OFFLINE', ['r'], 'host-offline'],
    ['HOST_IS_SLAVE', ['10.0.0.1'], 'not-the-master'],
    ['SESSION_AUTHENTICATION_FAILED', ['root', 'x'], 'login-failed'],
    ['INTERNAL_ERROR', ['Storage_interface.No_VDI'], 'changes-unrelated'],
    ['SR_BACKEND_FAILURE_999', ['', 'out of luck', ''], 'storage-error'],
    ['SOMETHING_NEW', ['a', 'b'], 'xapi-error'],
  ])('maps %s to %s', (code, parameters, expected) => {
    expect(xapiFailure(code, parameters).code).toBe(expected);
  });

  it('keeps an unknown code in the details', () => {
    expect(xapiFailure('SOMETHING_NEW', ['a']).details).toBe('SOMETHING_NEW(a)');
    expect(xapiFailure('constructor', []).code).toBe('xapi-error');
  });
});

describe('redaction', () => {
  it('takes out sessions, export names, credentials and given secrets', () => {
    const text =
      'GET /0a1b?session_id=OpaqueRef:1234-abcd&vdi=x OpaqueRef:5678-ef session_id%3DOpaqueRef%3Aff Basic cm9vdDpw pass';
    const clean = redact(text, ['pass', '']);
    for (const secret of ['1234', '5678', 'ff ', 'cm9vdDpw', 'pass']) expect(clean).not.toContain(secret);
    expect(clean).toContain('vdi=x');
  });

  it('bounds what a hostile server can put into a message', () => {
    expect(redact('x'.repeat(1_000_000)).length).toBeLessThan(2100);
  });
});

describe('what a call can throw', () => {
  const code = (error: unknown) => callFailure(error, 'VM.get_all', 'https://pool').code;
  it('becomes a failure of its kind', () => {
    expect(code(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).toBe('pool-unreachable');
    expect(code(Object.assign(new Error('x'), { code: 'VDI_IN_USE', params: ['r'] }))).toBe('disk-in-use');
    expect(code(Object.assign(new Error('x'), { name: 'TimeoutError' }))).toBe('call-timeout');
    expect(code(AbortSignal.abort().reason)).toBe('cancelled');
    expect(code(new Error('unexpect statusCode 500'))).toBe('unexpected-answer');
    expect(code('a string')).toBe('unexpected-answer');
    const own = new FailureError({ code: 'own', message: 'm', nextStep: 'n' });
    expect(code(own)).toBe('own');
  });

  it('says of a server without TLS that it is no pool, not in which file OpenSSL found out', () => {
    const error = Object.assign(
      new Error('80DC:error:0A00010B:SSL routines:ssl3_get_record:record.c:350:\n'),
      {
        code: 'ERR_SSL_WRONG_VERSION_NUMBER',
      },
    );
    const { message, details, nextStep } = callFailure(error, 'the TLS handshake', 'https://pool');
    expect(message).toBe('What answers at https://pool is no pool: it does not speak TLS.');
    expect(nextStep).toContain('port');
    expect(details).toBe('ERR_SSL_WRONG_VERSION_NUMBER');
  });
});
