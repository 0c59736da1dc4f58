import type { ReactNode } from 'react';
import type { Failure } from '../../shared/model/failure';
import { Icon } from './icon';

export interface EmptyStateProps {
  readonly icon: string;
  readonly title: string;
  readonly text?: ReactNode;
  /** It is all that an editor shows: its title is the heading of the page. */
  readonly page?: boolean;
  /** Buttons. */
  readonly children?: ReactNode;
}

/** Nothing here yet, and what to do about it. */
export function EmptyState({ icon, title, text, page = false, children }: EmptyStateProps) {
  const Title = page ? 'h1' : 'p';
  return (
    <div className="ds-state">
      <Icon name={icon} className="ds-state-icon" />
      <Title className="ds-state-title">{title}</Title>
      {text !== undefined && <p className="ds-state-text">{text}</p>}
      {children !== undefined && <div className="ds-state-actions">{children}</div>}
    </div>
  );
}

export function LoadingState({ text }: { text: string }) {
  return (
    <div className="ds-state" role="status">
      <Icon name="loading" spin className="ds-state-icon" />
      <p className="ds-state-text">{text}</p>
    </div>
  );
}

/** A failure: the sentence, the next step, the raw code folded away. */
export function ErrorState({ failure, children }: { failure: Failure; children?: ReactNode }) {
  return (
    <div className="ds-state ds-state-error" role="alert">
      <Icon name="error" className="ds-state-icon" />
      <p className="ds-state-title">{failure.message}</p>
      <p className="ds-state-text">{failure.nextStep}</p>
      <FailureDetails failure={failure} />
      {children !== undefined && <div className="ds-state-actions">{children}</div>}
    </div>
  );
}

/** The same in a line, for inside a form or a table. */
export function FailureNote({ failure, children }: { failure: Failure; children?: ReactNode }) {
  return (
    <div className="ds-note ds-note-error" role="alert">
      <Icon name="error" />
      <div>
        <p>{failure.message}</p>
        <p className="ds-note-next">{failure.nextStep}</p>
        <FailureDetails failure={failure} />
        {children}
      </div>
    </div>
  );
}

function FailureDetails({ failure: { details, code } }: { failure: Failure }) {
  if (details === undefined) return null;
  return (
    <details className="ds-details">
      <summary>Details</summary>
      <pre className="ds-mono ds-selectable">{`${code}\n${details}`}</pre>
    </details>
  );
}
