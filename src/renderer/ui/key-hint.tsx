import { keyCaps } from '../platform/key-bindings';

/** A key binding as key caps. */
export function KeyHint({ keys, platform }: { keys: string; platform: string }) {
  return (
    <span className="ds-keys">
      {keyCaps(keys, platform).map((caps, press) => (
        <span className="ds-keys-press" key={press}>
          {caps.map((cap) => (
            <kbd key={cap}>{cap}</kbd>
          ))}
        </span>
      ))}
    </span>
  );
}
