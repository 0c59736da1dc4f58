import { Tabs } from 'radix-ui';
import { useStore } from 'zustand';
import { CommandIcon } from '../command-button';
import type { PanelViewDescriptor } from '../registries';
import { useServices } from '../use-services';

const NO_BADGE = (): number => 0;

/** The bottom part: Jobs, Problems, Log. */
export function Panel() {
  const { registries, layout } = useServices();
  const views = registries.panelViews.all();
  const chosen = useStore(layout, ({ panelView }) => panelView);
  const shown = views.find(({ id }) => id === chosen) ?? views[0];
  if (shown === undefined) return null;
  return (
    <section className="ds-panel" data-part="panel" aria-label="Panel">
      <Tabs.Root
        // Focus that comes back from the palette must not undo what the command chose.
        activationMode="manual"
        className="ds-panel-tabs"
        value={shown.id}
        onValueChange={(panelView) => layout.setState({ panelView })}
      >
        <header className="ds-panel-header">
          <Tabs.List aria-label="Panel views">
            {views.map((view) => (
              <PanelTab key={view.id} view={view} />
            ))}
          </Tabs.List>
          <div className="ds-part-actions">
            {shown.actions?.map((command) => (
              <CommandIcon key={command} command={command} hideDisabled />
            ))}
            <CommandIcon command="view.togglePanel" title="Hide panel" />
          </div>
        </header>
        {views.map(({ id, component: View }) => (
          <Tabs.Content key={id} value={id} className="ds-panel-body">
            <View />
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </section>
  );
}

function PanelTab({ view }: { view: PanelViewDescriptor }) {
  const useBadge = view.useBadge ?? NO_BADGE;
  const badge = useBadge();
  return (
    <Tabs.Trigger className="ds-panel-tab" value={view.id}>
      {view.title}
      {badge > 0 && <span className="ds-panel-badge">{badge}</span>}
    </Tabs.Trigger>
  );
}
