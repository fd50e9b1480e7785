//! Fractional ranks: the order of cards in a column as short strings that always have room between them.
//!
//! A rank is a non-empty string over `0-9A-Za-z`, ordered by bytes, that never ends in `0` (so that there is always
//! something smaller). Moving a card writes one row: the others keep their ranks.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The place of a card in its column. Ordered by bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[ts(type = "string")]
#[schema(value_type = String)]
pub struct Rank(String);

/// A string that is no rank, or two neighbours in the wrong order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RankError {
    /// Empty, with a foreign character, or with a trailing `0`.
    #[error("`{0}` is no rank: use 0-9, A-Z, a-z and no trailing 0")]
    Malformed(String),
    /// The lower neighbour is not below the upper one.
    #[error("rank {low} is not below {high}")]
    OutOfOrder {
        /// The neighbour meant to stand first.
        low: String,
        /// The neighbour meant to stand second.
        high: String,
    },
}

impl Rank {
    /// A rank strictly between `low` and `high`; `None` is the open end of the column.
    ///
    /// # Errors
    /// [`RankError::OutOfOrder`] if `low` is not below `high`.
    pub fn between(low: Option<&Self>, high: Option<&Self>) -> Result<Self, RankError> {
        let low_text = low.map_or("", |rank| rank.0.as_str());
        let high_text = high.map(|rank| rank.0.as_str());
        if high_text.is_some_and(|high_text| low_text >= high_text) {
            return Err(RankError::OutOfOrder {
                low: low_text.to_owned(),
                high: high_text.unwrap_or_default().to_owned(),
            });
        }
        Ok(Self(midpoint(low_text.as_bytes(), high_text.map(str::as_bytes))))
    }

    /// `count` ascending ranks after `low`, evenly spread, for filling a column at once.
    pub fn sequence_after(low: Option<&Self>, count: usize) -> Vec<Self> {
        let mut ranks = Vec::with_capacity(count);
        let mut last = low.cloned();
        for _ in 0..count {
            let next = Self(after(last.as_ref().map_or(b"", |rank| rank.0.as_bytes())));
            ranks.push(next.clone());
            last = Some(next);
        }
        ranks
    }

    /// A rank after `low` at the open end of a column. Grows by one character per some thousand appends, where
    /// halving the rest would grow by one per six.
    pub fn after(low: Option<&Self>) -> Self {
        Self(after(low.map_or(b"", |rank| rank.0.as_bytes())))
    }

    /// The rank as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Rank {
    type Error = RankError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_rank =
            !text.is_empty() && !text.ends_with('0') && text.bytes().all(|byte| DIGITS.contains(&byte));
        if is_rank { Ok(Self(text)) } else { Err(RankError::Malformed(text)) }
    }
}

impl From<Rank> for String {
    fn from(rank: Rank) -> Self {
        rank.0
    }
}

impl std::fmt::Display for Rank {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn digit(byte: u8) -> usize {
    DIGITS.iter().position(|candidate| *candidate == byte).unwrap_or(0)
}

/// Adds one in the fourth digit (about 200 000 appends before the string grows), carrying to the left.
fn after(low: &[u8]) -> String {
    const WIDTH: usize = 4;
    let mut digits: Vec<usize> = low.iter().take(WIDTH).map(|byte| digit(*byte)).collect();
    digits.resize(WIDTH, 0);
    for index in (0..WIDTH).rev() {
        if digits[index] + 1 < DIGITS.len() {
            digits[index] += 1;
            digits.truncate(index + 1);
            return digits.into_iter().map(|index| char::from(DIGITS[index])).collect();
        }
    }
    midpoint(low, None)
}

/// The shortest string between `low` (empty: the start) and `high` (none: the end).
fn midpoint(low: &[u8], high: Option<&[u8]>) -> String {
    let mut result = String::new();
    let mut index = 0;
    let mut high = high;
    loop {
        let low_digit = low.get(index).map_or(0, |byte| digit(*byte));
        let high_digit = high.map_or(DIGITS.len(), |bytes| bytes.get(index).map_or(0, |byte| digit(*byte)));
        if high_digit > low_digit + 1 {
            result.push(char::from(DIGITS[usize::midpoint(low_digit, high_digit)]));
            return result;
        }
        result.push(char::from(DIGITS[low_digit]));
        if high_digit == low_digit + 1 {
            high = None;
        }
        index += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rank(text: &str) -> Rank {
        Rank::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn finds_room_in_narrow_places() {
        for (low, high) in [
            (None, None),
            (Some("1"), Some("2")),
            (Some("1"), Some("11")),
            (Some("zzz"), None),
            (None, Some("01")),
        ] {
            let (low, high) = (low.map(rank), high.map(rank));
            let between = Rank::between(low.as_ref(), high.as_ref()).unwrap();
            assert!(low.is_none_or(|low| low < between), "{between}");
            assert!(high.is_none_or(|high| between < high), "{between}");
            assert_eq!(Rank::try_from(between.to_string()), Ok(between));
        }
    }

    #[test]
    fn refuses_neighbours_in_the_wrong_order() {
        assert!(Rank::between(Some(&rank("B")), Some(&rank("A"))).is_err());
        assert!(Rank::between(Some(&rank("A")), Some(&rank("A"))).is_err());
        assert!(Rank::try_from("A0".to_owned()).is_err());
        assert!(Rank::try_from(String::new()).is_err());
    }

    #[test]
    fn appending_ten_thousand_cards_keeps_ranks_short() {
        let ranks = Rank::sequence_after(None, 10_000);
        assert!(ranks.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ranks.iter().all(|rank| rank.as_str().len() <= 5 && !rank.as_str().ends_with('0')));
    }

    proptest! {
        #[test]
        fn any_sequence_of_insertions_stays_ordered(places in proptest::collection::vec(any::<prop::sample::Index>(), 1..200)) {
            let mut ranks: Vec<Rank> = Vec::new();
            for place in places {
                let index = place.index(ranks.len() + 1);
                let low = index.checked_sub(1).map(|before| ranks[before].clone());
                let between = Rank::between(low.as_ref(), ranks.get(index)).unwrap();
                ranks.insert(index, between);
            }
            prop_assert!(ranks.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(ranks.iter().all(|rank| Rank::try_from(rank.to_string()).is_ok()));
        }
    }
}
