import { CircleAlert, type LucideIcon, X } from "lucide-react";
import { Toaster as Sonner, toast } from "sonner";
import { Button } from "./button";
import { Icon } from "./icon";

export type ToastContent = {
  title: string;
  detail?: string | undefined;
  icon?: LucideIcon;
  action?: { label: string; run: () => void };
};

/** Where toasts appear. */
export function ToastRegion() {
  return (
    <Sonner className="flex justify-center" offset={24} position="bottom-center" toastOptions={{ unstyled: true }} />
  );
}

/** Puts one toast up. */
export function raiseToast(content: ToastContent): void {
  toast.custom((id) => <Toast {...content} onClose={() => toast.dismiss(id)} />, { duration: 8000 });
}

function Toast({ title, detail, icon = CircleAlert, action, onClose }: ToastContent & { onClose: () => void }) {
  return (
    <div
      className="flex min-h-11 w-max max-w-[min(720px,calc(100vw-32px))] items-center gap-3 rounded-md bg-popover py-1.5 font-sans pr-2 pl-4 text-sm text-popover-foreground shadow-overlay"
      role="status"
    >
      <Icon as={icon} className="text-muted-foreground" />
      <p className="min-w-0">
        <b className="font-[550]">{title}</b> {detail ? <span className="text-muted-foreground">{detail}</span> : null}
      </p>
      {action ? (
        <Button
          onClick={() => {
            action.run();
            onClose();
          }}
          size="sm"
        >
          {action.label}
        </Button>
      ) : null}
      <Button aria-label="Dismiss" onClick={onClose} size="icon-sm" variant="ghost">
        <Icon as={X} />
      </Button>
    </div>
  );
}
