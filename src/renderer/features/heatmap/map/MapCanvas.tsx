import {
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
  type RefObject,
} from 'react';
import type { ColourTable } from '../drawing/painter';
import type { HeatmapController } from '../heatmap-controller';
import { between } from '../model/navigation';
import type { NestedRegion } from '../model/regions';
import { blocksAt, panBy, usedHeight, zoomAt, type Viewport } from '../model/viewport';
import { useMapState } from '../use-map-state';
import { MapOverlay } from './MapOverlay';

interface Props {
  readonly controller: HeatmapController;
  readonly colours: ColourTable;
  readonly label: string;
  /** Layer in which `n` and `p` look for changes. */
  readonly seekLayer: number;
  /** Outlined on the map. */
  readonly regions: readonly NestedRegion[];
}

type Drag =
  | { readonly kind: 'pan'; readonly x: number; readonly y: number }
  | { readonly kind: 'brush'; readonly anchor: number };

/** Pixels of a wheel that is turned by lines. Source: UI Events, `deltaMode`. */
const LINE = 16;

/** The map itself: wheel zooms, drag brushes a range, drag with the middle button, Space or Alt pans, arrows move a cursor. */
export function MapCanvas({ controller, colours, label, seekLayer, regions }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const room = useRef<HTMLDivElement>(null);
  const height = useHeight(controller, room);
  const canvas = useRef<HTMLCanvasElement>(null);
  const drag = useRef<Drag | undefined>(undefined);
  const [grabbing, setGrabbing] = useState(false);
  const canvases = useMapState(controller, (state) => state.canvases);

  useLayoutEffect(() => {
    if (canvas.current) controller.attach(canvas.current, colours);
    // Colours that change later are set by the effect below; attaching again would lose the picture.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [controller, canvases]);
  useEffect(() => controller.setColours(colours), [controller, colours]);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    // React listens to the wheel passively, which would scroll the page as well.
    const onWheel = (event: WheelEvent) => wheel(controller, event, place(element, controller, event));
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [controller]);

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    const { viewport } = controller.snapshot();
    const [x, y] = place(event.currentTarget, controller, event);
    const range = blocksAt(viewport, x, y);
    event.currentTarget.setPointerCapture(event.pointerId);
    if (event.button === 1 || (event.button === 0 && (event.altKey || grabbing))) {
      event.preventDefault();
      drag.current = { kind: 'pan', x, y };
    } else if (event.button === 0 && range !== undefined) {
      const from = event.shiftKey ? (controller.snapshot().cursor ?? range.first) : range.first;
      drag.current = { kind: 'brush', anchor: from };
      const selection = event.shiftKey ? between(viewport, from, range.first) : undefined;
      controller.update({ cursor: from, anchor: undefined, selection });
    }
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const { viewport, selection, hovered } = controller.snapshot();
    const [x, y] = place(event.currentTarget, controller, event);
    const range = blocksAt(viewport, x, y);
    if (range?.first !== hovered) controller.update({ hovered: range?.first });
    const current = drag.current;
    if (current?.kind === 'pan') {
      drag.current = { kind: 'pan', x, y };
      controller.update({ viewport: panBy(viewport, current.x - x, current.y - y) });
    } else if (current?.kind === 'brush' && range !== undefined) {
      if (selection !== undefined || range.first !== current.anchor)
        controller.update({ selection: between(viewport, current.anchor, range.first) });
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === ' ') {
      event.preventDefault();
      setGrabbing(true);
      return;
    }
    if (!controller.press(event.key, event.shiftKey, seekLayer)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      ref={frame}
      className="heatmap-map"
      style={{ height }}
      role="application"
      aria-roledescription="block map"
      aria-label={label}
      tabIndex={0}
      data-grab={grabbing || undefined}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => (drag.current = undefined)}
      onLostPointerCapture={() => (drag.current = undefined)}
      onPointerLeave={() => controller.update({ hovered: undefined })}
      onKeyDown={onKeyDown}
      onKeyUp={(event) => event.key === ' ' && setGrabbing(false)}
      onBlur={() => setGrabbing(false)}
    >
      <div ref={room} className="heatmap-room" />
      <canvas key={canvases} ref={canvas} aria-hidden="true" />
      <MapOverlay controller={controller} regions={regions} />
    </div>
  );
}

/** A point of the pointer in pixels of the map. */
function place(
  element: Element,
  controller: HeatmapController,
  { clientX, clientY }: { clientX: number; clientY: number },
): [number, number] {
  const box = element.getBoundingClientRect();
  const { density } = controller.snapshot().viewport;
  return [
    (clientX - box.left - element.clientLeft) * density,
    (clientY - box.top - element.clientTop) * density,
  ];
}

function wheel(controller: HeatmapController, event: WheelEvent, [x, y]: [number, number]): void {
  const { viewport } = controller.snapshot();
  const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1;
  const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
  const { density } = viewport;
  // Some systems turn the axis themselves while Shift is held.
  const turned = dy === 0 ? dx : dy;
  const moved =
    event.shiftKey || Math.abs(dx) > Math.abs(dy)
      ? event.shiftKey
        ? panBy(viewport, 0, turned * density)
        : panBy(viewport, dx * density, dy * density)
      : zoomAt(viewport, Math.exp(-Math.max(-200, Math.min(200, dy)) / 200), x, y);
  // What the map has no use for scrolls the page.
  if (
    moved === viewport ||
    (moved.scale === viewport.scale && moved.x === viewport.x && moved.y === viewport.y)
  )
    return;
  event.preventDefault();
  controller.update({ viewport: moved });
}

type Size = Pick<Viewport, 'width' | 'height' | 'density'>;

/** Height of the map in CSS pixels: what the whole disk takes of the room there is, whatever part of it is shown. */
function useHeight(controller: HeatmapController, room: RefObject<HTMLElement | null>): number | undefined {
  const [size, setSize] = useState<Size>();
  const layout = useMapState(controller, ({ viewport }) => viewport.layout);
  const blocks = useMapState(controller, ({ viewport }) => viewport.blocks);
  useLayoutEffect(() => (room.current === null ? undefined : followSize(room.current, setSize)), [room]);
  const used = useMemo(
    () => size && { ...size, height: usedHeight({ ...size, layout, blocks, scale: 1, x: 0, y: 0 }) },
    [size, layout, blocks],
  );
  useLayoutEffect(() => {
    if (used !== undefined) controller.resize(used.width, used.height, used.density);
  }, [controller, used]);
  return used && used.height / used.density;
}

/** Tells the size of an element's inside in device pixels, also when the window moves to a denser screen. */
function followSize(element: Element, tell: (size: Size) => void): () => void {
  const measure = () => {
    const density = window.devicePixelRatio;
    tell({
      width: Math.max(1, Math.round(element.clientWidth * density)),
      height: Math.max(1, Math.round(element.clientHeight * density)),
      density,
    });
  };
  const observer = new ResizeObserver(measure);
  observer.observe(element);
  let media: MediaQueryList | undefined;
  const watchDensity = () => {
    media?.removeEventListener('change', watchDensity);
    media = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    media.addEventListener('change', watchDensity);
    measure();
  };
  watchDensity();
  return () => {
    observer.disconnect();
    media?.removeEventListener('change', watchDensity);
  };
}
