import type { LucideIcon } from "lucide-react";

type IconProps = { as: LucideIcon; size?: 12 | 13 | 14 | 16 | 18; className?: string };

/** A lucide icon with the same stroke at every size. It decorates: the text or label beside it carries the meaning. */
export function Icon({ as: Shape, size = 14, className = "" }: IconProps) {
  return <Shape aria-hidden className={className} size={size} strokeWidth={1.165} absoluteStrokeWidth />;
}
