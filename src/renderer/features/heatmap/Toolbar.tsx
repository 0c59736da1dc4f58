import { useRef, type KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import { CommandIcon } from '../../workbench/command-button';
import { useServices } from '../../workbench/use-services';
import { IconButton } from '../../ui/icon-button';
import type { HeatmapController } from './heatmap-controller';
import { MODES, type MapOptionsStore, type Mode } from './map-options';
import { useMapState } from './use-map-state';

const MODE_TITLES: Record<Mode, string> = {
  changes: 'Changes',
  compare: 'Compare',
  churn: 'Churn',
  playback: 'Playback',
};
const LAYOUTS = { linear: 'Rows', hilbert: 'Hilbert' } as const;

interface Props {
  readonly controller: HeatmapController;
  readonly options: MapOptionsStore;
  /** Without: there is only one interval, or none. */
  readonly modes: boolean;
  readonly hasRegions: boolean;
  readonly hasJob: boolean;
}

/** Buttons over the map. */
export function Toolbar({ controller, options, modes, hasRegions, hasJob }: Props) {
  const { commands } = useServices();
  const { mode, boost, outlines, job } = useStore(options);
  const run = (name: string): void => void commands.run(`heatmap.${name}`);
  const layout = useMapState(controller, ({ viewport }) => viewport.layout);
  return (
    <div className="heatmap-toolbar">
      {modes && (
        <Switch
          label="What the map shows"
          values={MODES}
          titles={MODE_TITLES}
          value={mode}
          onChange={(next) => run(next)}
        />
      )}
      <div className="heatmap-tools">
        <Switch
          label="Layout"
          values={['linear', 'hilbert'] as const}
          titles={LAYOUTS}
          value={layout}
          onChange={(next) => run(next === 'linear' ? 'rows' : 'hilbert')}
        />
        <span className="heatmap-group">
          <CommandIcon command="heatmap.zoomOut" />
          <CommandIcon command="heatmap.zoomIn" />
          <CommandIcon command="heatmap.fit" />
        </span>
        <span className="heatmap-group">
          <CommandIcon command="heatmap.previousChange" />
          <CommandIcon command="heatmap.nextChange" />
        </span>
        <span className="heatmap-group">
          <IconButton
            icon="lightbulb"
            label="Show every change in the strongest colour"
            pressed={boost}
            data-command="heatmap.boost"
            onClick={() => run('boost')}
          />
          {hasRegions && (
            <IconButton
              icon="list-tree"
              label="Outline partitions on the map"
              pressed={outlines}
              data-command="heatmap.outlines"
              onClick={() => run('outlines')}
            />
          )}
          {hasJob && (
            <IconButton
              icon="pulse"
              label="Show what the export does"
              pressed={job}
              data-command="heatmap.job"
              onClick={() => run('job')}
            />
          )}
        </span>
        <span className="heatmap-group">
          <CommandIcon command="heatmap.savePng" />
          <CommandIcon command="heatmap.saveCsv" />
          <CommandIcon command="heatmap.saveJson" />
        </span>
      </div>
    </div>
  );
}

/** One of a few, side by side. Arrow keys choose the next one. */
export function Switch<T extends string>({
  label,
  values,
  titles,
  value,
  onChange,
}: {
  label: string;
  values: readonly T[];
  titles: Readonly<Record<T, string>>;
  value: T;
  onChange: (value: T) => void;
}) {
  const group = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const by =
      event.key === 'ArrowRight' || event.key === 'ArrowDown'
        ? 1
        : event.key === 'ArrowLeft' || event.key === 'ArrowUp'
          ? -1
          : 0;
    if (by === 0) return;
    const next = (values.indexOf(value) + by + values.length) % values.length;
    onChange(values[next]);
    group.current?.querySelectorAll<HTMLElement>('button')[next]?.focus();
    event.preventDefault();
  };
  return (
    <div ref={group} className="heatmap-switch" role="radiogroup" aria-label={label} onKeyDown={onKeyDown}>
      {values.map((option) => (
        <button
          key={option}
          type="button"
          role="radio"
          aria-checked={option === value}
          tabIndex={option === value ? 0 : -1}
          onClick={() => onChange(option)}
        >
          {titles[option]}
        </button>
      ))}
    </div>
  );
}
