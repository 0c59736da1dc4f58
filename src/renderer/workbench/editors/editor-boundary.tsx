import { Component, type ReactNode } from 'react';
import { toFailure, type Failure } from '../../../shared/model/failure';
import { Button } from '../../ui/button';
import { ErrorState } from '../../ui/states';

/** Keeps a bug in one editor from taking the window down, and says what happened. */
export class EditorBoundary extends Component<{ children: ReactNode }, { failure: Failure | undefined }> {
  override state: { failure: Failure | undefined } = { failure: undefined };

  static getDerivedStateFromError(error: unknown): { failure: Failure } {
    return { failure: toFailure(error) };
  }

  override render(): ReactNode {
    if (this.state.failure === undefined) return this.props.children;
    return (
      <ErrorState failure={this.state.failure}>
        <Button onClick={() => this.setState({ failure: undefined })}>Show it again</Button>
      </ErrorState>
    );
  }
}
