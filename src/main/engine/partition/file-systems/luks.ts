import type { Identified } from '../identified';
import { plainText } from '../text';

/** Source: LUKS On-Disk Format Specification, versions 1.1 and 2. */
export function identifyLuks(head: Buffer): Identified | undefined {
  if (head.toString('latin1', 0, 6) !== 'LUKS\u00ba\u00be') return undefined;
  const version = head.readUInt16BE(6);
  return {
    fileSystem: `LUKS${version}`,
    label: version === 2 ? plainText(head.toString('utf8', 24, 72)) : undefined,
    uuid: plainText(head.toString('latin1', 168, 208)),
    note: 'encrypted',
  };
}
