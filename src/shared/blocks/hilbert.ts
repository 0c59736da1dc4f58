/**
 * The Hilbert curve of a 2^order × 2^order grid: position along the curve and place on the grid. The first step is
 * the same for every order, so the parent of position d in the grid of half the width is d >> 2.
 * Positions are plain numbers, exact up to order 26. Source: public description of the curve's quadrant recursion.
 */
export function hilbertPosition(order: number, x: number, y: number): number {
  let position = 0;
  let [px, py] = [x, y];
  for (let side = 2 ** (order - 1); side >= 1; side /= 2) {
    const right = (px & side) !== 0 ? 1 : 0;
    const down = (py & side) !== 0 ? 1 : 0;
    position = position * 4 + ((3 * right) ^ down);
    if (down === 0) {
      if (right === 1) [px, py] = [side - 1 - (px & (side - 1)), side - 1 - (py & (side - 1))];
      [px, py] = [py, px];
    }
  }
  return position;
}

/** The inverse: place of a position on the curve. */
export function hilbertPlace(order: number, position: number): { x: number; y: number } {
  let [x, y] = [0, 0];
  let rest = position;
  for (let side = 1; side < 2 ** order; side *= 2) {
    const right = Math.floor(rest / 2) & 1;
    const down = (rest ^ right) & 1;
    if (down === 0) {
      if (right === 1) [x, y] = [side - 1 - x, side - 1 - y];
      [x, y] = [y, x];
    }
    x += side * right;
    y += side * down;
    rest = Math.floor(rest / 4);
  }
  return { x, y };
}

/** The smallest order whose grid holds `cells` cells. */
export function hilbertOrder(cells: number): number {
  let order = 0;
  while (4 ** order < cells) order++;
  return order;
}
