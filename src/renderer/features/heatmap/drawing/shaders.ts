/** One triangle that covers the canvas. */
export const vertexShader = `#version 300 es
void main() {
  vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  gl_Position = vec4(corner, 0.0, 1.0);
}`;

/** Finds the cell of each pixel, and its colour in the table. */
export const fragmentShader = `#version 300 es
precision highp float;
precision highp int;
uniform highp usampler2D cells;
uniform sampler2D colours;
uniform ivec2 mapSize;    // cells in the texture
uniform ivec2 offset;     // of the first cell, in pixels from the top left
uniform ivec2 cellSize;
uniform int gap;
uniform int inset;        // where the hole of a hollow cell begins
uniform int hollowRows;
uniform int canvasHeight;
uniform vec3 ground;
out vec4 colour;
void main() {
  ivec2 pixel = ivec2(int(gl_FragCoord.x), canvasHeight - 1 - int(gl_FragCoord.y)) - offset;
  ivec2 cell = pixel / cellSize;
  ivec2 inside = pixel - cell * cellSize;
  ivec2 size = cellSize - gap;
  colour = vec4(ground, 1.0);
  if (any(lessThan(pixel, ivec2(0))) || any(greaterThanEqual(cell, mapSize))) return;
  if (any(greaterThanEqual(inside, size))) return;
  uvec4 texel = texelFetch(cells, cell, 0);
  if (texel.r == 255u && texel.g == 0u) return;
  bool hollow = texel.r > 0u && ((hollowRows >> int(texel.g)) & 1) == 1;
  bool hole = all(greaterThanEqual(inside, ivec2(inset))) && all(lessThan(inside, size - inset));
  ivec2 entry = hollow && hole ? ivec2(0) : ivec2(int(texel.r), int(texel.g));
  colour = texelFetch(colours, entry, 0);
}`;
