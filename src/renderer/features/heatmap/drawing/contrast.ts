/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Least contrast of graphics that carry meaning. Source: WCAG 2.2, success criterion 1.4.11. */
const LEAST = 3;

/** Source: WCAG 2.2, "relative luminance". */
function luminance([red, green, blue]: Rgb): number {
  const linear = (channel: number) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** Source: WCAG 2.2, "contrast ratio". */
export function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

export const mix = (from: Rgb, to: Rgb, share: number): Rgb => [
  Math.round(from[0] + (to[0] - from[0]) * share),
  Math.round(from[1] + (to[1] - from[1]) * share),
  Math.round(from[2] + (to[2] - from[2]) * share),
];

/** The colour, moved away from the ground as far as it needs to be seen on it. */
export function standingOut(colour: Rgb, ground: Rgb): Rgb {
  const away: Rgb = luminance(ground) < 0.18 ? [255, 255, 255] : [0, 0, 0];
  let share = 0;
  let moved = colour;
  while (contrast(moved, ground) < LEAST && share < 1) {
    share += 0.04;
    moved = mix(colour, away, Math.min(1, share));
  }
  return moved;
}
