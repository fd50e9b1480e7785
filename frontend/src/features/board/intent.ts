/** What a person wants with a card; the page that holds the board carries it out. */
export type CardIntent = "open" | "edit" | "delete" | "start" | "cancel" | "approve" | "merge";
