/** Plausible file contents from a seed. They compress well, so that the images stay small. */

export const EPOCH = Date.UTC(2025, 10, 3, 6) / 1000;

/** mulberry32, public domain, Tommy Ettinger. */
export function randomOf(seed) {
  let state = [...seed].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7);
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  return { below, pick: (list) => list[below(list.length)] };
}

const WORDS =
  'archive backup block branch cache change channel client cluster config context controller copy counter daemon default delta device disk driver export extent file filter firmware folder format guest handle header health history host image index input inode job journal kernel key layer lease library limit link list local lock map master memory message metric mirror module monitor mount name network node object offset option output package page parent partition path peer policy pool port process profile queue range read record region release remote report request resource result retry role root route rule sample schema score script sector segment server service session shard signal size snapshot socket source stage state storage stream switch table task template thread ticket timer token trace transfer tree unit update user value version view volume window worker write zone'.split(
    ' ',
  );

export const sentence = (random, words) => Array.from({ length: words }, () => random.pick(WORDS)).join(' ');

export const identifier = (random) => `${random.pick(WORDS)}-${random.pick(WORDS)}`;

function lines(bytes, line) {
  const parts = [];
  for (let size = 0, number = 0; size < bytes; number++) {
    const text = `${line(number)}\n`;
    parts.push(text);
    size += text.length;
  }
  return Buffer.from(parts.join('')).subarray(0, bytes);
}

const stamp = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 19);

export const systemLog = (random, host, bytes) =>
  lines(bytes, (number) => {
    const unit = random.pick(['systemd[1]', 'cron[811]', 'sshd[902]', 'kernel', 'dhclient[644]']);
    return `${stamp(EPOCH + number * 7)} ${host} ${unit}: ${WORDS[random.below(32)]} run finished, status=0`;
  });

export const accessLog = (random, bytes) =>
  lines(bytes, (number) => {
    const page = WORDS[random.below(16)];
    return `10.20.0.${random.below(30)} - - [${stamp(EPOCH + number)}] "GET /${page}/index.html HTTP/1.1" 200 ${page.length * 977} "-" "Mozilla/5.0 (X11; Linux x86_64)"`;
  });

export const table = (random, bytes) =>
  lines(
    bytes,
    (number) =>
      `${number};${WORDS[random.below(24)]}-${number % 7};${random.below(8) * 25};EUR;delivered to the main warehouse, paid by invoice, no further remarks`,
  );

/** A file's own stock of phrases: text that repeats itself as real text does. */
const stock = (count, phrase) => Array.from({ length: count }, phrase);

export function settings(random, bytes) {
  const names = stock(24, () => `${random.pick(WORDS)}_${random.pick(WORDS)}`);
  return lines(bytes, () => `${random.pick(names)} = ${random.below(4) * 1024} # default, see the manual`);
}

export function prose(random, bytes) {
  const sentences = stock(24, () => `${sentence(random, 9)}.`);
  return lines(bytes, () => random.pick(sentences));
}

export function webPage(random, bytes) {
  const entries = stock(16, () => `<p class="entry">${sentence(random, 6)}</p>`);
  return Buffer.concat([
    Buffer.from('<!doctype html>\n<html><head><title>Intranet</title></head><body>\n'),
    lines(bytes, () => random.pick(entries)),
    Buffer.from('</body></html>\n'),
  ]);
}

export const mail = (random, number, bytes) =>
  Buffer.concat([
    Buffer.from(
      `From: ${identifier(random)}@example.org\r\nTo: office@example.org\r\nMessage-ID: <${number}@mail-01>\r\nSubject: ${sentence(random, 4)}\r\n\r\n`,
    ),
    prose(random, bytes),
  ]);

/** Machine code and pictures: patterns of a small dictionary behind a file signature. */
export function binary(random, signature, bytes) {
  const dictionary = Array.from({ length: 16 }, () => noise(random, 64));
  const content = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += 64) random.pick(dictionary).copy(content, at);
  content.write(signature, 0, 'latin1');
  return content;
}

/** Data that does not compress: packed archives. */
export function noise(random, bytes) {
  return Buffer.from(Array.from({ length: bytes }, () => random.below(256)));
}

/** Database pages of 16 KiB: a header with page number and log sequence number, then rows, then free space. */
export function databasePages(random, pages) {
  const content = Buffer.alloc(pages * 16_384);
  for (let page = 0; page < pages; page++) {
    const at = page * 16_384;
    content.writeUInt32BE(random.below(2 ** 32), at);
    content.writeUInt32BE(page, at + 4);
    content.writeBigUInt64BE(BigInt(page * 977 + 8192), at + 16);
    content.writeUInt16BE(17855, at + 24);
    table(random, 6000 + random.below(9000)).copy(content, at + 38);
  }
  return content;
}
