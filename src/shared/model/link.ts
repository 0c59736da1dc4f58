import { z } from 'zod';

/** What a `deltascope://<kind>/<uuid>` link names: an object by its XAPI uuid, in whichever pool is connected. */
export const linkSchema = z.object({ kind: z.enum(['pool', 'vm', 'disk', 'snapshot']), uuid: z.uuid() });
export type Link = z.infer<typeof linkSchema>;

/** Reads a link; undefined for anything else. Links come from other programs: nothing but these two words is taken. */
export function parseLink(text: string): Link | undefined {
  const [, kind, uuid] = /^deltascope:\/\/([a-z]+)\/([0-9a-f-]{36})\/?$/i.exec(text) ?? [];
  return linkSchema.safeParse({ kind: kind?.toLowerCase(), uuid: uuid?.toLowerCase() }).data;
}

export const formatLink = ({ kind, uuid }: Link): string => `deltascope://${kind}/${uuid}`;
