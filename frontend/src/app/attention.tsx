import { lazy, Suspense } from "react";
import type { Project } from "@/api/generated/types";
import { groupAsks, neighbour } from "@/features/approvals/model";
import { useKeys } from "@/lib/use-keys";
import { useTabIcon } from "@/lib/use-tab-icon";
import { useTitleCount } from "@/lib/use-title";
import { useShell } from "./shell-actions";
import { useNeeds, useShownAsk } from "./use-needs";

// Sound and notifications are about what comes later; the board need not wait for them.
const AttentionCalls = lazy(() => import("./attention-calls"));

/** What waits for the person: tab title and icon, the keys to it, and the calls when something new does. */
export function AttentionCenter({ project }: { project: Project | undefined }) {
  const { asks, open } = useNeeds();
  const { projects } = useShell();
  const shownAsk = useShownAsk();
  const step = (by: 1 | -1) => () => {
    const inOrder = groupAsks(asks, projects, project?.id, undefined).flatMap((group) => group.asks);
    const next = neighbour(inOrder, shownAsk, by);
    if (next) open(next.id);
  };
  useTitleCount(asks.length);
  useTabIcon(asks.length > 0);
  useKeys({ "]": step(1), "[": step(-1) });
  return (
    <Suspense fallback={null}>
      <AttentionCalls project={project} />
    </Suspense>
  );
}
