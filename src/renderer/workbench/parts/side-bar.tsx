import { useStore } from 'zustand';
import { CommandIcon } from '../command-button';
import { useServices } from '../use-services';

export function SideBar() {
  const { registries, layout } = useServices();
  const shown = useStore(layout, ({ view }) => view);
  const view = registries.views.get(shown) ?? registries.views.all()[0];
  if (view === undefined) return null;
  const View = view.component;
  return (
    <aside className="ds-side-bar" data-part="side-bar" aria-label={view.title}>
      <header className="ds-part-title">
        <h2>{view.title}</h2>
        <div className="ds-part-actions">
          {view.actions?.map((command) => (
            <CommandIcon key={command} command={command} hideDisabled />
          ))}
        </div>
      </header>
      <div className="ds-part-body">
        <View />
      </div>
    </aside>
  );
}
