import { expect, test } from 'vitest';
import { FailureError } from '../../../shared/model/failure';
import { nbdFailures } from './failures';
import { HandshakeReader } from './handshake-reader';

const MOST_BYTES = 65_536;
const closed = nbdFailures.closed();

test('a server cannot fill the memory with what nobody asked for', async () => {
  const reader = new HandshakeReader();
  reader.consume(Buffer.alloc(MOST_BYTES));
  expect(() => reader.consume(Buffer.alloc(1))).toThrow(FailureError);
  // What is waited for may be as long as it was asked for.
  const patient = new HandshakeReader();
  const reading = patient.read(2 * MOST_BYTES, 'an option', 1000, closed);
  patient.consume(Buffer.alloc(MOST_BYTES));
  patient.consume(Buffer.alloc(MOST_BYTES + 3));
  expect((await reading).length).toBe(2 * MOST_BYTES);
  expect(patient.unread).toBe(3);
});
