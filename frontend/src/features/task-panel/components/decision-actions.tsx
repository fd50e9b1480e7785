import { Check, ChevronDown, GitMerge, GitPullRequest, type LucideIcon } from "lucide-react";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuChoice,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { type Decision, decisionName } from "@/lib/review-words";
import { usePanel } from "../hooks/use-panel";
import { decisionNotes, hasMessage } from "../merge-model";

const icons: Record<Decision, LucideIcon> = {
  merge: GitMerge,
  squash: GitMerge,
  rebase: GitMerge,
  pr: GitPullRequest,
  keep: Check,
};

/** The decision: one button that names its effect, and a menu that changes it. */
export function DecisionActions() {
  const { tab, merge, onView } = usePanel();
  return (
    <div className="flex shrink-0 items-center gap-2 max-md:[&>*]:flex-1">
      {tab === "diff" ? null : (
        <Button className="max-md:hidden" onClick={() => onView({ tab: "diff" })}>
          Review diff<Kbd>D</Kbd>
        </Button>
      )}
      <span className="flex min-w-0">
        <DecisionButton key={merge.decision} />
        <DecisionMenu />
      </span>
    </div>
  );
}

/** Why it is off stands in the line below it. */
export const obstacleId = "decision-obstacle";

function DecisionButton() {
  const { merge, action, decide } = usePanel();
  const isOff = merge.obstacle !== undefined || action.type === "running";
  return (
    <Button
      aria-describedby={merge.obstacle === undefined ? undefined : obstacleId}
      className="min-w-0 flex-1 rounded-r-none"
      disabled={isOff}
      onClick={decide}
      title={merge.obstacle}
      variant="primary"
    >
      <Icon as={icons[merge.decision]} />
      <span className="truncate">{decisionName(merge.decision, merge.base)}</span>
      <Kbd>A</Kbd>
    </Button>
  );
}

function DecisionMenu() {
  const { task, newest, merge, setDialog } = usePanel();
  const isBare = hasMessage(merge.decision) && merge.obstacle === undefined;
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button aria-label="Other decisions" className="ml-px w-6.5 rounded-l-none px-0 max-md:w-11" variant="primary">
          <Icon as={ChevronDown} />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent className="w-84 max-w-[calc(100vw-16px)]">
        <DropdownMenuLabel>What the button does</DropdownMenuLabel>
        {merge.decisions.map((decision) => (
          <DropdownMenuChoice
            isChosen={decision === merge.decision}
            key={decision}
            label={decisionName(decision, merge.base)}
            note={decisionNotes[decision]}
            onSelect={() => merge.choose(decision)}
          />
        ))}
        <DropdownMenuSeparator />
        {isBare ? (
          <DropdownMenuItem onSelect={() => setDialog("decide")}>Edit the message first…</DropdownMenuItem>
        ) : null}
        {task.allowed_actions.includes("reject") ? (
          <DropdownMenuItem onSelect={() => setDialog("reject")}>Request changes…</DropdownMenuItem>
        ) : null}
        {newest?.allowed_actions.includes("discard") ? (
          <DropdownMenuItem onSelect={() => setDialog("discard")} tone="danger">
            Discard the work…
          </DropdownMenuItem>
        ) : null}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
