import {
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
  type WheelEvent,
} from 'react';
import type { ColourTable } from './drawing/painter';
import type { HeatmapController, HeatmapState } from './heatmap-controller';
import { keyStep } from './model/navigation';
import { blocksAt, panBy, reveal, zoomAt } from './model/viewport';
import { MapOverlay } from './MapOverlay';

interface Props {
  readonly controller: HeatmapController;
  readonly state: HeatmapState;
  readonly colours: ColourTable;
  readonly label: string;
  /** Layer in which `n` and `p` look for changes. */
  readonly seekLayer: number | undefined;
  /** Block under the pointer. */
  readonly onHover: (block: number | undefined) => void;
}

type Drag =
  | { readonly kind: 'pan'; readonly x: number; readonly y: number }
  | { readonly kind: 'brush'; readonly anchor: number };

/** The map itself: wheel zooms, drag brushes a range, drag with the middle button or Alt pans, arrows move a cursor. */
export function MapCanvas({ controller, state, colours, label, seekLayer, onHover }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const drag = useRef<Drag | undefined>(undefined);
  const [ratio, setRatio] = useState(() => window.devicePixelRatio);

  useLayoutEffect(() => {
    if (canvas.current) controller.attach(canvas.current, colours);
    // Colours that change later are set by the effect below; attaching again would lose the picture.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [controller]);
  useEffect(() => controller.setColours(colours), [controller, colours]);
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const measure = () => {
      const density = window.devicePixelRatio;
      setRatio(density);
      controller.resize(
        Math.max(1, Math.round(element.clientWidth * density)),
        Math.max(1, Math.round(element.clientHeight * density)),
      );
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [controller]);

  const place = (event: { clientX: number; clientY: number }): [number, number] => {
    const box = frame.current?.getBoundingClientRect();
    return [(event.clientX - (box?.left ?? 0)) * ratio, (event.clientY - (box?.top ?? 0)) * ratio];
  };

  const onPointerDown = (event: PointerEvent) => {
    const [x, y] = place(event);
    const range = blocksAt(state.viewport, x, y);
    event.currentTarget.setPointerCapture(event.pointerId);
    if (event.button === 1 || event.altKey) drag.current = { kind: 'pan', x, y };
    else if (event.button === 0 && range !== undefined) {
      drag.current = { kind: 'brush', anchor: range.first };
      controller.update({ cursor: range.first, selection: undefined });
    }
  };
  const onPointerMove = (event: PointerEvent) => {
    const [x, y] = place(event);
    const range = blocksAt(state.viewport, x, y);
    onHover(range?.first);
    const current = drag.current;
    if (current?.kind === 'pan') {
      drag.current = { kind: 'pan', x, y };
      controller.update({ viewport: panBy(state.viewport, current.x - x, current.y - y) });
    } else if (current?.kind === 'brush' && range !== undefined) {
      const cell = range.end - range.first;
      const [first, end] =
        range.first < current.anchor ? [range.first, current.anchor + cell] : [current.anchor, range.end];
      if (range.first !== current.anchor || state.selection)
        controller.update({ selection: { first, end: Math.min(end, state.viewport.blocks) } });
    }
  };
  const onWheel = (event: WheelEvent) => {
    if (event.shiftKey)
      controller.update({ viewport: panBy(state.viewport, event.deltaX * ratio, event.deltaY * ratio) });
    else
      controller.update({
        viewport: zoomAt(state.viewport, event.deltaY < 0 ? 1.5 : 1 / 1.5, ...place(event)),
      });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = keyStep(state, event.key, event.shiftKey);
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (step.kind === 'position') controller.update(step.position);
    else if (seekLayer !== undefined) {
      const block = state.cursor ?? (step.direction === 'next' ? -1 : state.viewport.blocks);
      void controller.worker
        .ask('seek', { layer: seekLayer, block, direction: step.direction })
        .then((found) => {
          if (found !== null) controller.update({ cursor: found, viewport: reveal(state.viewport, found) });
        });
    }
  };

  return (
    <div
      ref={frame}
      className="heatmap-map"
      role="application"
      aria-roledescription="block map"
      aria-label={label}
      tabIndex={0}
      data-painter={controller.painterKind}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => (drag.current = undefined)}
      onPointerLeave={() => onHover(undefined)}
      onWheel={onWheel}
      onKeyDown={onKeyDown}
    >
      <canvas ref={canvas} aria-hidden="true" />
      <MapOverlay state={state} ratio={ratio} />
    </div>
  );
}
