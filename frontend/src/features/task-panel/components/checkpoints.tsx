import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { errorMessage } from "@/api/errors";
import type { Attempt, Checkpoint } from "@/api/generated/types";
import { checkpointsQuery, goBack } from "@/api/review";
import { Ago } from "@/components/elapsed";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { formatCount } from "@/lib/format";
import { usePanel } from "../hooks/use-panel";
import { StartDialog } from "./retry-dialog";
import { Section } from "./section";

type Wish = { type: "none" } | { type: "back" | "start"; checkpoint: Checkpoint };

/** The states of the worktree that were kept: to look at, to go back to, to start from. */
export function Checkpoints() {
  const { attempt } = usePanel();
  if (attempt === undefined || attempt.started_at === null) return null;
  return <CheckpointList attempt={attempt} key={attempt.id} />;
}

const shownAtFirst = 5;

function CheckpointList({ attempt }: { attempt: Attempt }) {
  const [wish, setWish] = useState<Wish>({ type: "none" });
  const [isWhole, setIsWhole] = useState(false);
  const query = useQuery(
    checkpointsQuery(attempt.id, `${attempt.state} ${attempt.head_commit} ${attempt.usage.turns}`),
  );
  const checkpoints = query.data ?? [];
  if (query.isError) {
    return (
      <p className="text-xs text-muted-foreground">Its checkpoints could not be read. {errorMessage(query.error)}</p>
    );
  }
  if (checkpoints.length === 0) return null;
  const shown = isWhole ? checkpoints : checkpoints.slice(0, shownAtFirst);
  return (
    <Section note={`${checkpoints.length} · one for each turn, on no branch`} title="Checkpoints">
      <ul>
        {shown.map((checkpoint) => (
          <CheckpointRow attempt={attempt} checkpoint={checkpoint} key={checkpoint.number} onWish={setWish} />
        ))}
      </ul>
      {shown.length < checkpoints.length ? (
        <Button onClick={() => setIsWhole(true)} size="sm" variant="ghost">
          {formatCount(checkpoints.length - shown.length, "earlier checkpoint")}
        </Button>
      ) : null}
      <WishDialog attempt={attempt} onClose={() => setWish({ type: "none" })} wish={wish} />
    </Section>
  );
}

type RowProps = { attempt: Attempt; checkpoint: Checkpoint; onWish: (wish: Wish) => void };

function CheckpointRow({ attempt, checkpoint, onWish }: RowProps) {
  const { onView } = usePanel();
  const { number } = checkpoint;
  const can = new Set(attempt.allowed_actions);
  return (
    <li className="flex min-h-9 items-center gap-2 border-t first:border-t-0 max-md:min-h-11 max-md:flex-wrap max-md:py-1">
      <span className="w-5 font-[550] tabular-nums">{number}</span>
      <span className="min-w-0 flex-1 truncate" title={checkpoint.commit}>
        <PlainText text={checkpoint.label} />{" "}
        <span className="text-xs text-faint-foreground tabular-nums">
          {"· "}
          {checkpoint.files_changed > 0 ? `${formatCount(checkpoint.files_changed, "file")} · ` : ""}
          <Ago at={checkpoint.created_at} />
        </span>
      </span>
      {number > 0 ? (
        <Button
          aria-label={`Look at checkpoint ${number}`}
          onClick={() => onView({ tab: "diff", from: number - 1, to: number })}
          size="sm"
          variant="ghost"
        >
          Look
        </Button>
      ) : null}
      {can.has("go_back") ? (
        <Button
          aria-label={`Go back to checkpoint ${number}`}
          onClick={() => onWish({ type: "back", checkpoint })}
          size="sm"
          variant="ghost"
        >
          Go back…
        </Button>
      ) : null}
      {can.has("retry_fresh") ? (
        <Button
          aria-label={`Start from it: a new attempt from checkpoint ${number}`}
          onClick={() => onWish({ type: "start", checkpoint })}
          size="sm"
          variant="ghost"
        >
          Start from it…
        </Button>
      ) : null}
    </li>
  );
}

function WishDialog({ attempt, wish, onClose }: { attempt: Attempt; wish: Wish; onClose: () => void }) {
  if (wish.type === "none") return null;
  const { number, label } = wish.checkpoint;
  if (wish.type === "start") return <StartDialog attempt={attempt} checkpoint={number} onClose={onClose} />;
  return (
    <ConfirmDialog
      cancelLabel="Stay here"
      choices={[
        { label: `Go back to ${number}`, variant: "primary", run: async () => void (await goBack(attempt.id, number)) },
      ]}
      explain={errorMessage}
      onClose={onClose}
      title={`Go back to checkpoint ${number}?`}
    >
      <p>
        The worktree's files become what they were at “{label}”, by a new commit on{" "}
        <code className="text-foreground">{attempt.branch_name ?? "the branch"}</code>: its history stays as it is.
      </p>
      <p>The present state is kept as a checkpoint first, so this can be undone in the same way.</p>
    </ConfirmDialog>
  );
}
