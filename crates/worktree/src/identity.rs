//! Who stands in a commit.

use serde::{Deserialize, Serialize};

/// Name and address of a commit's author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// As `Ada Lovelace`.
    pub name: String,
    /// As `ada@example.org`.
    pub email: String,
}

impl Identity {
    /// Stands in commits where the user has configured no identity.
    #[must_use]
    pub fn fallback() -> Self {
        Self { name: "eval-kanban".to_owned(), email: "eval-kanban@localhost".to_owned() }
    }
}
