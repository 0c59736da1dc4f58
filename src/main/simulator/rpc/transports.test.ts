import { describe, expect, it } from 'vitest';
import { decodeJsonCall, encodeJsonResult } from './json-rpc';
import { DateTime, Float } from './value';
import { MalformedRequest, XapiError } from './xapi-error';
import { decodeXmlCall, encodeXmlResult } from './xml-rpc';

const value = {
  text: '<&">',
  size: 2_199_023_255_552,
  progress: new Float(0.5),
  flag: true,
  at: new DateTime(Date.UTC(2018, 0, 1)),
  list: ['a', 'b'],
};
const xmlCall = (params: string) =>
  `<?xml version="1.0"?><methodCall><methodName>a.b</methodName><params>${params}</params></methodCall>`;
const param = (inner: string) => `<param><value>${inner}</value></param>`;

describe('XML-RPC', () => {
  it('sends integers as strings, floats, dates and booleans with their type', () => {
    expect(encodeXmlResult({ method: 'a.b', params: [] }, { ok: true, value })).toBe(
      '<?xml version="1.0"?><methodResponse><params><param><value><struct>' +
        '<member><name>Status</name><value>Success</value></member><member><name>Value</name><value><struct>' +
        '<member><name>text</name><value>&lt;&amp;&quot;&gt;</value></member>' +
        '<member><name>size</name><value>2199023255552</value></member>' +
        '<member><name>progress</name><value><double>0.5</double></value></member>' +
        '<member><name>flag</name><value><boolean>1</boolean></value></member>' +
        '<member><name>at</name><value><dateTime.iso8601>20180101T00:00:00Z</dateTime.iso8601></value></member>' +
        '<member><name>list</name><value><array><data><value>a</value><value>b</value></data></array></value></member>' +
        '</struct></value></member></struct></value></param></params></methodResponse>',
    );
  });

  it('sends errors as a list of code and parameters, and listMethods bare', () => {
    const error = new XapiError('VDI_IN_USE', 'ref', 'destroy');
    expect(encodeXmlResult({ method: 'a.b', params: [] }, { ok: false, error })).toContain(
      '<name>ErrorDescription</name><value><array><data><value>VDI_IN_USE</value><value>ref</value>',
    );
    expect(encodeXmlResult({ method: 'system.listMethods', params: [] }, { ok: true, value: ['x'] })).toBe(
      '<?xml version="1.0"?><methodResponse><params><param><value><array><data><value>x</value></data></array></value></param></params></methodResponse>',
    );
  });

  it('reads every type of value', () => {
    const call = decodeXmlCall(
      xmlCall(
        [
          param(' plain &lt;&#233;&#x41; '),
          param('<string>s</string>'),
          param('<int>7</int>'),
          param('<double>60.1</double>'),
          param('<boolean>0</boolean>'),
          param('<array><data><value><i4>1</i4></value></data></array>'),
          param('<struct><member><name>k</name><value>v</value></member></struct>'),
          param(''),
        ].join('\n'),
      ),
    );
    expect(call.method).toBe('a.b');
    expect(call.params).toEqual([' plain <éA ', 's', 7, new Float(60.1), false, [1], { k: 'v' }, '']);
  });

  it.each([
    '',
    'hello',
    '<methodCall>',
    '<methodCall></methodResponse>',
    '<methodCall/>',
    '<!DOCTYPE x [<!ENTITY e "x">]><methodCall/>',
    xmlCall(param('&bomb;')),
    xmlCall(param('<int>x</int>')),
    xmlCall(param('<int>1</int><int>2</int>')),
    xmlCall(param('<unknown/>')),
    xmlCall('<param/>'),
    '<a>'.repeat(100_000),
  ])('refuses %j', (body) => {
    expect(() => decodeXmlCall(body)).toThrow(MalformedRequest);
  });
});

describe('JSON-RPC', () => {
  it('keeps integers and floats apart', () => {
    const body = '{"jsonrpc":"2.0","method":"a.b","params":["s",3,60.1,true,{"k":["v"]}],"id":0}';
    const call = decodeJsonCall(body);
    expect(call.params).toEqual(['s', 3, new Float(60.1), true, { k: ['v'] }]);
    expect(JSON.parse(encodeJsonResult(call, { ok: true, value }))).toEqual({
      jsonrpc: '2.0',
      id: 0,
      result: { ...value, progress: 0.5, at: '20180101T00:00:00Z' },
    });
  });

  it('sends errors of version 2 as code 1 with message and data, of version 1 inside the result', () => {
    const error = new XapiError('VDI_IN_USE', 'ref', 'destroy');
    const two = decodeJsonCall('{"jsonrpc":"2.0","method":"a","params":[],"id":"x"}');
    expect(JSON.parse(encodeJsonResult(two, { ok: false, error }))).toEqual({
      jsonrpc: '2.0',
      id: 'x',
      error: { code: 1, message: 'VDI_IN_USE', data: ['ref', 'destroy'] },
    });
    const one = decodeJsonCall('{"method":"a","params":[],"id":1}');
    expect(JSON.parse(encodeJsonResult(one, { ok: false, error }))).toEqual({
      id: 1,
      error: null,
      result: { Status: 'Failure', ErrorDescription: ['VDI_IN_USE', 'ref', 'destroy'] },
    });
    expect(JSON.parse(encodeJsonResult(one, { ok: true, value: 'y' }))).toMatchObject({
      result: { Status: 'Success', Value: 'y' },
    });
  });

  it.each(['', '[]', '{"method":"a"}', '{"method":1,"id":1}', '{"method":"a","id":1,"params":{}}'])(
    'refuses %j',
    (body) => {
      expect(() => decodeJsonCall(body)).toThrow(MalformedRequest);
    },
  );
});
