import type { LibraryEntry } from '../../../shared/model/library';
import { formatBytes, plural } from '../../platform/format';
import { Section } from '../../ui/section';
import { ChainLink } from './chain-link';
import type { Chain } from './chains';

export interface ChainSectionProps {
  readonly chain: Chain;
  readonly entries: readonly LibraryEntry[];
  /** Bytes of the disk's largest image: the length of the longest bar. */
  readonly largest: number;
  readonly title: string;
}

/** One full export and its increments, oldest first. */
export function ChainSection({
  chain: { root, links, fileBytes },
  entries,
  largest,
  title,
}: ChainSectionProps) {
  const increments = links.length - 1;
  const hasFull = root.manifest.parent === undefined;
  return (
    <Section title={title}>
      <p className="ds-muted">
        {hasFull
          ? `A full export${increments === 0 ? '' : ` and ${plural(increments, 'increment')}`}, ${formatBytes(fileBytes)}. ` +
            (increments === 0 ? '' : 'Each increment needs what it builds on, down to the full one.')
          : `${plural(links.length, 'increment')}, ${formatBytes(fileBytes)}. What they build on is missing here.`}
      </p>
      <ol className="ds-chain">
        {!hasFull && (
          <li className="is-missing is-first">
            <span className="ds-chain-mark" aria-hidden="true">
              <i />
            </span>
            <p className="ds-chain-missing">
              Missing: <b className="ds-selectable">{root.manifest.parent?.imageFile}</b>
            </p>
          </li>
        )}
        {links.map((entry) => (
          <ChainLink
            key={entry.manifestPath}
            entry={entry}
            entries={entries}
            share={entry.manifest.image.fileBytes / largest}
          />
        ))}
      </ol>
    </Section>
  );
}
