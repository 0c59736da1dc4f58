import { useEffect, useLayoutEffect, useRef, useState, type PointerEvent } from 'react';
import type { ColourTable } from '../drawing/painter';
import type { HeatmapController } from '../heatmap-controller';
import { blocksAt, panBy, cellRect, showsAll, windowOf, type Viewport } from '../model/viewport';
import type { Scene } from '../scene/scene';
import type { JobTotals } from '../scene/use-job-map';
import { useMapState } from '../use-map-state';

interface Props {
  readonly controller: HeatmapController;
  readonly scene: Scene;
  readonly colours: ColourTable;
  readonly live: boolean;
  /** What a job has done; the strip is drawn again when it is another. */
  readonly totals: JobTotals | undefined;
}

/** The whole disk in one strip, first byte left, with the part that the map shows. Press or drag to go there. */
export function Minimap({ controller, scene, colours, live, totals }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [cells, setCells] = useState<Uint8Array>();
  const { blocks, picture } = scene;
  // Two pixels a slice, so that a single one is seen.
  const slices = Math.max(1, Math.min(Math.floor(width / 2), blocks));
  const blocksPerCell = Math.ceil(blocks / slices);
  const columns = Math.ceil(blocks / blocksPerCell);

  useLayoutEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (width === 0) return undefined;
    let current = true;
    const view = { layout: 'linear', blocks, blocksPerCell, left: 0, top: 0, columns, rows: 1 } as const;
    void controller.worker.ask('draw', { picture, view, live }).then((bytes) => {
      if (current) setCells(bytes);
    });
    return () => {
      current = false;
    };
  }, [controller, picture, blocks, blocksPerCell, columns, width, live, totals]);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || cells === undefined) return;
    element.width = cells.length / 2;
    const image = context.createImageData(cells.length / 2, 1);
    for (let cell = 0; cell < cells.length / 2; cell++) {
      const colour = (cells[cell * 2 + 1] * 256 + cells[cell * 2]) * 4;
      image.data.set(colours.rgba.subarray(colour, colour + 4), cell * 4);
    }
    context.putImageData(image, 0, 0);
  }, [cells, colours]);

  const goTo = (event: PointerEvent<HTMLElement>) => {
    if (event.buttons !== 1) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const box = event.currentTarget.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const block = Math.min(blocks - 1, Math.floor(share * blocks));
    const { viewport } = controller.snapshot();
    controller.update({ viewport: centred(viewport, block) });
  };
  return (
    <div className="heatmap-strip" onPointerDown={goTo} onPointerMove={goTo}>
      <canvas ref={canvas} height={1} aria-hidden="true" />
      <MinimapWindow controller={controller} />
    </div>
  );
}

function MinimapWindow({ controller }: { readonly controller: HeatmapController }) {
  const viewport = useMapState(controller, (state) => state.viewport);
  const { blocks } = viewport;
  if (viewport.layout !== 'linear' || showsAll(viewport)) return null;
  const { view } = windowOf(viewport);
  const first = view.top * view.columns * view.blocksPerCell;
  const end = Math.min(blocks, blocksAt(viewport, 1, viewport.height - 1)?.end ?? blocks);
  return (
    <span
      className="heatmap-strip-window"
      style={{ left: `${(first / blocks) * 100}%`, width: `${((end - first) / blocks) * 100}%` }}
    />
  );
}

/** Brings a block to the middle of the window. */
function centred(viewport: Viewport, block: number): Viewport {
  const { x, y, width, height } = cellRect(viewport, block);
  return panBy(viewport, x + width / 2 - viewport.width / 2, y + height / 2 - viewport.height / 2);
}
