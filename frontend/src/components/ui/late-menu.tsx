import { Slot } from "radix-ui";
import { lazy, type PointerEvent, type ReactElement, type ReactNode, Suspense, useState } from "react";

const Menu = lazy(() => import("./late-menu-root"));

type LateMenuProps = {
  /** The button that opens it. */
  trigger: ReactElement;
  /** What it holds: a `DropdownMenuContent`, itself loaded late. */
  children: ReactNode;
  /** Whether somebody is about to use it. */
  isNear?: boolean;
};

/** A menu whose machinery is loaded when somebody comes near: a board of cards needs hundreds of buttons, not menus. */
export function LateMenu({ trigger, children, isNear = false }: LateMenuProps) {
  const [isWanted, setIsWanted] = useState(false);
  const want = () => setIsWanted(true);
  // A finger's press may still become a scroll: there the click counts.
  const onPointerDown = (event: PointerEvent) => {
    if (event.pointerType === "mouse" && event.button === 0) want();
  };
  const button = (
    <Slot.Root aria-expanded={isWanted} aria-haspopup="menu" onClick={want} onPointerDown={onPointerDown}>
      {trigger}
    </Slot.Root>
  );
  return (
    // A press whose button is replaced meanwhile ends here, not on what the button stands on.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions
    <span className="contents" onClick={(event) => event.stopPropagation()}>
      {isWanted || isNear ? (
        <Suspense fallback={button}>
          <Menu isOpen={isWanted} trigger={trigger}>
            {children}
          </Menu>
        </Suspense>
      ) : (
        button
      )}
    </span>
  );
}
