import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { errorMessage } from "@/api/errors";
import type { Attempt, AttemptReport } from "@/api/generated/types";
import { reportQuery } from "@/api/review";
import { When } from "@/components/elapsed";
import { Markdown } from "@/components/markdown";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { formatCost, formatCount, formatDuration } from "@/lib/format";
import { usePanel } from "../hooks/use-panel";
import { tokenWords } from "../words";
import { Section } from "./section";

const endStates = new Set<Attempt["state"]>(["queued", "preparing", "running", "waiting", "gates"]);

/** What an attempt did: in the agent's words, in commits, and what it left open. */
export function Report() {
  const { attempt, task } = usePanel();
  if (attempt === undefined || endStates.has(attempt.state)) return null;
  const done = task.criteria.map((criterion) => (criterion.done ? "1" : "0")).join("");
  const gates = attempt.gates.map((gate) => gate.state).join(",");
  return <AttemptParts attempt={attempt} revision={`${attempt.state} ${attempt.head_commit} ${done} ${gates}`} />;
}

function AttemptParts({ attempt, revision }: { attempt: Attempt; revision: string }) {
  const query = useQuery(reportQuery(attempt.id, revision));
  const report = query.data;
  // A failure's last words are its error, which stands above.
  const summary = attempt.summary === attempt.error?.message ? null : attempt.summary;
  return (
    <>
      {summary || report ? (
        <Section
          action={report ? <CopyReport markdown={report.markdown} /> : null}
          note={attempt.number > 1 ? `attempt ${attempt.number}` : undefined}
          title="What the agent says it did"
        >
          {summary ? (
            <Markdown className="text-muted-foreground" text={summary} />
          ) : (
            <p className="text-muted-foreground">It ended without a summary.</p>
          )}
          {report ? <Figures report={report} /> : null}
        </Section>
      ) : null}
      {query.isError ? (
        <p className="text-xs text-muted-foreground">Its report could not be read. {errorMessage(query.error)}</p>
      ) : null}
      {report && report.open_points.length > 0 ? <OpenPoints points={report.open_points} /> : null}
      {report && report.commits.length > 0 ? <Commits report={report} /> : null}
    </>
  );
}

function Figures({ report }: { report: AttemptReport }) {
  const { usage } = report;
  const parts = [
    `${formatCount(report.files_changed, "file")} changed`,
    ...(report.duration_ms === null ? [] : [formatDuration(report.duration_ms)]),
    tokenWords(usage),
    ...(usage.cost_usd > 0 ? [formatCost(usage.cost_usd)] : []),
  ];
  return <p className="mt-1.5 text-xs text-faint-foreground tabular-nums">{parts.join(" · ")}</p>;
}

function CopyReport({ markdown }: { markdown: string }) {
  const [isCopied, setIsCopied] = useState(false);
  return (
    <Button
      onBlur={() => setIsCopied(false)}
      onClick={() => void navigator.clipboard.writeText(markdown).then(() => setIsCopied(true))}
      size="sm"
      title="Everything here, to be pasted elsewhere"
    >
      {isCopied ? "Copied" : "Copy as Markdown"}
    </Button>
  );
}

function OpenPoints({ points }: { points: readonly string[] }) {
  return (
    <Section note={points.length} title="Left open">
      <ul className="list-disc pl-4.5 text-muted-foreground">
        {points.map((point) => (
          <li className="[overflow-wrap:anywhere]" key={point}>
            <PlainText text={point} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

const commitsShown = 10;

function Commits({ report }: { report: AttemptReport }) {
  const [isWhole, setIsWhole] = useState(false);
  const newest = report.commits.toReversed();
  const shown = isWhole ? newest : newest.slice(0, commitsShown);
  return (
    <Section note={report.commits.length} title="Commits">
      <ul>
        {shown.map((commit) => (
          <li className="flex min-h-7 items-center gap-2 border-t first:border-t-0 max-md:min-h-9" key={commit.id}>
            <code className="text-code text-faint-foreground" title={commit.id}>
              {commit.id.slice(0, 7)}
            </code>
            <span className="min-w-0 flex-1 truncate" title={`${commit.subject}\n${commit.author}`}>
              <PlainText text={commit.subject} />
            </span>
            <span className="text-xs text-faint-foreground tabular-nums">
              <When at={commit.committed_at} />
            </span>
          </li>
        ))}
      </ul>
      {shown.length < newest.length ? (
        <Button onClick={() => setIsWhole(true)} size="sm" variant="ghost">
          {formatCount(newest.length - shown.length, "more commit")}
        </Button>
      ) : null}
    </Section>
  );
}
