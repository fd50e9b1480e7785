//! Ids of our requests to an agent. An answer bears nothing but the id of its request, and translation remembers
//! nothing: the id itself says what was asked.
//!
//! `recall:<message id>:<n>`, `mode:<uuid>`, `interrupt:<uuid>`.

use uuid::Uuid;

/// Id of a request to have a message back; `number` tells several requests for one message apart.
pub fn recall_request_id(message_id: Uuid, number: u32) -> String {
    format!("recall:{message_id}:{number}")
}

/// Id of a request for another mode.
pub fn mode_request_id(id: Uuid) -> String {
    format!("mode:{id}")
}

/// Id of a request to stop the turn.
pub fn interrupt_request_id(id: Uuid) -> String {
    format!("interrupt:{id}")
}

/// What a request of ours asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To have this message back.
    Recall(Uuid),
    /// Another mode.
    Mode,
    /// The end of the turn.
    Interrupt,
    /// Nothing whose answer matters.
    Other,
}

impl Asked {
    /// Reads an id back.
    pub(crate) fn read(request_id: &str) -> Self {
        let Some((kind, rest)) = request_id.split_once(':') else { return Self::Other };
        match kind {
            "recall" => {
                let id = rest.split(':').next().unwrap_or_default();
                id.parse().map_or(Self::Other, Self::Recall)
            }
            "mode" => Self::Mode,
            "interrupt" => Self::Interrupt,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_what_was_asked() {
        let id = Uuid::from_u128(7);
        let cases = [
            (recall_request_id(id, 3), Asked::Recall(id)),
            (mode_request_id(id), Asked::Mode),
            (interrupt_request_id(id), Asked::Interrupt),
            ("end-session".to_owned(), Asked::Other),
            ("recall:".to_owned(), Asked::Other),
            ("recall:x:1".to_owned(), Asked::Other),
            (String::new(), Asked::Other),
        ];
        for (request_id, expected) in cases {
            assert_eq!(Asked::read(&request_id), expected, "{request_id}");
        }
        assert_ne!(recall_request_id(id, 1), recall_request_id(id, 2));
    }
}
