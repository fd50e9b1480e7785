import { ArrowDown, ArrowUp, Clock, Ellipsis, Paperclip, Send } from "lucide-react";
import type { KeyboardEvent } from "react";
import type { Message } from "@/api/generated/types";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { Icon } from "@/components/ui/icon";
import { formatCount } from "@/lib/format";
import { escapeHidden } from "@/lib/hidden-text";
import { useIsNarrow } from "@/lib/use-media";
import { stateWords } from "../model";

type MessageRowProps = {
  message: Message;
  index: number;
  count: number;
  /** Its editor was just closed: the focus comes back here. */
  hasFocus: boolean;
  onEdit: () => void;
  onMove: (position: number) => void;
  onRemove: () => void;
};

/** One message that waits: where it stands, its first line, and what can be done with it. */
export function MessageRow(props: MessageRowProps) {
  const { message, index, count, onMove } = props;
  const isNarrow = useIsNarrow();
  const move = (by: 1 | -1) => {
    const position = index + by;
    if (position >= 0 && position < count) onMove(position);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    move(event.key === "ArrowUp" ? -1 : 1);
  };
  return (
    // The keys belong to the row, whichever of its buttons has the focus.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <li
      className="flex min-h-6 items-center gap-x-2 text-xs text-muted-foreground max-md:gap-x-3"
      onKeyDown={onKeyDown}
    >
      <Icon as={message.state === "sent" ? Send : Clock} className="shrink-0" size={13} />
      <span className="flex min-w-0 flex-1 items-baseline gap-x-2 max-md:flex-col-reverse">
        <span className="whitespace-nowrap first-letter:uppercase">{stateWords(message)}</span>
        <span
          className="min-w-0 max-w-full truncate text-foreground max-md:text-base"
          title={escapeHidden(message.body)}
        >
          <PlainText text={message.body} />
        </span>
      </span>
      <FileCount message={message} />
      {isNarrow ? <RowMenu {...props} onStep={move} /> : <RowButtons {...props} onStep={move} />}
    </li>
  );
}

type RowActions = MessageRowProps & { onStep: (by: 1 | -1) => void };

function RowButtons({ index, count, hasFocus, onEdit, onRemove, onStep }: RowActions) {
  const place = count > 1 ? ` ${index + 1}` : "";
  return (
    <span className="flex shrink-0 items-center">
      {count > 1 ? <Movers index={index} last={count - 1} onMove={onStep} place={place} /> : null}
      {/* The focus was in the editor that stood here. */}
      {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
      <Button aria-label={`Edit message${place}`} autoFocus={hasFocus} onClick={onEdit} size="sm" variant="ghost">
        Edit
      </Button>
      <Button aria-label={`Remove message${place}`} onClick={onRemove} size="sm" variant="ghost">
        Remove
      </Button>
    </span>
  );
}

/** On a phone there is room for one button. */
function RowMenu({ index, count, hasFocus, onEdit, onRemove, onStep }: RowActions) {
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button
          aria-label={`Menu of message ${index + 1}`}
          // The focus was in the editor that stood here.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus={hasFocus}
          className="-mr-2"
          size="icon-sm"
          variant="ghost"
        >
          <Icon as={Ellipsis} />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        <DropdownMenuItem onSelect={onEdit}>Edit</DropdownMenuItem>
        {index > 0 ? <DropdownMenuItem onSelect={() => onStep(-1)}>Read it earlier</DropdownMenuItem> : null}
        {index < count - 1 ? <DropdownMenuItem onSelect={() => onStep(1)}>Read it later</DropdownMenuItem> : null}
        <DropdownMenuItem onSelect={onRemove}>Remove</DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

function FileCount({ message }: { message: Message }) {
  if (message.attachments.length === 0) return null;
  return (
    <span
      className="flex shrink-0 items-center gap-1"
      title={escapeHidden(message.attachments.map((attachment) => attachment.name).join(", "))}
    >
      <Icon as={Paperclip} size={12} />
      {formatCount(message.attachments.length, "file")}
    </span>
  );
}

type MoversProps = { index: number; last: number; place: string; onMove: (by: 1 | -1) => void };

/** At an end the button stays, so that the focus does; it does nothing there. */
function Movers({ index, last, place, onMove }: MoversProps) {
  return (
    <>
      <Button
        aria-disabled={index === 0}
        aria-label={`Move message${place} up`}
        className="aria-disabled:border-transparent aria-disabled:bg-transparent"
        onClick={() => onMove(-1)}
        size="icon-sm"
        title={index === 0 ? "It is read first" : "Read it earlier (Alt ↑)"}
        variant="ghost"
      >
        <Icon as={ArrowUp} size={12} />
      </Button>
      <Button
        aria-disabled={index === last}
        aria-label={`Move message${place} down`}
        className="aria-disabled:border-transparent aria-disabled:bg-transparent"
        onClick={() => onMove(1)}
        size="icon-sm"
        title={index === last ? "It is read last" : "Read it later (Alt ↓)"}
        variant="ghost"
      >
        <Icon as={ArrowDown} size={12} />
      </Button>
    </>
  );
}
