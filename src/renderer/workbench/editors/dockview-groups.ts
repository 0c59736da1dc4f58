import type { DockviewApi, IDockviewPanel, SerializedDockview } from 'dockview-react';
import { Emitter } from '../../platform/disposable';
import {
  editorId,
  editorInputSchema,
  type EditorGroups,
  type EditorInput,
  type OpenOptions,
} from '../../platform/editors';
import type { LayoutStore } from '../../stores/layout';

/** What a dockview panel carries. */
export interface PanelParams {
  readonly input: EditorInput;
  readonly preview: boolean;
}

const inputOf = (panel: IDockviewPanel | undefined): EditorInput | undefined => {
  const parsed = editorInputSchema.safeParse((panel?.params as Partial<PanelParams> | undefined)?.input);
  return parsed.success ? parsed.data : undefined;
};
const isPreview = (panel: IDockviewPanel): boolean =>
  (panel.params as Partial<PanelParams> | undefined)?.preview === true;

const paneOf = (id: string): HTMLElement | null =>
  document.querySelector<HTMLElement>(`[data-editor="${CSS.escape(id)}"]`);

/** Our editor groups on top of dockview: the only file that knows its API, besides the component that shows it. */
export class DockviewEditorGroups implements EditorGroups {
  readonly #layout: LayoutStore;
  readonly #activeChanged = new Emitter<EditorInput | undefined>();
  readonly onDidChangeActive = this.#activeChanged.on;
  #api: DockviewApi | undefined;
  #waiting: (() => void)[] = [];
  /** The editor that takes the focus once it is drawn. */
  #wantsFocus: string | undefined;

  constructor(layout: LayoutStore) {
    this.#layout = layout;
  }

  /** Called once, when dockview is ready. Restores what was open. */
  attach(api: DockviewApi, fallback: EditorInput): void {
    this.#api = api;
    const saved = this.#layout.getState().editors;
    if (!this.#restore(api, saved)) this.open(fallback);
    api.onDidActivePanelChange(() => this.#activeChanged.fire(this.active()));
    api.onDidLayoutChange(() => this.#layout.setState({ editors: api.toJSON() }));
    for (const call of this.#waiting.splice(0)) call();
    this.#activeChanged.fire(this.active());
  }

  open(input: EditorInput, options: OpenOptions = {}): void {
    const api = this.#api;
    if (api === undefined) {
      this.#waiting.push(() => this.open(input, options));
      return;
    }
    const id = editorId(input);
    const known = api.getPanel(id);
    if (known !== undefined) {
      if (options.preview !== true) this.pin(id);
      known.api.setActive();
    } else this.#insert(api, id, input, options);
    if (options.preserveFocus !== true) this.focus();
  }

  #insert(
    api: DockviewApi,
    id: string,
    input: EditorInput,
    { preview = false, toSide = false }: OpenOptions,
  ): void {
    const group = api.activeGroup;
    const replaced = preview && !toSide ? group?.panels.find(isPreview) : undefined;
    const params: PanelParams = { input, preview };
    const index =
      replaced === undefined
        ? group?.activePanel && group.panels.indexOf(group.activePanel) + 1
        : group?.panels.indexOf(replaced);
    const position =
      group === undefined
        ? undefined
        : toSide
          ? { referenceGroup: group, direction: 'right' as const }
          : {
              referenceGroup: group,
              direction: 'within' as const,
              ...(index === undefined ? {} : { index }),
            };
    api.addPanel({ id, component: 'editor', title: input.type, params, ...(position && { position }) });
    if (replaced !== undefined) api.removePanel(replaced);
  }

  close(id: string): void {
    const panel = this.#api?.getPanel(id);
    if (panel !== undefined) this.#api?.removePanel(panel);
  }

  closeActive(): void {
    const panel = this.#api?.activePanel;
    if (panel !== undefined) this.#api?.removePanel(panel);
  }

  closeAll(): void {
    for (const panel of [...(this.#api?.panels ?? [])]) this.#api?.removePanel(panel);
  }

  closeOthers(id: string): void {
    const kept = this.#api?.getPanel(id);
    for (const panel of [...(kept?.group.panels ?? [])]) if (panel !== kept) this.#api?.removePanel(panel);
  }

  pin(id: string): void {
    const panel = this.#api?.getPanel(id);
    if (panel !== undefined && isPreview(panel)) panel.api.updateParameters({ preview: false });
  }

  splitRight(): void {
    const api = this.#api;
    const panel = api?.activePanel;
    const group = panel?.group;
    if (panel === undefined || group === undefined) return;
    // An editor stands in one place only: splitting moves it, unless it is alone in its group.
    if (group.panels.length > 1) panel.api.moveTo({ group, position: 'right' });
  }

  cycle(step: 1 | -1): void {
    if (step === 1) this.#api?.activateNext({ includePanel: true });
    else this.#api?.activatePrevious({ includePanel: true });
    this.focus();
  }

  focusGroup(index: number): void {
    this.#api?.groups[index]?.focus();
    this.focus();
  }

  /** Puts the focus into the active editor: now, or as soon as it is drawn. */
  focus(): void {
    const id = this.#api?.activePanel?.id;
    if (id === undefined) return;
    const pane = paneOf(id);
    this.#wantsFocus = pane === null ? id : undefined;
    pane?.focus();
    // A dialog that closes meanwhile gives the focus back to where it was.
    requestAnimationFrame(() => {
      const now = paneOf(id);
      if (this.#api?.activePanel?.id === id && now?.contains(document.activeElement) === false) now.focus();
    });
  }

  /** Called by an editor that has just been drawn. */
  drawn(id: string, pane: HTMLElement): void {
    if (this.#wantsFocus !== id) return;
    this.#wantsFocus = undefined;
    if (this.#api?.activePanel?.id === id) pane.focus();
  }

  active(): EditorInput | undefined {
    return inputOf(this.#api?.activePanel);
  }

  all(): readonly EditorInput[] {
    return (this.#api?.panels ?? []).flatMap((panel) => inputOf(panel) ?? []);
  }

  #restore(api: DockviewApi, saved: unknown): boolean {
    if (typeof saved !== 'object' || saved === null) return false;
    try {
      api.fromJSON(saved as SerializedDockview);
    } catch {
      // A layout that this version of the library cannot read: start over, nothing of the user's work is in it.
      api.clear();
      return false;
    }
    for (const panel of [...api.panels]) if (inputOf(panel) === undefined) api.removePanel(panel);
    return true;
  }
}
