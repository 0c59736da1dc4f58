/** The few DER encodings that a certificate needs. Source: ITU-T X.690, RFC 5280. */

export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Tag of a context-specific field: constructed for EXPLICIT tagging, primitive for IMPLICIT tagging of a string. */
export const context = (number: number, kind: 'constructed' | 'primitive'): number =>
  (kind === 'constructed' ? 0xa0 : 0x80) | number;

export function encode(tagByte: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tagByte]), lengthOf(content.length), content]);
}

export const sequence = (...contents: Buffer[]): Buffer => encode(tag.sequence, ...contents);

export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return encode(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** A bit string of whole bytes. */
export const bitString = (bytes: Buffer): Buffer => encode(tag.bitString, Buffer.from([0]), bytes);

/** UTCTime until 2049, GeneralizedTime from then on. Source: RFC 5280, 4.1.2.5. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\..*|\D/g, '');
  const short = date.getUTCFullYear() < 2050;
  return encode(short ? 0x17 : 0x18, Buffer.from(`${short ? digits.slice(2) : digits}Z`));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  return length < 0x100 ? Buffer.from([0x81, length]) : Buffer.from([0x82, length >> 8, length & 0xff]);
}
