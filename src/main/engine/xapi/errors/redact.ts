const LONGEST = 2000;

/**
 * `text` without anything that opens a session: references (a session's looks like any other), export names and
 * `session_id=` parameters, authorization headers, and the given secrets. Shortened to 2000 characters.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, '…');
  clean = clean
    .replace(/session_id(=|%3D)[^&\s"'\]),]*/gi, 'session_id=…')
    .replace(/OpaqueRef(:|%3A)[0-9A-Za-z-]+/g, 'OpaqueRef:…')
    .replace(/\b(Basic|Bearer) [0-9A-Za-z+/=._-]+/g, '$1 …');
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean;
}
