import type { IDockviewPanelHeaderProps } from 'dockview-react';
import { useEffect, useRef, useState, type MouseEvent } from 'react';
import { editorId, type EditorInput } from '../../platform/editors';
import { Icon } from '../../ui/icon';
import type { TabInfo } from '../registries';
import { useServices } from '../use-services';
import type { PanelParams } from './dockview-groups';

const useUnknownTab = (): TabInfo => ({ title: 'Unknown', icon: 'question' });

/** A tab: icon, title (italic while a preview), close. The library makes the element around it a tab. */
export function EditorTab({ api, params }: IDockviewPanelHeaderProps<PanelParams>) {
  const { registries, contextMenu } = useServices();
  const [preview, setPreview] = useState(params.preview);
  const { input } = params;
  const id = editorId(input);

  useEffect(() => {
    const listener = api.onDidParametersChange((changed: Partial<PanelParams>) =>
      setPreview(changed.preview === true),
    );
    return () => listener.dispose();
  }, [api]);

  const box = useRef<HTMLDivElement>(null);
  useEffect(() => keepInSight(box.current, api), [api]);

  const onContextMenu = (event: MouseEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    const { clientX: x, clientY: y } = event;
    contextMenu.show({ menu: 'tab', x, y, args: [id], overlay: {}, returnFocus: undefined });
  };
  const close = (event: MouseEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    api.close();
  };
  return (
    <div
      ref={box}
      className={`ds-tab ${preview ? 'is-preview' : ''}`}
      onDoubleClick={() => api.updateParameters({ preview: false })}
      onAuxClick={(event) => event.button === 1 && close(event)}
      onContextMenu={onContextMenu}
    >
      <TabLabel
        key={id}
        input={input}
        useTab={registries.editors.get(input.type)?.useTab ?? useUnknownTab}
        lastTitle={() => api.title}
        setTitle={(title) => api.setTitle(title)}
      />
      {/* Not a control of its own: a tab may not hold one. The keyboard closes tabs with the command. */}
      <span
        className="ds-tab-close"
        aria-hidden="true"
        onPointerDown={(event) => event.stopPropagation()}
        onClick={close}
      >
        <Icon name="close" />
      </span>
    </div>
  );
}

/**
 * The tab in front stays in sight, not under the list of those that do not fit: titles come late and make tabs wider,
 * and the strip gets narrower with the window, a split, or that list.
 */
function keepInSight(
  content: HTMLElement | null,
  api: IDockviewPanelHeaderProps['api'],
): (() => void) | undefined {
  const tab = content?.closest('.dv-tab');
  const strip = tab?.closest('.dv-tabs-container');
  if (!tab || !strip) return undefined;
  const show = (): void => {
    // A group's front tab, whichever group is active.
    if (api.group.activePanel?.id === api.id) tab.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  };
  const sizes = new ResizeObserver(show);
  sizes.observe(strip);
  sizes.observe(tab);
  const activity = api.onDidActiveChange(show);
  return () => {
    sizes.disconnect();
    activity.dispose();
  };
}

interface TabLabelProps {
  readonly input: EditorInput;
  readonly useTab: (params: EditorInput['params']) => TabInfo;
  /** The one it had, also before the window was closed. */
  readonly lastTitle: () => string | undefined;
  readonly setTitle: (title: string) => void;
}

function TabLabel({ input, useTab, lastTitle, setTitle }: TabLabelProps) {
  const { title: now, icon, tooltip, unknown = false } = useTab(input.params);
  // A new tab is called by its type until it is drawn.
  const last = unknown ? lastTitle() : undefined;
  const title = last === undefined || last === input.type ? now : last;
  useEffect(() => setTitle(title), [title, setTitle]);
  return (
    <span className="ds-tab-label" title={tooltip ?? title}>
      <Icon name={icon} />
      <span className="ds-truncate">{title}</span>
    </span>
  );
}
