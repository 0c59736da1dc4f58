/** Which file of a file system is meant, whatever it is called. */
export interface KnownFile {
  readonly path: string;
  readonly device: bigint;
  readonly inode: bigint;
}
