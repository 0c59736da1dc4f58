import { contextBridge, ipcRenderer } from 'electron';
import type { Bridge } from '../shared/contract/bridge';
import type { EventName, EventPayload } from '../shared/contract/events';
import type { RequestInput, RequestName, RequestOutput } from '../shared/contract/requests';
import type { Result } from '../shared/model/result';

// Inputs and outputs are checked in the main process; here only the names are joined to the types.
const bridge: Bridge = {
  request: <N extends RequestName>(name: N, input: RequestInput<N>) =>
    ipcRenderer.invoke('request', name, input) as Promise<Result<RequestOutput<N>>>,
  on: <N extends EventName>(name: N, listener: (payload: EventPayload<N>) => void) => {
    const receive = (_event: unknown, event: EventName, payload: unknown) => {
      if (event === name) listener(payload as EventPayload<N>);
    };
    ipcRenderer.on('event', receive);
    return () => ipcRenderer.off('event', receive);
  },
};

contextBridge.exposeInMainWorld('deltascope', bridge);
