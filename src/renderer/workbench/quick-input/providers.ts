import type { Command } from '../../platform/commands';
import { combine } from '../../platform/disposable';
import type { QuickItem } from '../../stores/quick-input';
import type { QuickAccessProvider } from '../registries';
import type { Services } from '../services';
import { filterItems } from './filter';

const nameOf = ({ category, title }: Command): string =>
  category === undefined ? title : `${category}: ${title}`;

/** `>`: every command that can run now. */
export function commandProvider({ commands, contextKeys }: Services): QuickAccessProvider {
  return {
    id: '>',
    title: 'Run a command',
    placeholder: 'Type the name of a command',
    emptyText: 'No command matches.',
    onDidChange: (listener) => combine(commands.onDidChange(listener), contextKeys.onDidChange(listener)),
    items: (query) => {
      const items = commands
        .all()
        .filter(({ id, palette }) => palette !== false && commands.isEnabled(id))
        .map((command): QuickItem => {
          const { id, keys } = command;
          return {
            id,
            label: nameOf(command),
            ...(keys?.[0] === undefined ? {} : { keys: keys[0] }),
            run: () => void commands.run(id),
          };
        })
        .sort((a, b) => a.label.localeCompare(b.label));
      return filterItems(query, items);
    },
  };
}

/** `?`: the prefixes themselves. */
export function helpProvider({ registries, quickInput }: Services): QuickAccessProvider {
  return {
    id: '?',
    title: 'What can be typed here',
    placeholder: 'Choose what to look for',
    emptyText: 'Nothing matches.',
    items: (query) =>
      filterItems(
        query,
        registries.quickAccess
          .all()
          .filter(({ id }) => id !== '?')
          .map(({ id, title }) => ({
            id: `prefix:${id}`,
            label: id === '' ? title : `${id} ${title}`,
            icon: 'chevron-right',
            run: () => quickInput.show(id),
          })),
      ),
  };
}
