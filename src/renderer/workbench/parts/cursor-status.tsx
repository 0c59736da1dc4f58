import { useStore } from 'zustand';
import { useServices } from '../use-services';
import { StatusEntry } from './status-bar';

/** The block under the heatmap's cursor, or what is brushed. */
export function CursorStatus() {
  const text = useStore(useServices().selection, ({ cursorText }) => cursorText);
  return text === '' ? null : <StatusEntry text={text} label={text} />;
}
