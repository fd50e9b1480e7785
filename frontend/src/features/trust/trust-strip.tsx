import { useQuery } from "@tanstack/react-query";
import { ShieldQuestionMark } from "lucide-react";
import type { Project, ProjectTrust } from "@/api/generated/types";
import { projectTrustQuery } from "@/api/trust";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { countItems, effectOf } from "./words";

/** Says above a board that its repository brings what runs code, until somebody has decided about it. */
export function TrustStrip({ project, onReview }: { project: Project; onReview: () => void }) {
  const trust = useQuery(projectTrustQuery(project.id)).data;
  const words = trust && stripWords(trust);
  if (words === undefined) return null;
  return (
    <div
      className="flex min-h-8 shrink-0 items-center gap-2 border-b bg-muted px-4 py-0.5 text-xs text-muted-foreground"
      role="status"
    >
      <Icon as={ShieldQuestionMark} className="shrink-0" />
      <span className="min-w-0 flex-1">{words}</span>
      <Button onClick={onReview} size="sm">
        Review
      </Button>
    </div>
  );
}

function stripWords(trust: ProjectTrust): string | undefined {
  switch (trust.state) {
    case "undecided":
      return `This repository brings ${countItems(trust.items)} ${effectOf(trust.items)}. Agents run without them.`;
    case "changed":
      return "What this repository brings has changed since you trusted it. Agents run without it until you decide again.";
    case "nothing":
    case "trusted":
    case "refused":
      return undefined;
  }
}
