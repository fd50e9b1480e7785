import { Paperclip, SendHorizontal, Square } from "lucide-react";
import { useRef } from "react";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import type { SendAction } from "../actions";
import { limitWords } from "../attachments";
import { isEmptyDraft } from "../draft-store";
import type { Composer } from "../hooks/use-composer";
import { destinations } from "../model";

type FootProps = { composer: Composer; actions: readonly SendAction[]; isStopArmed: boolean };

/** Below the text: files, where it goes, and what can be done. On a phone it is there while somebody writes. */
export function BoxFoot({ composer, actions, isStopArmed }: FootProps) {
  const { reach, attempt } = composer;
  if (reach.type === "closed") return null;
  return (
    <div className="mt-2 flex items-center gap-2 max-md:mt-0 max-md:hidden max-md:flex-wrap max-md:pb-2 max-md:group-focus-within/box:flex max-md:group-data-filled/box:flex">
      <AttachButton composer={composer} />
      <span className="min-w-0 flex-1 text-xs text-faint-foreground max-md:text-sm" role="status">
        {isStopArmed ? "Esc again stops the turn" : (obstacle(composer) ?? destinations[reach.type])}
      </span>
      <span className="flex items-center gap-2 max-md:basis-full max-md:[&>*]:flex-1">
        {attempt.allowed_actions.includes("interrupt") ? <StopButton composer={composer} /> : null}
        {attempt.allowed_actions.includes("finish") ? <FinishButton composer={composer} /> : null}
        {actions.map((action) => (
          <SendButton action={action} composer={composer} key={action.label} />
        ))}
      </span>
    </div>
  );
}

/** Why what is written cannot be sent as it is; that there is nothing yet needs no words. */
function obstacle({ draft, status, blocker }: Composer): string | undefined {
  return isEmptyDraft(draft) || status.type === "busy" ? undefined : blocker;
}

function SendButton({ composer, action }: { composer: Composer; action: SendAction }) {
  return (
    <Button
      disabled={composer.blocker !== undefined}
      onClick={(event) => {
        composer.send(action.delivery);
        focusText(event.currentTarget);
      }}
      size="sm"
      title={composer.blocker ?? action.title}
      variant={action.variant}
    >
      {action.label}
      <Kbd>{action.keys}</Kbd>
    </Button>
  );
}

/** The button is off until something is written again: the focus goes where that is done. */
function focusText(button: HTMLElement): void {
  button.closest("section")?.querySelector<HTMLElement>("textarea[data-box]")?.focus();
}

/** A phone's one way to send while the foot is away: the gentler of the two. */
export function SendIcon({ composer, actions }: Omit<FootProps, "isStopArmed">) {
  const action = actions[0];
  if (action === undefined) return null;
  return (
    <Button
      aria-label={action.label}
      className="-mr-2 hidden disabled:border-transparent disabled:bg-transparent max-md:inline-flex max-md:group-focus-within/box:hidden max-md:group-data-filled/box:hidden"
      disabled={composer.blocker !== undefined}
      onClick={() => composer.send(action.delivery)}
      size="icon"
      title={composer.blocker ?? action.title}
      variant="ghost"
    >
      <Icon as={SendHorizontal} size={18} />
    </Button>
  );
}

function StopButton({ composer }: { composer: Composer }) {
  const isStopping = composer.status.type === "busy" && composer.status.work === "stop";
  const asks = composer.reach.type === "asking";
  return (
    <Button
      disabled={composer.status.type === "busy"}
      onClick={composer.stop}
      size="sm"
      title={`Stops what the agent does now; the run stays${asks ? ", and what it asks is taken back" : ""} (Esc Esc in the box)`}
      variant="ghost"
    >
      <Icon as={Square} size={12} />
      {isStopping ? "stopping…" : "Stop"}
    </Button>
  );
}

function FinishButton({ composer }: { composer: Composer }) {
  return (
    <Button
      disabled={composer.status.type === "busy"}
      onClick={composer.finish}
      size="sm"
      title="Ends the run; what the agent has done so far goes to Review"
    >
      Take the work to Review
    </Button>
  );
}

function AttachButton({ composer }: { composer: Composer }) {
  const input = useRef<HTMLInputElement>(null);
  const onChange = () => {
    composer.files.add([...(input.current?.files ?? [])]);
    // The same file can be chosen again.
    if (input.current) input.current.value = "";
  };
  return (
    <>
      <Button
        aria-label="Attach images or files"
        onClick={() => input.current?.click()}
        size="icon-sm"
        title={`Attach images or files, or paste them. ${limitWords}.`}
        variant="ghost"
      >
        <Icon as={Paperclip} />
      </Button>
      <input aria-label="Files" className="hidden" multiple onChange={onChange} ref={input} tabIndex={-1} type="file" />
    </>
  );
}
