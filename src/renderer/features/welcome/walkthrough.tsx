import { useStore } from 'zustand';
import type { Services } from '../../workbench/services';
import { isActive } from '../../stores/jobs';
import { Icon } from '../../ui/icon';
import { Section } from '../../ui/section';
import { CommandButton } from '../../workbench/command-button';
import { useServices } from '../../workbench/use-services';

interface Step {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly command?: string;
  /** Whether the step has been taken, told from the state of the window. */
  readonly useDone: (services: Services) => boolean;
}

const STEPS: readonly Step[] = [
  {
    id: 'open',
    title: 'Open the demo pool',
    text: 'A pool with hosts, storage and VMs that lives inside Deltascope. It speaks the same protocols as a real one, and nothing you do there touches anything else.',
    command: 'pool.openDemo',
    useDone: ({ pools }) =>
      useStore(pools, (state) => state.pools.some(({ isDemo, state: now }) => isDemo && now === 'connected')),
  },
  {
    id: 'disk',
    title: 'Look at a disk',
    text: 'Choose a disk in the Pools view. The CBT badge says whether the pool tracks its changed blocks; if not, one button turns it on.',
    command: 'quick.goTo',
    useDone: ({ selection }) => useStore(selection, ({ object }) => object?.kind === 'disk'),
  },
  {
    id: 'change',
    title: 'Let the guest write, take a snapshot',
    text: 'Two snapshots make an interval: the timeline shows them, the heatmap shows what lies between.',
    command: 'snapshot.create',
    useDone: ({ changedBlocks }) =>
      useStore(changedBlocks, ({ intervals }) =>
        [...intervals.values()].some(({ state }) => state === 'known'),
      ),
  },
  {
    id: 'export',
    title: 'Export the disk',
    text: 'The plan says what will be read, why and how much, before anything is read. The second export takes the changed blocks only.',
    command: 'export.new',
    useDone: ({ jobs }) =>
      useStore(jobs, ({ jobs: all }) =>
        [...all.values()].some((job) => isActive(job) || job.state === 'done'),
      ),
  },
];

/** Four steps on the demo pool; each ticks itself off. */
export function Walkthrough() {
  return (
    <Section title="First steps on the demo pool">
      <ol className="ds-walkthrough">
        {STEPS.map((step, index) => (
          <WalkthroughStep key={step.id} step={step} number={index + 1} />
        ))}
      </ol>
    </Section>
  );
}

function WalkthroughStep({ step, number }: { step: Step; number: number }) {
  const { useDone, title, text, command } = step;
  const done = useDone(useServices());
  return (
    <li className={done ? 'is-done' : ''}>
      <span className="ds-walkthrough-mark">
        {done ? <Icon name="check" label="done" /> : <span aria-hidden="true">{number}</span>}
      </span>
      <div>
        <h3>{title}</h3>
        <p className="ds-muted">{text}</p>
        {command !== undefined && !done && <CommandButton command={command} />}
      </div>
    </li>
  );
}
