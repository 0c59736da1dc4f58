import type { CliIo } from '../io';
import { bold, dim } from '../terminal/colours';

/** Tells the tour: chapters, sentences, figures and verdicts, wrapped to the terminal. */
export class Narrator {
  #chapters = 0;

  constructor(private readonly io: CliIo) {}

  chapter(title: string): void {
    this.io.out(`\n${bold(this.io, `${++this.#chapters}. ${title}`)}\n`);
  }

  say(text: string): void {
    this.io.out(`${wrap(text, Math.min(this.io.columns, 100) - 3)}\n`);
  }

  fact(name: string, value: string): void {
    this.io.out(`   ${dim(this.io, `${name}:`.padEnd(15))} ${value}\n`);
  }

  /** Something that was checked. */
  verdict(right: boolean, text: string): void {
    const mark = this.io.unicode ? (right ? '✓' : '✗') : right ? 'ok:' : 'WRONG:';
    this.say(`${mark} ${text}`);
  }

  picture(text: string): void {
    this.io.out(`\n${text}`);
  }
}

function wrap(text: string, width: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line].map((one) => `   ${one}`).join('\n');
}
