import {
  DockviewReact,
  type DockviewReadyEvent,
  type DockviewTheme,
  type IDockviewPanelProps,
} from 'dockview-react';
import 'dockview-react/dist/styles/dockview.css';
import { useCallback, useLayoutEffect, useRef } from 'react';
import { editorId } from '../../platform/editors';
import { EmptyState } from '../../ui/states';
import { useServices } from '../use-services';
import type { PanelParams } from './dockview-groups';
import { EditorBoundary } from './editor-boundary';
import { EditorTab } from './editor-tab';
import { Watermark } from './watermark';
import './editors.css';

const THEME: DockviewTheme = { name: 'deltascope', className: 'ds-dockview', dndTabIndicator: 'line' };
const COMPONENTS = { editor: EditorPane };

export function EditorArea() {
  const { editors } = useServices();
  const onReady = useCallback(
    ({ api }: DockviewReadyEvent) => editors.attach(api, { type: 'welcome', params: {} }),
    [editors],
  );
  return (
    <main className="ds-editors" data-part="editors" aria-label="Editors">
      <DockviewReact
        theme={THEME}
        components={COMPONENTS}
        defaultTabComponent={EditorTab}
        watermarkComponent={Watermark}
        onReady={onReady}
        disableFloatingGroups
        keyboardNavigation={false}
        scrollbars="native"
      />
    </main>
  );
}

function EditorPane({ params: { input } }: IDockviewPanelProps<PanelParams>) {
  const { registries, editors } = useServices();
  const pane = useRef<HTMLDivElement>(null);
  const descriptor = registries.editors.get(input.type);
  const id = editorId(input);
  // Before it is painted: whoever opens an editor and types at once types into it.
  useLayoutEffect(() => {
    if (pane.current !== null) editors.drawn(id, pane.current);
  }, [editors, id]);
  return (
    <div ref={pane} className="ds-editor" data-editor={id} data-editor-type={input.type} tabIndex={-1}>
      {descriptor === undefined ? (
        <EmptyState page icon="question" title={`This version cannot show “${input.type}”.`} />
      ) : (
        <EditorBoundary key={id}>
          <descriptor.component params={input.params} />
        </EditorBoundary>
      )}
    </div>
  );
}
