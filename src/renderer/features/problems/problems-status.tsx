import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import { plural } from '../../platform/format';
import { StatusEntry } from '../../workbench/parts/status-bar';
import { useServices } from '../../workbench/use-services';

const useCounts = () =>
  useStore(
    useServices().problems,
    useShallow(({ byPool }) => {
      const findings = [...byPool.values()].flatMap((entry) =>
        entry.state === 'known' ? entry.findings : [],
      );
      const count = (severity: string): number =>
        findings.filter((finding) => finding.severity === severity).length;
      return { blocking: count('block'), warnings: count('warn') };
    }),
  );

export function useProblemCount(): number {
  const { blocking, warnings } = useCounts();
  return blocking + warnings;
}

export function ProblemsStatus() {
  const { blocking, warnings } = useCounts();
  const pools = useStore(useServices().problems, ({ byPool }) => byPool.size);
  if (pools === 0) return null;
  const label = `${plural(blocking, 'finding')} that block an export, ${plural(warnings, 'warning')}`;
  return (
    <>
      <StatusEntry icon="error" text={blocking} label={label} command="panel.problems" />
      <StatusEntry icon="warning" text={warnings} label={label} command="panel.problems" />
    </>
  );
}
