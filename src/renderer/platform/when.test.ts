import { describe, expect, it } from 'vitest';
import { evaluateWhen, parseWhen } from './when';

const values: Record<string, unknown> = { a: true, b: false, kind: 'disk', 'x.y-z': 'on', n: 3 };
const holds = (source: string): boolean => evaluateWhen(source, (key) => values[key]);

describe('when clauses', () => {
  it.each([
    ['a', true],
    ['b', false],
    ['!b', true],
    ['!!a', true],
    ['a && b', false],
    ['a || b', true],
    ['b || a && b', false],
    ['(b || a) && !b', true],
    ["kind == 'disk'", true],
    ["kind != 'disk'", false],
    ["'disk' == kind && a", true],
    ["x.y-z == 'on'", true],
    ['n == 3', true],
    ['unknown', false],
    ["unknown == ''", true],
    ['a == true', true],
    ['true && !false', true],
  ])('%s is %s', (source, expected) => expect(holds(source)).toBe(expected));

  it('holds when there is no clause', () => expect(evaluateWhen(undefined, () => undefined)).toBe(true));

  it.each(['', 'a &&', '(a', 'a b', "kind == 'disk", 'a & b', '&& a'])('refuses "%s"', (source) => {
    expect(() => parseWhen(source)).toThrow(SyntaxError);
  });
});
