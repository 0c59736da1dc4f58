import { MalformedRequest } from './xapi-error';

/** An XML element; `text` is its own character data, joined. */
export interface XmlElement {
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

const MAX_DEPTH = 64;
const TOKEN = /<\?[^]*?\?>|<!--[^]*?-->|<!\[CDATA\[([^]*?)\]\]>|<(\/?)([A-Za-z_][\w.:-]*)\s*(\/?)>|[^<]+/y;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * The elements and text of a small XML document. XML-RPC has no attributes, no doctype and no entities of its own, so
 * anything of that kind is refused.
 * @throws MalformedRequest
 */
export function parseXml(document: string): XmlElement {
  const root: XmlElement = { name: '', children: [], text: '' };
  const open: XmlElement[] = [root];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < document.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(document);
    if (!token) throw new MalformedRequest(`unexpected XML at ${at}`);
    const [whole, cdata, closing, name, empty] = token;
    const current = open.at(-1)!;
    if (cdata !== undefined) current.text += cdata;
    else if (!name) current.text += whole.startsWith('<') ? '' : unescapeXml(whole);
    else if (closing) close(open, name);
    else {
      if (open.length > MAX_DEPTH) throw new MalformedRequest('XML is nested too deep');
      const element: XmlElement = { name, children: [], text: '' };
      current.children.push(element);
      if (!empty) open.push(element);
    }
  }
  const [first, second] = root.children;
  if (open.length !== 1 || !first || second) throw new MalformedRequest('XML is not one closed element');
  return first;
}

function close(open: XmlElement[], name: string): void {
  if (open.length === 1 || open.pop()!.name !== name) throw new MalformedRequest(`unexpected </${name}>`);
}

function unescapeXml(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);|&/gi, (match, entity: string | undefined) => {
    if (entity?.startsWith('#')) {
      const hex = entity[1]?.toLowerCase() === 'x';
      const point = hex ? parseInt(entity.slice(2), 16) : Number(entity.slice(1));
      if (point <= 0x10ffff) return String.fromCodePoint(point);
    }
    const plain = entity === undefined ? undefined : ENTITIES[entity];
    if (plain === undefined) throw new MalformedRequest(`unknown entity ${match}`);
    return plain;
  });
}
