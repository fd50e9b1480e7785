import { X } from "lucide-react";
import { Dialog as Primitive } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/lib/cn";
import { Button } from "./button";
import { Icon } from "./icon";

export const Dialog = Primitive.Root;
export const DialogTrigger = Primitive.Trigger;
export const DialogClose = Primitive.Close;

type DialogContentProps = Omit<ComponentProps<typeof Primitive.Content>, "title"> & {
  title: ReactNode;
  description?: ReactNode;
  /** Stands at the right of the title. */
  tools?: ReactNode;
};

/** The one overlay of a decision: title, what it means, content. Never opened from another dialog. */
export function DialogContent({ title, description, tools, className, children, ...props }: DialogContentProps) {
  const described = description ? {} : { "aria-describedby": undefined };
  return (
    <Primitive.Portal>
      <Primitive.Overlay className="fixed inset-0 z-40 animate-fade bg-scrim" />
      <Primitive.Content
        className={cn(
          "fixed top-[12vh] left-1/2 z-50 flex max-h-[76vh] w-[min(520px,calc(100vw-32px))] -translate-x-1/2 animate-rise flex-col overflow-hidden rounded-lg bg-popover text-popover-foreground shadow-overlay outline-none max-md:top-4 max-md:max-h-[calc(100dvh-32px)]",
          className,
        )}
        {...described}
        {...props}
      >
        <header className={cn("py-3 pr-12 pl-4", tools && "flex h-12 shrink-0 items-center gap-2 border-b py-0")}>
          <Primitive.Title className="text-base font-semibold">{title}</Primitive.Title>
          {tools}
          {description ? (
            <Primitive.Description className="mt-0.5 text-sm text-muted-foreground">
              {description}
            </Primitive.Description>
          ) : null}
        </header>
        {children}
        {/* Last in order, so that the focus begins in the content and not on the way out. */}
        <Primitive.Close asChild>
          <Button
            aria-label="Close"
            className="absolute top-2.5 right-3 max-md:top-0 max-md:right-0"
            size="icon-sm"
            variant="ghost"
          >
            <Icon as={X} />
          </Button>
        </Primitive.Close>
      </Primitive.Content>
    </Primitive.Portal>
  );
}

/** The scrolling middle of a dialog. */
export function DialogBody({ className, ...props }: ComponentProps<"div">) {
  return <div className={cn("flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto px-4 py-2", className)} {...props} />;
}

/** The row of buttons; the one that acts comes last. */
export function DialogFooter({ className, ...props }: ComponentProps<"footer">) {
  return (
    <footer
      className={cn("flex items-center justify-end gap-2 border-t px-4 py-3 max-md:flex-wrap", className)}
      {...props}
    />
  );
}
