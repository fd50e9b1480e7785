//! The one place that asks the clock and makes ids.

use domain::Timestamp;
use uuid::Uuid;

/// Now, by the system's clock.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_micros(jiff::Timestamp::now().as_microsecond())
}

/// A new id: ordered by time, unique.
pub(crate) fn new_id<T: From<Uuid>>() -> T {
    T::from(Uuid::now_v7())
}
