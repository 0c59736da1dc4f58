import { interpolateCividis } from 'd3-scale-chromatic';
import type { CliIo } from '../io';

export type Rgb = readonly [red: number, green: number, blue: number];

/** cividis, readable with every kind of colour vision and in grey. 0 is nothing, 1 everything changed. */
export function heat(share: number): Rgb {
  const [red, green, blue] = interpolateCividis(share).match(/\d+/g)!.map(Number);
  return [red, green, blue];
}

/** The escape sequence that sets foreground and background, or an empty string. */
export function paint(colours: CliIo['colours'], foreground: Rgb, background: Rgb): string {
  if (colours === 'none') return '';
  if (colours === '256') return `\x1b[38;5;${cube(foreground)};48;5;${cube(background)}m`;
  return `\x1b[38;2;${foreground.join(';')};48;2;${background.join(';')}m`;
}

export const RESET = '\x1b[0m';

/** The nearest colour of the 6 × 6 × 6 cube that terminals with 256 colours have. */
const cube = ([red, green, blue]: Rgb): number => {
  const level = (value: number): number => Math.round((value / 255) * 5);
  return 16 + 36 * level(red) + 6 * level(green) + level(blue);
};

const style = (code: string) => (io: Pick<CliIo, 'colours'>, text: string) =>
  io.colours === 'none' ? text : `\x1b[${code}m${text}${RESET}`;

export const bold = style('1');
export const dim = style('2');
