import { afterEach, expect, test } from 'vitest';
import { BlockBuffer } from '../../src/main/engine/block-io/block-buffer';
import { openNbd } from '../../src/main/engine/nbd/open';
import type { NbdEvent } from '../../src/main/engine/nbd/settings';
import type { NbdSource } from '../../src/main/engine/nbd/source';
import { unwrap } from '../../src/shared/model/result';
import {
  handshake,
  readRequest,
  simpleReply,
  startScriptedServer,
  type ScriptedServer,
} from '../fixtures/scripted-nbd-server';

const EIO = 5;
const SIZE = 64 * 1024;
let server: ScriptedServer | undefined;
let source: NbdSource | undefined;
afterEach(async () => {
  await source?.close();
  await server?.stop();
});

test('a read that one connection cannot do is done by another', async () => {
  const reads = [0, 0];
  server = await startScriptedServer(async (peer, index) => {
    await handshake(peer, { sizeBytes: SIZE });
    for (;;) {
      const { type, cookie, length } = await readRequest(peer);
      if (type !== 0) return;
      reads[index]++;
      if (index === 0) simpleReply(peer, cookie, EIO);
      else simpleReply(peer, cookie, 0, Buffer.alloc(length, 9));
    }
  });
  const events: NbdEvent[] = [];
  source = unwrap(
    await openNbd({
      targets: [
        {
          address: { kind: 'tcp', host: '127.0.0.1', port: server.port },
          exportName: 'x',
          tls: { mode: 'none' },
        },
      ],
      connections: 2,
      multiConnWithoutFlag: true,
      sleep: async () => undefined,
      onEvent: (event) => events.push(event),
    }),
  );
  const buffer = new BlockBuffer(SIZE);
  await source.read(buffer, 0, SIZE);
  expect(buffer.data().equals(Buffer.alloc(SIZE, 9))).toBe(true);
  expect(reads).toEqual([1, 1]);
  expect(events.filter(({ kind }) => kind === 'retry')).toHaveLength(1);
  expect(source.stats.connectionsLive).toBe(2);
});
