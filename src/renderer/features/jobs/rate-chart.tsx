import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatDuration, formatRate } from '../../platform/format';
import type { RateSample } from '../../stores/jobs';
import { useServices } from '../../workbench/use-services';

const HEIGHT = 140;
/** Steps of the axes: whole times, and rates that are round in binary units. */
const SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
const RATES = Array.from({ length: 28 }, (_, power) => 1024 * 2 ** power);

const dataOf = (samples: readonly RateSample[]): uPlot.AlignedData => [
  samples.map(({ at }) => at),
  samples.map(({ read }) => read),
  samples.map(({ written }) => written),
];

/** Marks and labels count from the first sample. */
const startOf = (plot: uPlot): number => plot.data[0][0] ?? 0;
const marks = (plot: uPlot, _axis: number, _min: number, max: number, step: number): number[] => {
  const start = startOf(plot);
  return Array.from({ length: Math.floor((max - start) / step) + 1 }, (_, index) => start + index * step);
};
const sinceStart = (plot: uPlot, values: number[]): string[] =>
  values.map((value) => {
    const seconds = Math.round(value - startOf(plot));
    return seconds === 0 ? '0 s' : formatDuration(seconds);
  });

/** How fast a job read and wrote while the window watched. The numbers beside it say the same. */
export function RateChart({ jobId }: { jobId: string }) {
  const { jobs, theme } = useServices();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  // The list is appended to in place: its length tells that it grew.
  const length = useStore(jobs, ({ samples }) => samples.get(jobId)?.length ?? 0);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const build = (): void => {
      plot.current?.destroy();
      const axis = {
        stroke: theme.color('chart-axis'),
        grid: { stroke: theme.color('chart-grid'), width: 1 },
        ticks: { show: false },
      };
      plot.current = new uPlot(
        {
          width: element.clientWidth,
          height: HEIGHT,
          legend: { show: false },
          padding: [8, 24, 0, 0],
          cursor: { show: false },
          scales: { y: { range: (_, __, max) => [0, Math.max(max * 1.1, 1024)] } },
          axes: [
            { ...axis, space: 90, size: 30, incrs: SECONDS, splits: marks, values: sinceStart },
            { ...axis, size: 84, space: 24, incrs: RATES, values: (_, values) => values.map(formatRate) },
          ],
          series: [
            {},
            { label: 'Read', stroke: theme.color('chart-read'), width: 1.5, points: { show: false } },
            {
              label: 'Written',
              stroke: theme.color('chart-written'),
              width: 1.5,
              dash: [5, 3],
              points: { show: false },
            },
          ],
        },
        dataOf(jobs.getState().samples.get(jobId) ?? []),
        element,
      );
    };
    build();
    const onTheme = theme.onDidChange(build);
    const observer = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      onTheme.dispose();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [jobId, jobs, theme]);

  useEffect(() => {
    plot.current?.setData(dataOf(jobs.getState().samples.get(jobId) ?? []));
  }, [length, jobId, jobs]);

  return (
    <figure className="ds-chart" hidden={length < 2}>
      <figcaption>
        <span className="ds-swatch ds-swatch-read" /> Read
        <span className="ds-swatch ds-swatch-written" /> Written
      </figcaption>
      <div ref={box} aria-hidden="true" />
    </figure>
  );
}
