import { useEffect, useRef, useState, type PointerEvent } from 'react';
import { formatBytes } from '../../platform/format';
import type { ColourTable } from './drawing/painter';
import type { HeatmapController, HeatmapState } from './heatmap-controller';
import { blocksAt, reveal, settle } from './model/viewport';

const SLICES = 512;

interface Props {
  readonly controller: HeatmapController;
  readonly layer: number;
  readonly state: HeatmapState;
  readonly colours: ColourTable;
  readonly sizeBytes: number;
}

/** The whole disk in one strip, first byte left, with the part that the map shows. Click to go there. */
export function Minimap({ controller, layer, state, colours, sizeBytes }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [cells, setCells] = useState<Uint8Array>();
  const { viewport } = state;
  const { blocks } = viewport;
  const slices = Math.min(SLICES, blocks);
  const blocksPerCell = Math.ceil(blocks / slices);

  useEffect(() => {
    let current = true;
    const view = {
      layout: 'linear',
      blocks,
      blocksPerCell,
      left: 0,
      top: 0,
      columns: Math.ceil(blocks / blocksPerCell),
      rows: 1,
    } as const;
    void controller.worker.ask('draw', { picture: { kind: 'changes', layer }, view }).then((bytes) => {
      if (current) setCells(bytes);
    });
    return () => {
      current = false;
    };
  }, [controller, layer, blocks, blocksPerCell]);

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || cells === undefined) return;
    const image = context.createImageData(cells.length / 2, 1);
    for (let cell = 0; cell < cells.length / 2; cell++) {
      const colour = (cells[cell * 2 + 1] * 256 + cells[cell * 2]) * 4;
      image.data.set(colours.rgba.subarray(colour, colour + 4), cell * 4);
    }
    context.putImageData(image, 0, 0);
  }, [cells, colours]);

  const first = blocksAt(viewport, 1, 1)?.first ?? 0;
  const last = blocksAt(viewport, viewport.width - 1, viewport.height - 1)?.end ?? blocks;
  const goTo = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const block = Math.min(
      blocks - 1,
      Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * blocks)),
    );
    const shown = reveal(settle({ ...viewport, x: 0, y: 0 }), block);
    controller.update({ cursor: block, viewport: shown });
  };
  const showsPart = viewport.layout === 'linear' && (first > 0 || last < blocks);
  return (
    <div className="heatmap-minimap">
      <span>0</span>
      <div className="heatmap-strip" onPointerDown={goTo}>
        <canvas ref={canvas} width={Math.ceil(blocks / blocksPerCell)} height={1} aria-hidden="true" />
        {showsPart && (
          <span
            className="heatmap-strip-window"
            style={{ left: `${(first / blocks) * 100}%`, width: `${((last - first) / blocks) * 100}%` }}
          />
        )}
      </div>
      <span>{formatBytes(sizeBytes)}</span>
    </div>
  );
}
