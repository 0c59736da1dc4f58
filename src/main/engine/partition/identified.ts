/** What a detector says about a partition, a volume or a whole disk. Offsets count from its start, in bytes. */
export interface Identified {
  readonly fileSystem: string;
  readonly label?: string | undefined;
  readonly uuid?: string | undefined;
  readonly usedBytes?: number | undefined;
  readonly note?: string | undefined;
  /** Bytes that the file system takes; shorter than the partition when that was grown alone. */
  readonly sizeBytes?: number | undefined;
  readonly details?: readonly Detail[];
  readonly faults?: readonly WindowFault[];
}

export interface Detail {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}

export interface WindowFault {
  readonly offset: number;
  readonly message: string;
}
