import { useId, type ReactNode } from 'react';
import { useStore } from 'zustand';
import { formatDateTime, plural } from '../../platform/format';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { IconButton } from '../../ui/icon-button';
import { useServices } from '../../workbench/use-services';
import type { TrueDifference } from '../../workbench/use-true-difference';
import { DifferenceControls } from './DifferenceControls';
import { COMPARE_TITLES, COMPARE_VIEWS, speedTitle, SPEEDS, type MapOptionsStore } from './map-options';
import { churnChoices, intervalName, type MapIntervals } from './model/intervals';
import { useReducedMotion } from './scene/use-playback';
import { comparedInterval, frameIndex, type SceneState } from './scene/use-scene';
import { Switch } from './Toolbar';

interface Props {
  readonly options: MapOptionsStore;
  readonly intervals: MapIntervals;
  readonly scene: SceneState;
  readonly difference: TrueDifference | undefined;
}

/** What can be chosen in the mode that is on. */
export function ModeControls(props: Props) {
  const mode = useStore(props.options, (state) => state.mode);
  if (mode === 'changes') {
    const { options, difference } = props;
    return difference && <DifferenceControls options={options} difference={difference} />;
  }
  return (
    <div className="heatmap-controls">
      {mode === 'compare' && <CompareControls {...props} />}
      {mode === 'churn' && <ChurnControls {...props} />}
      {mode === 'playback' && <PlaybackControls {...props} />}
      <Progress scene={props.scene} />
    </div>
  );
}

function Progress({ scene }: { scene: SceneState }) {
  if (scene.state === 'ready') return null;
  if (scene.state === 'loading') {
    return (
      <span className="heatmap-progress" role="status">
        <Icon name="loading" spin /> Asking the pool for {plural(scene.missing, 'interval')}…
      </span>
    );
  }
  const { message, nextStep } = scene.failure;
  return (
    <span className="heatmap-progress heatmap-failed" role="alert">
      <Icon name="error" /> {message} {nextStep}
      <Button kind="link" onClick={scene.retry}>
        Ask again
      </Button>
    </span>
  );
}

function CompareControls({ options, intervals: { all, current } }: Props) {
  const { commands } = useServices();
  const { compareWith, compareView } = useStore(options);
  const other = comparedInterval(compareWith, all, current);
  const others = all.filter(({ key }) => key !== current.key);
  return (
    <>
      <span className="heatmap-side" data-side="a">
        <b>A</b> {intervalName(current)}
      </span>
      <Choice
        label="B"
        side="b"
        value={other?.key ?? ''}
        options={others.map((interval) => ({ value: interval.key, label: intervalName(interval) }))}
        onChange={(key) => void commands.run('heatmap.compareWith', key)}
      />
      <Switch
        label="Blocks to show"
        values={COMPARE_VIEWS}
        titles={COMPARE_TITLES}
        value={compareView}
        onChange={(view) => void commands.run('heatmap.compareView', view)}
      />
    </>
  );
}

function ChurnControls({ options, intervals: { all, most } }: Props) {
  const { commands } = useServices();
  const { churnOver } = useStore(options);
  return (
    <>
      <Choice
        label="Over the last"
        value={String(Math.min(churnOver, most))}
        options={churnChoices(most, churnOver).map((count) => ({
          value: String(count),
          label: plural(count, 'interval'),
        }))}
        onChange={(count) => void commands.run('heatmap.churnOver', Number(count))}
      />
      {most < all.length && (
        <span className="ds-muted">At most {most} intervals of a disk this large fit into memory.</span>
      )}
    </>
  );
}

function PlaybackControls({ options, intervals: { all }, scene }: Props) {
  const { commands } = useServices();
  const { frame, playing, speed } = useStore(options);
  const reduced = useReducedMotion();
  const current = frameIndex(frame, all);
  const last = all.length - 1;
  const shown = all[current];
  const run = (name: string, argument?: number): void => void commands.run(`heatmap.${name}`, argument);
  return (
    <>
      <span className="heatmap-group">
        <IconButton
          icon="chevron-left"
          label="Previous interval"
          disabled={current === 0}
          onClick={() => run('previousInterval')}
        />
        {!reduced && (
          <IconButton
            icon={playing ? 'debug-pause' : 'play'}
            label={playing ? 'Pause' : 'Play'}
            onClick={() => run('togglePlayback')}
          />
        )}
        <IconButton
          icon="chevron-right"
          label="Next interval"
          disabled={current === last}
          onClick={() => run('nextInterval')}
        />
      </span>
      <input
        type="range"
        className="heatmap-scrubber"
        aria-label="Interval"
        aria-valuetext={intervalName(shown)}
        min={0}
        max={last}
        value={current}
        onChange={(event) => run('goToInterval', Number(event.target.value))}
      />
      <span className="heatmap-frame" data-state={scene.state}>
        {current + 1} of {all.length} · {intervalName(shown)} · {formatDateTime(shown.takenAt)}
      </span>
      {!reduced && (
        <Choice
          label="Speed"
          value={String(speed)}
          options={SPEEDS.map((value) => ({ value: String(value), label: speedTitle(value) }))}
          onChange={(value) => run('playbackSpeed', Number(value))}
        />
      )}
      <Button kind="link" onClick={() => run('examineInterval')}>
        Examine this interval
      </Button>
    </>
  );
}

function Choice({
  label,
  side,
  value,
  options,
  onChange,
}: {
  label: ReactNode;
  side?: 'b';
  value: string;
  options: readonly { readonly value: string; readonly label: string }[];
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <span className="heatmap-choice" data-side={side}>
      <label htmlFor={id}>{side === undefined ? label : <b>{label}</b>}</label>
      <span className="ds-select">
        <select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
        <Icon name="chevron-down" />
      </span>
    </span>
  );
}
