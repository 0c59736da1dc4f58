import { Fragment, useState } from 'react';
import { keyText } from '../../platform/key-bindings';
import { TableFrame } from '../../ui/table-frame';
import { TextField } from '../../ui/field';
import { KeyHint } from '../../ui/key-hint';
import { EmptyState } from '../../ui/states';
import { useServices } from '../../workbench/use-services';

/** Keys that a list, a tree or a map understands by itself. */
const BUILT_IN = [
  { keys: 'ArrowUp', title: 'Tree: the row above; ↓ the row below' },
  { keys: 'ArrowRight', title: 'Tree: open a row, then go into it; ← close it, then go out of it' },
  { keys: 'Enter', title: 'Tree: preview what the row shows' },
  { keys: '$mod+Enter', title: 'Tree: open it in a tab of its own' },
  { keys: 'Shift+F10', title: 'Tree: what can be done with the row' },
];

/** Every command with its keys. */
export function ShortcutsEditor() {
  const { commands, platform } = useServices();
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLowerCase();
  const rows = commands
    .all()
    .map(({ id, title, category = '', keys = [] }) => ({ id, category, title, keys }))
    .filter(({ id, title, category, keys }) =>
      [id, title, category, ...keys.map((key) => keyText(key, platform))]
        .join(' ')
        .toLowerCase()
        .includes(wanted),
    )
    .sort(
      (a, b) =>
        Number(b.keys.length > 0) - Number(a.keys.length > 0) ||
        a.category.localeCompare(b.category) ||
        a.title.localeCompare(b.title),
    );
  return (
    <div className="ds-page ds-help">
      <h1>Keyboard Shortcuts</h1>
      <TextField
        label="Search"
        placeholder="A name, an id or a key"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {rows.length === 0 ? (
        <EmptyState icon="search" title="No command matches" />
      ) : (
        <TableFrame label="Commands and their keys">
          <table className="ds-table" aria-label="Commands and their keys">
            <thead>
              <tr>
                <th scope="col">Command</th>
                <th scope="col">Keys</th>
                <th scope="col" className="ds-command-id">
                  Id
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ id, category, title, keys }) => (
                <tr key={id}>
                  <th scope="row">
                    {category !== '' && <span className="ds-muted">{category}: </span>}
                    {title}
                  </th>
                  <td>
                    {keys.map((key, index) => (
                      <Fragment key={key}>
                        {index > 0 && <span className="ds-muted"> or </span>}
                        <KeyHint keys={key} platform={platform} />
                      </Fragment>
                    ))}
                  </td>
                  <td className="ds-command-id ds-mono ds-muted ds-selectable">{id}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableFrame>
      )}
      {wanted === '' && (
        <TableFrame label="Keys of trees">
          <table className="ds-table" aria-label="Keys of trees">
            <tbody>
              {BUILT_IN.map(({ keys, title }) => (
                <tr key={title}>
                  <th scope="row">{title}</th>
                  <td>
                    <KeyHint keys={keys} platform={platform} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableFrame>
      )}
    </div>
  );
}
