import type { ReactElement, ReactNode } from "react";
import { DropdownMenu, DropdownMenuTrigger } from "./dropdown-menu";

type LateMenuRootProps = { isOpen: boolean; trigger: ReactElement; children: ReactNode };

/** The menu behind its button; open at once where it was asked for before it was there. */
export default function LateMenuRoot({ isOpen, trigger, children }: LateMenuRootProps) {
  return (
    <DropdownMenu defaultOpen={isOpen}>
      <DropdownMenuTrigger asChild>{trigger}</DropdownMenuTrigger>
      {children}
    </DropdownMenu>
  );
}
