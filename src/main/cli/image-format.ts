import type { ImageFormat } from '../engine/image/types';

/** The format that the name of a new file asks for; a name that says nothing means raw. */
export function formatOf(file: string): ImageFormat {
  const ending = /\.(vhd|qcow2|raw)$/i.exec(file)?.[1];
  return (ending?.toLowerCase() ?? 'raw') as ImageFormat;
}
