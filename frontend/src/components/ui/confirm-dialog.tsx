import { type ReactNode, useState } from "react";
import { Button } from "./button";
import { Dialog, DialogBody, DialogContent, DialogFooter } from "./dialog";

export type ConfirmChoice = {
  label: string;
  variant: "primary" | "secondary" | "destructive";
  run: () => Promise<void>;
};

type ConfirmDialogProps = {
  title: string;
  /** What will happen, what goes, and how to get it back. */
  children: ReactNode;
  cancelLabel?: string;
  choices: readonly ConfirmChoice[];
  /** The sentence for what was thrown. */
  explain: (error: unknown) => string;
  onClose: () => void;
};

/** Asks before something that matters. It stays open, with the reason, if the choice cannot be carried out. */
export function ConfirmDialog({
  title,
  children,
  cancelLabel = "Cancel",
  choices,
  explain,
  onClose,
}: ConfirmDialogProps) {
  const [status, setStatus] = useState<{ type: "asking" | "running" } | { type: "failed"; message: string }>({
    type: "asking",
  });
  const run = async (choice: ConfirmChoice) => {
    setStatus({ type: "running" });
    try {
      await choice.run();
      onClose();
    } catch (error) {
      setStatus({ type: "failed", message: explain(error) });
    }
  };
  return (
    <Dialog onOpenChange={(isOpen) => !isOpen && onClose()} open>
      <DialogContent role="alertdialog" title={title}>
        <DialogBody className="pb-4 text-muted-foreground">
          {children}
          {status.type === "failed" ? (
            <p className="text-state-failed" role="alert">
              {status.message}
            </p>
          ) : null}
        </DialogBody>
        <DialogFooter>
          <Button onClick={onClose}>{cancelLabel}</Button>
          {choices.map((choice) => (
            <Button
              disabled={status.type === "running"}
              key={choice.label}
              onClick={() => void run(choice)}
              variant={choice.variant}
            >
              {choice.label}
            </Button>
          ))}
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}
