import type { Bridge } from '../../../src/shared/contract/bridge';
import type { EventName, EventPayload } from '../../../src/shared/contract/events';
import { err, ok } from '../../../src/shared/model/result';
import { changedBetween, disks, type StageDisk, type StageDiskName } from './disks';

/** What the window gave away to be saved or copied. */
export interface Captured {
  files: { name: string; kind: string; content: Uint8Array }[];
  clipboard: string[];
}

const place = (uuid: string): [StageDiskName, number] => {
  const at = uuid.lastIndexOf('-');
  return [uuid.slice(0, at) as StageDiskName, Number(uuid.slice(at + 1))];
};

/** The real bridge, with a pool of made-up disks behind the requests that the heatmap makes. */
export function stageBridge(real: Bridge) {
  const captured: Captured = { files: [], clipboard: [] };
  const listeners = new Map<EventName, Set<(payload: never) => void>>();
  const answers: Partial<Record<string, (input: never) => unknown>> = {
    'blocks.changed': ({ fromUuid, toUuid }: { fromUuid: string; toUuid: string }) => {
      const [disk, from] = place(fromUuid);
      const { bytes, sizeBytes } = changedBetween(disk, from, place(toUuid)[1]);
      return ok({ sizeBytes, bitmap: bytes });
    },
    'disk.layout': ({ snapshotUuid }: { snapshotUuid: string }) => {
      const { layout }: StageDisk = disks[place(snapshotUuid)[0]];
      return layout === undefined
        ? err({ code: 'no-layout', message: 'This disk could not be read.', nextStep: 'Try again.' })
        : ok(layout);
    },
    'dialog.saveFile': (file: { suggestedName: string; kind: string; content: Uint8Array }) => {
      captured.files.push({ name: file.suggestedName, kind: file.kind, content: file.content });
      return ok(`/tmp/${file.suggestedName}`);
    },
    'clipboard.write': (text: string) => {
      captured.clipboard.push(text);
      return ok(undefined);
    },
  };
  const bridge: Bridge = {
    request: (name, input) => {
      const answer = answers[name];
      return answer === undefined
        ? real.request(name, input)
        : Promise.resolve(answer(input as never) as never);
    },
    on: (name, listener) => {
      const known = listeners.get(name) ?? new Set();
      listeners.set(name, known.add(listener));
      return () => known.delete(listener);
    },
  };
  const emit = <N extends EventName>(name: N, payload: EventPayload<N>): void =>
    listeners.get(name)?.forEach((listener) => listener(payload as never));
  return { bridge, captured, emit, answers };
}
