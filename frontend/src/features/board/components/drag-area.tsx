import { DragDropContext } from "@hello-pangea/dnd";
import { createContext, type ReactNode, useContext } from "react";
import { type DragRules, type DragState, useDrag } from "../hooks/use-drag";

const context = createContext<DragState>({ type: "idle" });

/** Where the drag stands, for what tells it. */
export function useDragState(): DragState {
  return useContext(context);
}

/** Everything between which a card can be dragged. It alone is drawn anew while the card moves; its lanes are not. */
export function DragArea({ rules, children }: { rules: DragRules; children: ReactNode }) {
  const { drag, onDragStart, onDragUpdate, onDragEnd } = useDrag(rules);
  return (
    <DragDropContext onDragEnd={onDragEnd} onDragStart={onDragStart} onDragUpdate={onDragUpdate}>
      <context.Provider value={drag}>{children}</context.Provider>
    </DragDropContext>
  );
}
