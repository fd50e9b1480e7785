import { Plus } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";

type QuickAddProps = {
  columnTitle: string;
  /** Whether the key C is shown: in the column that new tasks go to. */
  hasKey: boolean;
  /** Resolves to whether the task was written; if not, its title comes back. */
  onAdd: (title: string) => Promise<boolean>;
  onDetails: (title: string) => void;
};

/** Writes a task with a title and Enter; Enter again writes the next. */
export function QuickAdd({ columnTitle, hasKey, onAdd, onDetails }: QuickAddProps) {
  const [isOpen, setIsOpen] = useState(false);
  if (isOpen)
    return (
      <QuickField columnTitle={columnTitle} onAdd={onAdd} onClose={() => setIsOpen(false)} onDetails={onDetails} />
    );
  return (
    <button
      className="flex h-8 w-full items-center gap-2 rounded-md px-2 text-left text-muted-foreground hover:bg-accent hover:text-foreground max-md:h-11 max-md:border max-md:border-border-strong max-md:bg-card max-md:px-3"
      onClick={() => setIsOpen(true)}
      type="button"
    >
      <Icon as={Plus} />
      <span className="flex-1">
        Add a task<span className="sr-only"> to {columnTitle}</span>
      </span>
      {hasKey ? <Kbd>C</Kbd> : null}
    </button>
  );
}

type QuickFieldProps = Pick<QuickAddProps, "columnTitle" | "onAdd" | "onDetails"> & { onClose: () => void };

function QuickField({ columnTitle, onAdd, onDetails, onClose }: QuickFieldProps) {
  const [title, setTitle] = useState("");
  const add = async () => {
    const written = title.trim();
    if (written === "") return;
    setTitle("");
    if (!(await onAdd(written))) setTitle((current) => current || written);
  };
  const details = () => {
    onDetails(title.trim());
    onClose();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") void add();
    if (event.key === "Escape") onClose();
    if (event.key !== "Tab" || event.shiftKey || title.trim() === "") return;
    event.preventDefault();
    details();
  };
  return (
    <div>
      <div className="flex h-8 items-center gap-2 rounded-md border border-ring bg-card px-2 outline outline-ring max-md:h-11">
        <Icon as={Plus} className="text-faint-foreground" />
        <input
          aria-label={`Title of a new task in ${columnTitle}`}
          // The field opens because the user asked to type into it.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          className="h-full min-w-0 flex-1 bg-transparent outline-none max-md:text-base"
          onBlur={() => title.trim() === "" && onClose()}
          onChange={(event) => setTitle(event.target.value)}
          onKeyDown={onKeyDown}
          placeholder="What should be done?"
          value={title}
        />
        <Kbd>↵</Kbd>
      </div>
      <p className="px-2 pt-1 text-2xs text-faint-foreground max-md:hidden">
        Enter adds another · Tab for details · Esc
      </p>
    </div>
  );
}
