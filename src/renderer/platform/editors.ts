import { z } from 'zod';

/** What an editor shows. Two inputs with the same type and parameters are the same editor. */
export const editorInputSchema = z.object({ type: z.string(), params: z.record(z.string(), z.string()) });
export type EditorInput = z.infer<typeof editorInputSchema>;

export const editorId = ({ type, params }: EditorInput): string =>
  `${type}:${Object.keys(params)
    .sort()
    .map((key) => encodeURIComponent(params[key] ?? ''))
    .join('/')}`;

export interface OpenOptions {
  /** Shown in italics and replaced by the next preview. */
  readonly preview?: boolean;
  /** In a new group to the right. */
  readonly toSide?: boolean;
  /** Leave the focus where it is. */
  readonly preserveFocus?: boolean;
}

/** The groups of tabs in the middle of the window. */
export interface EditorGroups {
  /** Opens an editor, or reveals it where it is open already. */
  open(input: EditorInput, options?: OpenOptions): void;
  close(id: string): void;
  closeActive(): void;
  closeAll(): void;
  closeOthers(id: string): void;
  pin(id: string): void;
  splitRight(): void;
  /** Moves to the next (1) or previous (-1) tab of the active group. */
  cycle(step: 1 | -1): void;
  focusGroup(index: number): void;
  focus(): void;
  active(): EditorInput | undefined;
  all(): readonly EditorInput[];
}
