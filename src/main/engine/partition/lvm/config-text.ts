/** A section of LVM's metadata text: `name { … }`, `key = 1`, `key = "text"`, `key = ["a", 0]`. */
export type ConfigValue = string | number | readonly (string | number)[] | ConfigSection;
export type ConfigSection = ReadonlyMap<string, ConfigValue>;

const DEEPEST = 8;
const TOKEN = /\s+|#[^\n]*|"((?:[^"\\]|\\.)*)"|(-?\d+(?:\.\d+)?)(?![\w.+-])|([\w.+-]+)|([{}=[\],])/gy;

interface Token {
  readonly kind: 'text' | 'number' | 'word' | 'sign';
  readonly text: string;
}

/** Parses the whole text; undefined when it is not of that form. Source: lvm.conf(5), lvm2 libdm/libdm-config.c. */
export function parseConfig(text: string): ConfigSection | undefined {
  const tokens = tokenize(text);
  if (!tokens) return undefined;
  const cursor = { at: 0 };
  const section = parseSection(tokens, cursor, 0);
  return cursor.at === tokens.length ? section : undefined;
}

function tokenize(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (!match) return undefined;
    const [, quoted, number, word, sign] = match as (string | undefined)[];
    if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted.replace(/\\(.)/gu, '$1') });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
  }
  return tokens;
}

function parseSection(
  tokens: readonly Token[],
  cursor: { at: number },
  depth: number,
): ConfigSection | undefined {
  const section = new Map<string, ConfigValue>();
  for (let token = tokens.at(cursor.at); cursor.at < tokens.length && token; token = tokens[cursor.at]) {
    if (token.kind === 'sign' && token.text === '}') return section;
    const sign = tokens[cursor.at + 1]?.text;
    cursor.at += 2;
    if (token.kind === 'sign') return undefined;
    const value =
      sign === '{'
        ? parseBlock(tokens, cursor, depth + 1)
        : sign === '='
          ? parseValue(tokens, cursor)
          : undefined;
    if (value === undefined) return undefined;
    section.set(token.text, value);
  }
  return depth === 0 ? section : undefined;
}

function parseBlock(
  tokens: readonly Token[],
  cursor: { at: number },
  depth: number,
): ConfigSection | undefined {
  if (depth > DEEPEST) return undefined;
  const section = parseSection(tokens, cursor, depth);
  if (tokens[cursor.at]?.text !== '}') return undefined;
  cursor.at++;
  return section;
}

function parseValue(tokens: readonly Token[], cursor: { at: number }): ConfigValue | undefined {
  const first = tokens[cursor.at++];
  if (first?.kind !== 'sign') return scalar(first);
  if (first.text !== '[') return undefined;
  const list: (string | number)[] = [];
  for (let token = tokens[cursor.at++]; token; token = tokens[cursor.at++]) {
    if (token.kind === 'sign' && token.text === ']') return list;
    if (token.kind === 'sign' && token.text === ',') continue;
    const value = scalar(token);
    if (value === undefined) return undefined;
    list.push(value);
  }
  return undefined;
}

function scalar(token: Token | undefined): string | number | undefined {
  if (!token || token.kind === 'sign') return undefined;
  return token.kind === 'number' ? Number(token.text) : token.text;
}
