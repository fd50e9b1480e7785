//! Ids: one newtype each over a UUID v7, so that swapping two does not compile.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
        #[serde(transparent)]
        #[ts(type = "string")]
        #[schema(value_type = String, format = Uuid)]
        pub struct $name(Uuid);

        impl $name {
            /// The id as the UUID that the database stores.
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.as_hyphenated().fmt(formatter)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id!(
    /// A registered git repository.
    ProjectId
);
id!(
    /// A card of a board.
    TaskId
);
id!(
    /// One try at a task.
    AttemptId
);
id!(
    /// One run of a gate.
    GateRunId
);
id!(
    /// A reviewer's comment.
    CommentId
);
id!(
    /// One agent process, from spawn to reaped exit. An attempt has one or more.
    RunId
);
id!(
    /// The agent's own conversation id, chosen by us, used to resume it.
    SessionId
);
id!(
    /// An agent profile.
    AgentId
);
id!(
    /// One line of a task's acceptance checklist.
    CriterionId
);
id!(
    /// A tool call or plan that waits for a person.
    ApprovalId
);
id!(
    /// A question that waits for a person.
    QuestionId
);
id!(
    /// Something that was remembered of an answer.
    RuleId
);
id!(
    /// Something a person said.
    MessageId
);
