import { Ellipsis } from "lucide-react";
import { lazy } from "react";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { LateMenu } from "@/components/ui/late-menu";
import type { CardMenuProps } from "./card-menu-items";

const CardMenuItems = lazy(() => import("./card-menu-items"));

/** The button of a card's menu; the menu itself comes when the card is neared. */
export function CardMenu({ isNear, ...props }: CardMenuProps & { isNear: boolean }) {
  return (
    <LateMenu
      isNear={isNear}
      trigger={
        <Button
          aria-label={`Menu of #${props.task.number}`}
          className="absolute top-1.5 right-1.5 bg-inherit opacity-0 group-focus-within/card:opacity-100 group-hover/card:opacity-100 focus-visible:opacity-100 data-[state=open]:opacity-100 max-md:top-0 max-md:right-0 max-md:bg-transparent pointer-coarse:opacity-100"
          size="icon-sm"
          variant="ghost"
        >
          <Icon as={Ellipsis} />
        </Button>
      }
    >
      <CardMenuItems {...props} />
    </LateMenu>
  );
}
