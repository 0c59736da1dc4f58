import { expect, it } from 'vitest';
import { demoSwitch } from './demo-switch';

it.each([
  [['deltascope'], undefined],
  [['deltascope', '--demonstrate'], undefined],
  [['deltascope', '--demo'], {}],
  [['deltascope', '--demo=10000'], { vmCount: 10_000 }],
  [['deltascope', '--demo=10001'], {}],
  [['deltascope', '--demo=many'], {}],
  [['deltascope', '--demo='], {}],
])('%j', (argv, found) => expect(demoSwitch(argv)).toEqual(found));
