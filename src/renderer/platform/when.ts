/** The value of a context key, or undefined. */
export type ContextLookup = (key: string) => unknown;
type Expression = (lookup: ContextLookup) => unknown;

const TOKEN = /\s*(?:(&&|\|\||==|!=|!|\(|\))|'([^']*)'|([A-Za-z_][\w.-]*)|(\d+))/y;

interface Lexeme {
  readonly kind: 'operator' | 'text' | 'name' | 'end';
  readonly value: string;
}

function lexemes(source: string): Lexeme[] {
  const found: Lexeme[] = [];
  let at = 0;
  while (at < source.trimEnd().length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(source);
    if (match === null) throw new SyntaxError(`when "${source}": cannot read at ${at}`);
    at = TOKEN.lastIndex;
    const [, operator, text, name, number] = match;
    if (operator !== undefined) found.push({ kind: 'operator', value: operator });
    else if (name !== undefined) found.push({ kind: 'name', value: name });
    else found.push({ kind: 'text', value: text ?? number ?? '' });
  }
  return found;
}

/** Recursive descent over `||`, `&&`, `==`/`!=`, `!` and parentheses, in rising precedence. */
class Parser {
  readonly #source: string;
  readonly #lexemes: readonly Lexeme[];
  #at = 0;

  constructor(source: string) {
    this.#source = source;
    this.#lexemes = lexemes(source);
  }

  parse(): Expression {
    const expression = this.#or();
    if (this.#peek().kind !== 'end') this.#fail();
    return expression;
  }

  #peek(): Lexeme {
    return this.#lexemes[this.#at] ?? { kind: 'end', value: '' };
  }

  #accept(operator: string): boolean {
    const next = this.#peek();
    if (next.kind !== 'operator' || next.value !== operator) return false;
    this.#at++;
    return true;
  }

  #fail(): never {
    throw new SyntaxError(`when "${this.#source}": unexpected ${this.#peek().value || 'end'}`);
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#accept('||')) {
      const [a, b] = [left, this.#and()];
      left = (lookup) => Boolean(a(lookup)) || Boolean(b(lookup));
    }
    return left;
  }

  #and(): Expression {
    let left = this.#comparison();
    while (this.#accept('&&')) {
      const [a, b] = [left, this.#comparison()];
      left = (lookup) => Boolean(a(lookup)) && Boolean(b(lookup));
    }
    return left;
  }

  #comparison(): Expression {
    const left = this.#unary();
    const equal = this.#accept('==');
    if (!equal && !this.#accept('!=')) return left;
    const right = this.#unary();
    return (lookup) => (asText(left(lookup)) === asText(right(lookup))) === equal;
  }

  #unary(): Expression {
    if (this.#accept('!')) {
      const inner = this.#unary();
      return (lookup) => !inner(lookup);
    }
    if (this.#accept('(')) {
      const inner = this.#or();
      if (!this.#accept(')')) this.#fail();
      return inner;
    }
    const { kind, value } = this.#peek();
    if (kind !== 'name' && kind !== 'text') this.#fail();
    this.#at++;
    if (kind === 'text') return () => value;
    if (value === 'true' || value === 'false') return () => value === 'true';
    return (lookup) => lookup(value);
  }
}

const asText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';

const parsed = new Map<string, Expression>();

/** Throws a SyntaxError for a malformed expression: that is a bug of whoever wrote it. */
export function parseWhen(source: string): Expression {
  const known = parsed.get(source);
  if (known !== undefined) return known;
  const expression = new Parser(source).parse();
  parsed.set(source, expression);
  return expression;
}

/** Evaluates a `when` clause such as `object.kind == 'disk' && !disk.cbt`. No clause means yes. */
export const evaluateWhen = (source: string | undefined, lookup: ContextLookup): boolean =>
  source === undefined || Boolean(parseWhen(source)(lookup));
