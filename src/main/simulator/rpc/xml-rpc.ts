import type { RpcCall, RpcResult } from './call';
import { DateTime, Float, isMap, type Value } from './value';
import { MalformedRequest } from './xapi-error';
import { parseXml, type XmlElement } from './xml';

/**
 * XML-RPC as XAPI speaks it: integers travel as strings, no result is an empty string, errors are a struct.
 * Source: xen-api doc/content/xen-api/wire-protocol.md, mirage/ocaml-rpc src/lib/xmlrpc.ml.
 */

/** @throws MalformedRequest when the body is no XML-RPC call. */
export function decodeXmlCall(body: string): RpcCall {
  const root = parseXml(body);
  if (root.name !== 'methodCall') throw new MalformedRequest('not a methodCall');
  const params = root.children.find((child) => child.name === 'params');
  return {
    method: only(root, 'methodName').text.trim(),
    params: (params?.children ?? []).map((param) => decodeValue(only(param, 'value'))),
  };
}

export function encodeXmlResult(call: RpcCall, result: RpcResult): string {
  const bare = call.method === 'system.listMethods' && result.ok;
  const value = bare
    ? encodeXmlValue(result.value)
    : encodeXmlValue(
        result.ok
          ? { Status: 'Success', Value: result.value }
          : { Status: 'Failure', ErrorDescription: [result.error.code, ...result.error.params] },
      );
  return `<?xml version="1.0"?><methodResponse><params><param>${value}</param></params></methodResponse>`;
}

/** The `<value>…</value>` fragment that also stands in a task's result. */
export function encodeXmlValue(value: Value): string {
  return `<value>${encodeInner(value)}</value>`;
}

function encodeInner(value: Value): string {
  if (typeof value === 'string') return escapeXml(value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return `<boolean>${value ? '1' : '0'}</boolean>`;
  if (value instanceof Float) return `<double>${value.value}</double>`;
  if (value instanceof DateTime) return `<dateTime.iso8601>${value.toString()}</dateTime.iso8601>`;
  if (!isMap(value)) return `<array><data>${value.map(encodeXmlValue).join('')}</data></array>`;
  const members = Object.entries(value).map(
    ([name, item]) => `<member><name>${escapeXml(name)}</name>${encodeXmlValue(item)}</member>`,
  );
  return `<struct>${members.join('')}</struct>`;
}

function decodeValue(element: XmlElement): Value {
  const [typed, second] = element.children;
  if (second) throw new MalformedRequest('a value holds more than one element');
  if (!typed) return element.text;
  switch (typed.name) {
    case 'string':
    case 'base64':
    case 'dateTime.iso8601':
      return typed.text;
    case 'int':
    case 'i4':
    case 'i8':
      return integer(typed.text);
    case 'double':
      return new Float(number(typed.text));
    case 'boolean':
      return typed.text.trim() === '1';
    case 'nil':
      return '';
    case 'array':
      return only(typed, 'data').children.map(decodeValue);
    case 'struct':
      return Object.fromEntries(
        typed.children.map((member) => [only(member, 'name').text, decodeValue(only(member, 'value'))]),
      );
    default:
      throw new MalformedRequest(`unknown type ${typed.name}`);
  }
}

function only(parent: XmlElement, name: string): XmlElement {
  const found = parent.children.filter((child) => child.name === name);
  if (found.length !== 1) throw new MalformedRequest(`${parent.name} without its one ${name}`);
  return found[0];
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new MalformedRequest(`not a number: ${text}`);
  return value;
}

function integer(text: string): number {
  const value = number(text);
  if (!Number.isSafeInteger(value)) throw new MalformedRequest(`not an integer: ${text}`);
  return value;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character]);
