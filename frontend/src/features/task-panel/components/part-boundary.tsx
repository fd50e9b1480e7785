import { Component, type ReactNode } from "react";
import { errorMessage } from "@/api/errors";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";

type Props = { name: string; children: ReactNode };
type State = { error: unknown; hasFailed: boolean };

/** Keeps what fails in one tab from taking the panel with it. */
export class PanelPartBoundary extends Component<Props, State> {
  override state: State = { error: undefined, hasFailed: false };

  static getDerivedStateFromError(error: unknown): State {
    return { error, hasFailed: true };
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    const again = () => this.setState({ error: undefined, hasFailed: false });
    return (
      <Notice action={<Button onClick={again}>Show it again</Button>} isAlert title={`${this.props.name} stopped`}>
        {errorMessage(this.state.error)} The agent is not touched by it.
      </Notice>
    );
  }
}
