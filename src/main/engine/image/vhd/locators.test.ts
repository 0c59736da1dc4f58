import { describe, expect, it } from 'vitest';
import { decodeLocator, encodeLocators } from './locators';

const written = (relative: string, absolute: string): Record<string, string | undefined> =>
  Object.fromEntries(
    encodeLocators(relative, absolute).map(({ code, text }) => [code, decodeLocator(code, text)]),
  );

describe('parent locators', () => {
  it('name the parent for Windows and as a file URL', () => {
    expect(encodeLocators('base ü.vhd', '/exports/base ü.vhd')).toEqual([
      { code: 'W2ru', text: Buffer.from('.\\base ü.vhd', 'utf16le') },
      { code: 'W2ku', text: Buffer.from('\\exports\\base ü.vhd', 'utf16le') },
      { code: 'MacX', text: Buffer.from('file://./base ü.vhd', 'utf8') },
    ]);
  });

  it('come back with forward slashes', () => {
    expect(written('../a/base.vhd', 'C:\\exports\\a\\base.vhd')).toEqual({
      W2ru: './../a/base.vhd',
      W2ku: 'C:/exports/a/base.vhd',
      MacX: 'file://./../a/base.vhd'.slice('file://'.length),
    });
  });

  it('are ignored when they hold nothing usable', () => {
    expect(decodeLocator('MacX', Buffer.alloc(60))).toBeUndefined();
    expect(decodeLocator('MacX', Buffer.from('http://host/base.vhd'))).toBeUndefined();
    expect(decodeLocator('W2ru', Buffer.from('a\0b', 'utf16le'))).toBeUndefined();
    expect(decodeLocator('Wi2r', Buffer.from('base.vhd'))).toBeUndefined();
  });
});
