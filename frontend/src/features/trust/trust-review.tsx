import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, errorMessage } from "@/api/errors";
import type { Project, ProjectTrust, TrustDecision, TrustItem } from "@/api/generated/types";
import { decideTrust, projectTrustQuery } from "@/api/trust";
import { When } from "@/components/elapsed";
import { Notice } from "@/components/notice";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { kindNames, kindNotes, stateWords } from "./words";

/** What a project's repository brings that runs code, thing by thing as it stands in its file, and the decision. */
export function TrustReview({ project }: { project: Project }) {
  const trust = useQuery(projectTrustQuery(project.id));
  if (trust.data) return <Review project={project} trust={trust.data} />;
  if (trust.isPending) return <Skeleton className="w-1/2" />;
  return (
    <Notice
      action={<Button onClick={() => void trust.refetch()}>Try again</Button>}
      className="px-0"
      isAlert
      title="This could not be read"
    >
      {errorMessage(trust.error)}
    </Notice>
  );
}

function Review({ project, trust }: { project: Project; trust: ProjectTrust }) {
  if (trust.state === "nothing") {
    return (
      <Notice className="px-0" title="This repository brings nothing that runs code">
        Hooks, MCP servers, environment and helpers of Claude Code would stand here, as they are on the branch{" "}
        <code>{project.default_branch}</code>.
      </Notice>
    );
  }
  return (
    <>
      <p>
        {stateWords[trust.state]}{" "}
        {trust.decided_at ? (
          <span className="text-faint-foreground">
            Decided <When at={trust.decided_at} />.
          </span>
        ) : null}
      </p>
      <ul className="flex flex-col gap-3">
        {trust.items.map((item, index) => (
          <Item item={item} key={`${item.file} ${item.name} ${index}`} />
        ))}
      </ul>
      <Decision project={project} trust={trust} />
    </>
  );
}

/** The exact text, hidden characters made visible: what is shown is what would run. */
function Item({ item }: { item: TrustItem }) {
  return (
    <li className="overflow-hidden rounded-md border">
      <div className="flex flex-wrap items-baseline gap-x-2 bg-card px-3 py-1.5">
        <span className="font-[550]">{kindNames[item.kind]}</span>
        <code className="[overflow-wrap:anywhere]">
          <PlainText text={item.name} />
        </code>
        <code className="ml-auto text-faint-foreground [overflow-wrap:anywhere]">
          <PlainText text={item.file} />
        </code>
        <span className="basis-full text-xs text-muted-foreground">{kindNotes[item.kind]}</span>
      </div>
      <pre className="border-t bg-inset px-3 py-2 text-code [overflow-wrap:anywhere] whitespace-pre-wrap">
        <PlainText text={item.detail} />
      </pre>
    </li>
  );
}

type Status = { type: "idle" | "sending" } | { type: "failed"; message: string };

function Decision({ project, trust }: { project: Project; trust: ProjectTrust }) {
  const client = useQueryClient();
  const [status, setStatus] = useState<Status>({ type: "idle" });
  const { hash } = trust;
  const decide = async (decision: TrustDecision) => {
    if (hash === null) return;
    setStatus({ type: "sending" });
    const { queryKey } = projectTrustQuery(project.id);
    try {
      client.setQueryData(queryKey, await decideTrust(project.id, { decision, hash }));
      setStatus({ type: "idle" });
    } catch (error) {
      const isStale = error instanceof ApiError && error.code === "conflict";
      if (isStale) void client.invalidateQueries({ queryKey });
      const message = errorMessage(error);
      setStatus({ type: "failed", message: isStale ? `Nothing was decided. ${message} Look again.` : message });
    }
  };
  const isOff = status.type === "sending" || hash === null;
  const isOpen = trust.state === "undecided" || trust.state === "changed";
  return (
    <footer className="sticky bottom-0 flex flex-wrap items-center gap-2 border-t bg-background py-3">
      <p className="min-w-0 flex-1 text-xs text-state-failed max-md:basis-full" role="alert">
        {status.type === "failed" ? status.message : ""}
      </p>
      {trust.state === "refused" ? null : (
        <Button className="max-md:flex-1" disabled={isOff} onClick={() => void decide("refuse")}>
          {trust.state === "trusted" ? "Stop trusting" : "Never hand it to agents"}
        </Button>
      )}
      {trust.state === "trusted" ? null : (
        <Button
          className="max-md:flex-1"
          disabled={isOff}
          onClick={() => void decide("trust")}
          variant={isOpen ? "primary" : "secondary"}
        >
          Trust exactly this
        </Button>
      )}
    </footer>
  );
}
