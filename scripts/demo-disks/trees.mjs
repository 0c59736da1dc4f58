import * as content from './content.mjs';

/**
 * The files of the demo machines: lists of `[path, bytes]`, the same on every run.
 */
const KIB = 1024;
const MIB = 1024 * KIB;

const many = (count, file) => Array.from({ length: count }, (_, number) => file(number));

/** What every Linux machine has. `scale` stretches the amount of data. */
export function linuxSystem(host, fstab, scale = 1) {
  const random = content.randomOf(`${host} system`);
  const text = (value) => Buffer.from(value);
  return [
    ['etc/hostname', text(`${host}\n`)],
    ['etc/hosts', text(`127.0.0.1 localhost\n127.0.1.1 ${host}.demo.example ${host}\n`)],
    ['etc/fstab', text(fstab)],
    ['etc/os-release', text('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n')],
    ['etc/passwd', text('root:x:0:0:root:/root:/bin/bash\nadmin:x:1000:1000::/home/admin:/bin/bash\n')],
    ...many(40, (n) => [
      `etc/${content.identifier(random)}-${n}.conf`,
      content.settings(random, 600 + random.below(3000)),
    ]),
    ['boot/vmlinuz-6.1.0-18-amd64', content.binary(random, 'MZ', Math.round(2 * MIB * scale))],
    ['boot/initrd.img-6.1.0-18-amd64', content.noise(random, Math.round(96 * KIB * scale))],
    ...many(Math.round(24 * scale), (n) => [
      `usr/lib/x86_64-linux-gnu/lib${content.identifier(random)}.so.${n}`,
      content.binary(random, '\x7fELF', 40 * KIB + random.below(200 * KIB)),
    ]),
    ...many(Math.round(30 * scale), (n) => [
      `usr/share/doc/${content.identifier(random)}-${n}/README`,
      content.prose(random, 1000 + random.below(7000)),
    ]),
    ['var/lib/dpkg/status', content.settings(random, Math.round(400 * KIB * scale))],
    ['var/log/syslog', content.systemLog(random, host, Math.round(900 * KIB * scale))],
    ['var/log/auth.log', content.systemLog(random, host, Math.round(200 * KIB * scale))],
    ...many(3, (n) => [`var/log/syslog.${n + 2}.gz`, content.noise(random, 8 * KIB)]),
    ...many(4, (n) => [
      `var/cache/apt/archives/${content.identifier(random)}_1.${n}_amd64.deb`,
      content.noise(random, 16 * KIB),
    ]),
    ['home/admin/.bash_history', content.prose(random, 2000)],
  ];
}

export function webServer() {
  const random = content.randomOf('web content');
  return [
    ...many(120, (n) => [
      `var/www/html/${content.identifier(random)}-${n}/index.html`,
      content.webPage(random, 2000 + random.below(20_000)),
    ]),
    ...many(20, (n) => [
      `var/www/html/images/photo-${n}.jpg`,
      content.binary(random, '\xff\xd8\xff', 90 * KIB),
    ]),
    ['var/log/nginx/access.log', content.accessLog(random, 3 * MIB)],
    ['var/log/nginx/error.log', content.systemLog(random, 'web-01', 100 * KIB)],
  ];
}

export function database() {
  const random = content.randomOf('database');
  return [
    ['mysql/ibdata1', content.databasePages(random, 768)],
    ['mysql/shop/orders.ibd', content.databasePages(random, 640)],
    ['mysql/shop/customers.ibd', content.databasePages(random, 192)],
    ['mysql/ib_logfile0', content.table(random, 3 * MIB)],
    ['mysql/binlog.000041', content.table(random, 2 * MIB)],
    ['mysql/my.cnf', content.settings(random, 900)],
  ];
}

export function windowsBoot() {
  const random = content.randomOf('windows boot');
  return [
    ['bootmgr', content.binary(random, 'MZ', 400 * KIB)],
    ['Boot/BCD', content.binary(random, 'regf', 24 * KIB)],
    ['Boot/memtest.exe', content.binary(random, 'MZ', 500 * KIB)],
  ];
}

export function windowsData() {
  const random = content.randomOf('windows data');
  const people = ['a.meyer', 'j.smith', 'm.rossi', 'y.tanaka'];
  return [
    ...many(60, (n) => [
      `Users/${random.pick(people)}/Documents/${content.identifier(random)}-${n}.docx`,
      content.binary(random, 'PK\x03\x04', 20 * KIB + random.below(90 * KIB)),
    ]),
    ...many(30, (n) => [
      `Users/${random.pick(people)}/Documents/${content.identifier(random)}-${n}.csv`,
      content.table(random, 10 * KIB + random.below(90 * KIB)),
    ]),
    ...many(25, (n) => [
      `Shares/Projects/${content.identifier(random)}/plan-${n}.dwg`,
      content.binary(random, 'AC1032', 60 * KIB + random.below(120 * KIB)),
    ]),
    ['Windows/System32/config/SOFTWARE', content.binary(random, 'regf', MIB)],
    ['Windows/Logs/CBS/CBS.log', content.systemLog(random, 'files-01', MIB)],
  ];
}

export function mailSpool() {
  const random = content.randomOf('mail');
  return [
    ...many(400, (n) => [
      `mail/office/cur/${1762149600 + n * 61}.M${n}.mail-01:2,S`,
      content.mail(random, n, 1500 + random.below(14_000)),
    ]),
    ...many(40, (n) => [
      `mail/office/new/${1762249600 + n * 61}.M${n}.mail-01`,
      content.mail(random, 1000 + n, 1500),
    ]),
    ['log/mail.log', content.systemLog(random, 'mail-01', 2 * MIB)],
    ['lib/postfix/smtp_scache.db', content.databasePages(random, 32)],
  ];
}

export function archive() {
  const random = content.randomOf('archive');
  return many(16, (n) => [
    `${2010 + n}/ledger-${2010 + n}.csv`,
    content.table(random, 500 * KIB + random.below(700 * KIB)),
  ]);
}

export function appliance() {
  const random = content.randomOf('appliance');
  return [
    ['firmware/image-4.2.bin', content.binary(random, 'HSQS', 3 * MIB)],
    ['etc/gateway.conf', content.settings(random, 6000)],
    ['log/gateway.log', content.systemLog(random, 'gateway-01', 600 * KIB)],
  ];
}

export function builds() {
  const random = content.randomOf('builds');
  return [
    ...many(200, (n) => [
      `workspace/src/${content.identifier(random)}/${content.identifier(random)}-${n}.c`,
      content.prose(random, 1000 + random.below(9000)),
    ]),
    ...many(60, (n) => [
      `workspace/out/${content.identifier(random)}-${n}.o`,
      content.binary(random, '\x7fELF', 20 * KIB + random.below(90 * KIB)),
    ]),
  ];
}

export function efi() {
  const random = content.randomOf('efi');
  return [
    ['EFI/debian/grubx64.efi', content.binary(random, 'MZ', 500 * KIB)],
    ['EFI/BOOT/BOOTX64.EFI', content.binary(random, 'MZ', 500 * KIB)],
    ['EFI/debian/grub.cfg', Buffer.from('search.fs_uuid 5f1c0de0-0000-4000-8000-000000000002 root\n')],
  ];
}
