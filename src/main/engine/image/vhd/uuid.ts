/** Sixteen bytes as lower-case text with dashes, in the order in which they stand. */
export function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** @throws RangeError when `text` is no uuid. */
export function uuidBytes(text: string): Buffer {
  const hex = text.replaceAll('-', '');
  if (!/^[0-9a-fA-F]{32}$/.test(hex)) throw new RangeError(`not a uuid: ${text}`);
  return Buffer.from(hex, 'hex');
}

export const NO_UUID = '00000000-0000-0000-0000-000000000000';
