import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { fail, FailureError } from '../../../shared/model/failure';
import { makeFolders } from '../export/files/make-folders';

const schema = z.object({
  version: z.literal(1),
  pools: z.record(z.string(), z.object({ fingerprint: z.string(), trustedAt: z.string() })),
});
type Content = z.infer<typeof schema>;

/** The certificates that were trusted, by `https://host[:port]`. A damaged file is an error, never "nothing known". */
export class KnownPools {
  constructor(private readonly path: string) {}

  async fingerprintOf(origin: string): Promise<string | undefined> {
    return (await this.#read()).pools[origin]?.fingerprint;
  }

  async trust(origin: string, fingerprint: string): Promise<void> {
    const content = await this.#read();
    content.pools[origin] = { fingerprint, trustedAt: new Date().toISOString() };
    await this.#write(content);
  }

  /** Does nothing when no certificate is known for it. */
  async forget(origin: string): Promise<void> {
    const content = await this.#read();
    if (!Object.hasOwn(content.pools, origin)) return;
    const others = Object.entries(content.pools).filter(([other]) => other !== origin);
    await this.#write({ ...content, pools: Object.fromEntries(others) });
  }

  async #write(content: Content): Promise<void> {
    try {
      await this.#replace(content);
    } catch (error) {
      throw notUsable(error, this.path, 'written');
    }
  }

  async #replace(content: Content): Promise<void> {
    await makeFolders(dirname(this.path), 0o700);
    const next = `${this.path}.${process.pid}.next`; // window and command line may write at once
    const file = await open(next, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(content, undefined, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, this.path);
  }

  async #read(): Promise<Content> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { version: 1, pools: {} };
      throw notUsable(error, this.path, 'read');
    }
    const parsed = schema.safeParse(parse(text));
    if (parsed.success) return parsed.data;
    return fail({
      code: 'known-pools-damaged',
      message: `The file with the trusted certificates, ${this.path}, is damaged.`,
      nextStep:
        'Compare the fingerprints of your pools anew: move the file away, then connect with --fingerprint.',
    });
  }
}

const notUsable = (error: unknown, path: string, what: 'read' | 'written'): FailureError =>
  new FailureError(
    {
      code: `known-pools-not-${what}`,
      message: `The file with the trusted certificates, ${path}, cannot be ${what}.`,
      nextStep: 'Check its folder, the rights of your account there, and the space on that drive.',
      details: (error as Error).message,
    },
    { cause: error },
  );

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
