//! eval-kanban
fn main() {}
