/** An error of the XenAPI: an upper-case code and string parameters, sent to the client as they are. */
export class XapiError extends Error {
  readonly code: string;
  readonly params: readonly string[];

  constructor(code: string, ...params: string[]) {
    super(`${code}(${params.join(', ')})`);
    this.name = 'XapiError';
    this.code = code;
    this.params = params;
  }
}

/** A storage driver's error. Source: xapi-project/sm libs/sm/core/XE_SR_ERRORCODES.xml, xapi `SR_BACKEND_FAILURE_n`. */
export function storageError(number: number, message: string, detail: string): XapiError {
  return new XapiError(`SR_BACKEND_FAILURE_${number}`, '', `${message} [opterr=${detail}]`, '');
}

/** The body of a request is not what its transport expects; answered with HTTP 500. */
export class MalformedRequest extends Error {}
