import { TriangleAlert } from "lucide-react";
import { PlainText } from "@/components/plain-text";
import { Icon } from "@/components/ui/icon";
import { usePanel } from "../hooks/use-panel";
import { Section } from "./section";

/** The files of the work that would run code once an agent is started with them: to be looked at first. */
export function ConfigChanges() {
  const { attempt } = usePanel();
  if (!attempt || attempt.config_changes.length === 0) return null;
  return (
    <Section note="look at it first" title="Changes what runs code">
      <p className="text-muted-foreground">
        Once this is merged, agents and Claude Code may run what stands in it. Agents of the board get it only after it
        is trusted again.
      </p>
      <ul className="mt-1">
        {attempt.config_changes.map((path) => (
          <li key={path}>
            <FileButton path={path} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** The same above the diff, in one line. */
export function ConfigStrip() {
  const { attempt } = usePanel();
  if (!attempt || attempt.config_changes.length === 0) return null;
  return (
    <p className="flex min-h-8 shrink-0 flex-wrap items-center gap-x-2 border-b px-6 text-xs max-md:px-4 in-data-full:px-4">
      <Icon as={TriangleAlert} className="text-state-failed" size={13} />
      <span className="font-[550]">changes what runs code:</span>
      {attempt.config_changes.map((path) => (
        <FileButton key={path} path={path} />
      ))}
    </p>
  );
}

function FileButton({ path }: { path: string }) {
  const { onView } = usePanel();
  return (
    <button
      className="flex min-h-7 items-center text-left text-link hover:underline max-md:min-h-11"
      onClick={() => onView({ tab: "diff", file: path })}
      type="button"
    >
      <code className="[overflow-wrap:anywhere]">
        <PlainText text={path} />
      </code>
    </button>
  );
}
