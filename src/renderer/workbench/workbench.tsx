import { Allotment, LayoutPriority } from 'allotment';
import 'allotment/dist/style.css';
import { useEffect } from 'react';
import { useStore } from 'zustand';
import { TipProvider } from '../ui/tip';
import { ContextMenu } from './context-menu';
import { DialogHost } from './dialogs/dialog-host';
import { EditorArea } from './editors/editor-area';
import { NotificationCentre } from './notifications/centre';
import { Toasts } from './notifications/toasts';
import { ActivityBar } from './parts/activity-bar';
import { rememberFocus } from './parts/focus-parts';
import { Panel } from './parts/panel';
import { SideBar } from './parts/side-bar';
import { StatusBar } from './parts/status-bar';
import { QuickInput } from './quick-input/quick-input';
import { useServices } from './use-services';
import './workbench.css';

export function Workbench() {
  const { layout } = useServices();
  const sideBarVisible = useStore(layout, (state) => state.sideBarVisible);
  const panelVisible = useStore(layout, (state) => state.panelVisible);
  const { sideBarWidth, panelHeight } = layout.getState();

  useEffect(() => {
    const onFocus = (): void => rememberFocus(document.activeElement);
    document.addEventListener('focusin', onFocus);
    return () => document.removeEventListener('focusin', onFocus);
  }, []);

  return (
    <TipProvider>
      <div className="ds-workbench">
        <ActivityBar />
        <Allotment
          proportionalLayout={false}
          onDragEnd={([width]) => {
            if (width !== undefined && width > 0) layout.setState({ sideBarWidth: Math.round(width) });
          }}
          onVisibleChange={(index, visible) => index === 0 && layout.setState({ sideBarVisible: visible })}
        >
          <Allotment.Pane
            snap
            minSize={180}
            preferredSize={sideBarWidth}
            visible={sideBarVisible}
            priority={LayoutPriority.Low}
          >
            <SideBar />
          </Allotment.Pane>
          <Allotment.Pane minSize={320} priority={LayoutPriority.High}>
            <Allotment
              vertical
              proportionalLayout={false}
              onDragEnd={([, height]) => {
                if (height !== undefined && height > 0) layout.setState({ panelHeight: Math.round(height) });
              }}
              onVisibleChange={(index, visible) => index === 1 && layout.setState({ panelVisible: visible })}
            >
              <Allotment.Pane minSize={160} priority={LayoutPriority.High}>
                <EditorArea />
              </Allotment.Pane>
              <Allotment.Pane
                snap
                minSize={100}
                preferredSize={panelHeight}
                visible={panelVisible}
                priority={LayoutPriority.Low}
              >
                <Panel />
              </Allotment.Pane>
            </Allotment>
          </Allotment.Pane>
        </Allotment>
        <StatusBar />
      </div>
      <Toasts />
      <NotificationCentre />
      <ContextMenu />
      <QuickInput />
      <DialogHost />
    </TipProvider>
  );
}
