import { fragmentShader, vertexShader } from './shaders';
import { gapOf, holeInset, type Cells, type ColourTable, type Painter } from './painter';

const UNIFORMS = [
  'cells',
  'colours',
  'mapSize',
  'offset',
  'cellSize',
  'gap',
  'inset',
  'hollowRows',
  'canvasHeight',
  'ground',
] as const;

/**
 * One texture of cells, one of colours, one triangle. Returns undefined where WebGL2 is not to be had, or, unless
 * `evenInSoftware`, where it is only emulated: reading its pictures back costs more than drawing them without it.
 */
export function createWebglPainter(canvas: HTMLCanvasElement, evenInSoftware: boolean): Painter | undefined {
  const gl = canvas.getContext('webgl2', {
    alpha: false,
    antialias: false,
    depth: false,
    failIfMajorPerformanceCaveat: !evenInSoftware,
    // The picture is read back when it is saved.
    preserveDrawingBuffer: true,
  });
  if (gl === null) return undefined;
  const program = link(gl);
  if (program === undefined) return undefined;
  const place = Object.fromEntries(
    UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)]),
  ) as Record<(typeof UNIFORMS)[number], WebGLUniformLocation | null>;
  createTexture(gl, 0);
  createTexture(gl, 1);
  gl.bindVertexArray(gl.createVertexArray());
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
    setColours({ rgba, rows, ground, hollowRows }: ColourTable) {
      gl.activeTexture(gl.TEXTURE1);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, rows, 0, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
      gl.uniform3f(place.ground, ground[0] / 255, ground[1] / 255, ground[2] / 255);
      gl.uniform1i(place.hollowRows, hollowRows);
    },
    paint({ window, bytes }: Cells) {
      const { view, cellWidth, cellHeight, offsetX, offsetY } = window;
      const { columns, rows } = view;
      gl.activeTexture(gl.TEXTURE0);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG8UI, columns, rows, 0, gl.RG_INTEGER, gl.UNSIGNED_BYTE, bytes);
      gl.uniform2i(place.mapSize, columns, rows);
      gl.uniform2i(place.offset, offsetX, offsetY);
      gl.uniform2i(place.cellSize, cellWidth, cellHeight);
      gl.uniform1i(place.gap, gapOf(cellHeight));
      gl.uniform1i(place.inset, holeInset(cellHeight));
      gl.uniform1i(place.canvasHeight, canvas.height);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    },
    dispose() {
      // A window has few contexts; one that is not given back is taken from another map.
      gl.getExtension('WEBGL_lose_context')?.loseContext();
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

function createTexture(gl: WebGL2RenderingContext, unit: number): void {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
    gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
  for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T])
    gl.texParameteri(gl.TEXTURE_2D, wrap, gl.CLAMP_TO_EDGE);
}
