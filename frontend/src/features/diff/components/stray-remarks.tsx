import { MessageSquare } from "lucide-react";
import { useState } from "react";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogContent } from "@/components/ui/dialog";
import { Icon } from "@/components/ui/icon";
import type { DiffFile } from "@/api/generated/types";
import type { DiffReview } from "../remarks";

/** Remarks on files that are not among these changes: nothing that was said gets out of reach. */
export function StrayRemarks({ review, files }: { review: DiffReview; files: readonly DiffFile[] }) {
  const [isOpen, setIsOpen] = useState(false);
  const paths = new Set(files.map((file) => file.path));
  const strays = review.remarks.filter((remark) => !paths.has(remark.path));
  if (strays.length === 0) return null;
  const count = new Set(strays.map((remark) => remark.path)).size;
  return (
    <div className="flex min-h-8 shrink-0 items-center gap-2 border-b px-4 text-xs text-muted-foreground">
      <Icon as={MessageSquare} size={12} />
      <span className="min-w-0 flex-1 truncate">
        There are comments on {count === 1 ? "a file that is" : `${count} files that are`} not among these changes.
      </span>
      <Button onClick={() => setIsOpen(true)} size="sm" variant="ghost">
        Show
      </Button>
      <Dialog onOpenChange={setIsOpen} open={isOpen}>
        <DialogContent title="Comments on other files">
          <DialogBody className="pb-4">
            {strays.map((remark) => (
              <section key={remark.key}>
                <h3 className="mb-1 font-mono text-xs [overflow-wrap:anywhere]">
                  <PlainText text={remark.path} />
                </h3>
                {review.render(remark.key)}
              </section>
            ))}
          </DialogBody>
        </DialogContent>
      </Dialog>
    </div>
  );
}
