import type { ComponentType } from 'react';
import type { BlockBitmap } from '../../shared/blocks/bitmap';
import { toDisposable, type Disposable } from '../platform/disposable';
import type { ObjectRef } from '../platform/object-ref';
import type { QuickItem } from '../stores/quick-input';

/** Contributions by id, in their order. Filled by the composition root before the first render. */
export class Registry<T extends { readonly id: string; readonly order?: number }> {
  readonly #items = new Map<string, T>();

  register(...items: readonly T[]): Disposable {
    for (const item of items) {
      if (this.#items.has(item.id)) throw new Error(`"${item.id}" is registered twice`);
      this.#items.set(item.id, item);
    }
    return toDisposable(() => items.forEach(({ id }) => this.#items.delete(id)));
  }

  get(id: string): T | undefined {
    return this.#items.get(id);
  }

  all(): T[] {
    return [...this.#items.values()].sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
  }
}

export type EditorParams = Readonly<Record<string, string>>;

export interface TabInfo {
  readonly title: string;
  readonly icon: string;
  readonly tooltip?: string;
  /** What the editor shows is not known now: the tab keeps the title it had, if it had one. */
  readonly unknown?: boolean;
}

export interface EditorDescriptor {
  /** The editor type. */
  readonly id: string;
  readonly component: ComponentType<{ params: EditorParams }>;
  /** A hook: the title follows the object's name. */
  readonly useTab: (params: EditorParams) => TabInfo;
  /** What commands act on while the editor is active. */
  readonly object?: (params: EditorParams) => ObjectRef | undefined;
}

export interface ViewDescriptor {
  readonly id: string;
  readonly title: string;
  readonly icon: string;
  readonly order: number;
  readonly component: ComponentType;
  /** Commands in its title bar. */
  readonly actions?: readonly string[];
  /** A hook: number on the activity bar; 0 shows none. */
  readonly useBadge?: () => number;
}

export interface PanelViewDescriptor {
  readonly id: string;
  readonly title: string;
  readonly order: number;
  readonly component: ComponentType;
  readonly actions?: readonly string[];
  readonly useBadge?: () => number;
}

export interface StatusEntryDescriptor {
  readonly id: string;
  readonly side: 'left' | 'right';
  readonly order: number;
  readonly component: ComponentType;
}

export interface MenuItem {
  readonly id: string;
  /** Menu it stands in: `tree/disk`. */
  readonly menu: string;
  readonly command: string;
  /** Items of a group stand together, groups in alphabetical order. */
  readonly group: string;
  readonly order?: number;
  /** Also a button in the row itself. */
  readonly inline?: boolean;
}

export interface QuickAccessProvider {
  /** The prefix that chooses it; '' is the default. */
  readonly id: string;
  readonly title: string;
  readonly placeholder: string;
  readonly emptyText: string;
  readonly items: (query: string) => readonly QuickItem[];
  /** Tells that the items are others now; absent: they are as they were when the box was opened. */
  readonly onDidChange?: (listener: () => void) => Disposable;
}

export interface DialogDescriptor {
  /** The kind of dialog. */
  readonly id: string;
  readonly component: ComponentType;
}

/** What the disk editor gives to whatever draws the changed blocks of an interval. */
export interface HeatmapProps {
  readonly poolId: string;
  readonly diskUuid: string;
  readonly fromUuid: string;
  readonly toUuid: string;
  readonly bitmap: BlockBitmap;
  /** Says which disk and interval it is, for screen readers and file names. */
  readonly label: string;
}

/** What the job editor gives to whatever draws what a job does with the blocks of one of its disks. */
export interface JobMapProps {
  readonly jobId: string;
  readonly diskUuid: string;
  readonly label: string;
}

/** Places that another feature fills. */
export interface Slots {
  heatmap?: ComponentType<HeatmapProps>;
  jobMap?: ComponentType<JobMapProps>;
}

export function createRegistries() {
  const menus = new Registry<MenuItem>();
  const slots: Slots = {};
  return {
    editors: new Registry<EditorDescriptor>(),
    views: new Registry<ViewDescriptor>(),
    panelViews: new Registry<PanelViewDescriptor>(),
    statusEntries: new Registry<StatusEntryDescriptor>(),
    quickAccess: new Registry<QuickAccessProvider>(),
    dialogs: new Registry<DialogDescriptor>(),
    menus,
    slots,
    menuItems: (menu: string): MenuItem[] =>
      menus
        .all()
        .filter((item) => item.menu === menu)
        .sort((a, b) => a.group.localeCompare(b.group)),
  };
}
export type Registries = ReturnType<typeof createRegistries>;
