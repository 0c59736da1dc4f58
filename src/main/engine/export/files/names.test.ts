import { describe, expect, it } from 'vitest';
import { diskFolderName, exportFileNames, partialName, safeName } from './names';

describe('safeName', () => {
  it.each([
    ['web-01 system', 'web-01-system'],
    ['a/b\\c:d*e?f"g<h>i|j', 'a_b_c_d_e_f_g_h_i_j'],
    ['..', '_'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['.hidden.', 'hidden'],
    ['con', '_con'],
    ['COM1.txt', '_COM1.txt'],
    ['', '_'],
    ['line\nbreak\0nul', 'line_break_nul'],
    ['\u202etxt.exe', '_txt.exe'],
    ['Grüße 日本', 'Grüße-日本'],
  ])('%j becomes %j', (name, safe) => {
    expect(safeName(name)).toBe(safe);
  });

  it('cuts long names between characters and never exceeds 80 bytes', () => {
    for (const name of ['x'.repeat(500), '日'.repeat(500), '👩‍💻'.repeat(100)]) {
      const safe = safeName(name);
      expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(80);
      expect(safe).not.toContain('\ufffd');
    }
  });
});

describe('folders and files', () => {
  it('tells disks of one name apart, also where case does not count', () => {
    const a = diskFolderName('VM', 'data', '11111111-0000-4000-8000-000000000000');
    const b = diskFolderName('vm', 'DATA', '22222222-0000-4000-8000-000000000000');
    expect(a).toBe('VM_data_11111111');
    expect(a.toLowerCase()).not.toBe(b.toLowerCase());
  });

  it('does not say the VM twice', () => {
    expect(diskFolderName('web-01', 'web-01 system', 'd19cb496-706c-4261-a768-4c93a1f7a4d1')).toBe(
      'web-01-system_d19cb496',
    );
  });

  it('names files by the time of the snapshot in UTC', () => {
    const taken = new Date('2026-11-23T01:14:04.567Z');
    expect(exportFileNames(taken, 'full', 'vhd')).toEqual({
      image: '20261123T011404Z-full.vhd',
      checksums: '20261123T011404Z-full.sums',
      manifest: '20261123T011404Z-full.json',
    });
    expect(exportFileNames(taken, 'inc', 'qcow2', 2).image).toBe('20261123T011404Z-inc-2.qcow2');
    expect(partialName('/x/a.vhd')).toBe('/x/a.vhd.partial');
  });
});
