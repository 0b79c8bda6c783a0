// A part of the page that fails says so in its own place; the others go on.
import { Component, type ReactNode } from 'react';

interface BoundaryProps {
  readonly part: string;
  readonly children: ReactNode;
}

export class Boundary extends Component<BoundaryProps, { readonly message?: string }> {
  override state: { readonly message?: string } = {};

  static getDerivedStateFromError(error: unknown): { readonly message: string } {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.message === undefined) return this.props.children;
    return (
      <div role="alert" style={{ padding: 20 }}>
        <b>The {this.props.part} failed.</b>
        <p>{this.state.message}</p>
        <button type="button" className="more" onClick={() => this.setState({ message: undefined })}>
          try again
        </button>
      </div>
    );
  }
}
