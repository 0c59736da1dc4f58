import { GAP_FROM, type Cells, type ColourTable, type Painter } from './painter';

const vertexShader = `#version 300 es
void main() {
  // one triangle that covers the canvas
  vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  gl_Position = vec4(corner, 0.0, 1.0);
}`;

const fragmentShader = `#version 300 es
precision highp float;
precision highp int;
uniform highp usampler2D cells;
uniform sampler2D colours;
uniform ivec2 mapSize;    // cells in the texture
uniform ivec2 offset;     // of the first cell, in pixels from the top left
uniform int cellSize;
uniform int gap;
uniform int canvasHeight;
uniform vec3 ground;
out vec4 colour;
void main() {
  ivec2 pixel = ivec2(int(gl_FragCoord.x), canvasHeight - 1 - int(gl_FragCoord.y)) - offset;
  ivec2 cell = pixel / cellSize;
  ivec2 inside = pixel - cell * cellSize;
  colour = vec4(ground, 1.0);
  if (any(lessThan(pixel, ivec2(0))) || any(greaterThanEqual(cell, mapSize))) return;
  if (any(greaterThanEqual(inside, ivec2(cellSize - gap)))) return;
  uvec4 texel = texelFetch(cells, cell, 0);
  if (texel.r == 255u && texel.g == 0u) return;
  colour = texelFetch(colours, ivec2(int(texel.r), int(texel.g)), 0);
}`;

/** One texture of cells, one of colours, one triangle. Returns undefined where WebGL2 is not to be had. */
export function createWebglPainter(canvas: HTMLCanvasElement): Painter | undefined {
  const gl = canvas.getContext('webgl2', { alpha: false, antialias: false, preserveDrawingBuffer: true });
  if (gl === null) return undefined;
  const program = link(gl);
  if (program === undefined) return undefined;
  const at = (name: string) => gl.getUniformLocation(program, name);
  const place = {
    cells: at('cells'),
    colours: at('colours'),
    mapSize: at('mapSize'),
    offset: at('offset'),
    cellSize: at('cellSize'),
    gap: at('gap'),
    canvasHeight: at('canvasHeight'),
    ground: at('ground'),
  };
  const cellTexture = texture(gl, 0);
  const colourTexture = texture(gl, 1);
  const vertices = gl.createVertexArray();
  gl.bindVertexArray(vertices);
  gl.useProgram(program);
  gl.uniform1i(place.cells, 0);
  gl.uniform1i(place.colours, 1);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);

  return {
    kind: 'webgl2',
    resize(width, height) {
      canvas.width = width;
      canvas.height = height;
      gl.viewport(0, 0, width, height);
    },
    setColours({ rgba, rows, ground }: ColourTable) {
      gl.activeTexture(gl.TEXTURE1);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, rows, 0, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
      gl.uniform3f(place.ground, ground[0] / 255, ground[1] / 255, ground[2] / 255);
    },
    paint({ window, bytes }: Cells) {
      const { view, cellSize, offsetX, offsetY } = window;
      gl.activeTexture(gl.TEXTURE0);
      gl.texImage2D(
        gl.TEXTURE_2D,
        0,
        gl.RG8UI,
        view.columns,
        view.rows,
        0,
        gl.RG_INTEGER,
        gl.UNSIGNED_BYTE,
        bytes,
      );
      gl.uniform2i(place.mapSize, view.columns, view.rows);
      gl.uniform2i(place.offset, offsetX, offsetY);
      gl.uniform1i(place.cellSize, cellSize);
      gl.uniform1i(place.gap, cellSize >= GAP_FROM ? 1 : 0);
      gl.uniform1i(place.canvasHeight, canvas.height);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    },
    dispose() {
      gl.deleteTexture(cellTexture);
      gl.deleteTexture(colourTexture);
      gl.deleteVertexArray(vertices);
      gl.deleteProgram(program);
    },
  };
}

function link(gl: WebGL2RenderingContext): WebGLProgram | undefined {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertexShader],
    [gl.FRAGMENT_SHADER, fragmentShader],
  ] as const) {
    const shader = gl.createShader(type);
    if (shader === null) return undefined;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) === true ? program : undefined;
}

function texture(gl: WebGL2RenderingContext, unit: number): WebGLTexture {
  const created = gl.createTexture();
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, created);
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
    gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
  for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T])
    gl.texParameteri(gl.TEXTURE_2D, wrap, gl.CLAMP_TO_EDGE);
  return created;
}
