//! Rows: columns read in the order of the select list, and the words and JSON that some of them hold.

use domain::{Refusal, Timestamp};
use serde::Serialize;
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};
use uuid::Uuid;

use crate::Error;

/// Reads a row's columns one after the other.
pub(crate) struct Columns<'r> {
    row: &'r SqliteRow,
    index: usize,
    what: &'static str,
}

impl<'r> Columns<'r> {
    /// `what` is named when a value is none that this program writes.
    pub(crate) const fn new(row: &'r SqliteRow, what: &'static str) -> Self {
        Self { row, index: 0, what }
    }

    /// The next column as it is.
    pub(crate) fn next<T>(&mut self) -> Result<T, Error>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        let value = self.row.try_get(self.index);
        self.index += 1;
        value.map_err(|source| Error::Corrupt { what: self.what, source: source.into() })
    }

    /// The next column as an id.
    pub(crate) fn id<T: From<Uuid>>(&mut self) -> Result<T, Error> {
        self.next::<Uuid>().map(T::from)
    }

    /// The next column as an id, if there is one.
    pub(crate) fn optional_id<T: From<Uuid>>(&mut self) -> Result<Option<T>, Error> {
        self.next::<Option<Uuid>>().map(|id| id.map(T::from))
    }

    /// The next column as an instant.
    pub(crate) fn time(&mut self) -> Result<Timestamp, Error> {
        self.next::<i64>().map(Timestamp::from_micros)
    }

    /// The next column as an instant, if there is one.
    pub(crate) fn optional_time(&mut self) -> Result<Option<Timestamp>, Error> {
        self.next::<Option<i64>>().map(|micros| micros.map(Timestamp::from_micros))
    }

    /// The next column as one of the words of an enum.
    pub(crate) fn word<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        let text: &str = self.next()?;
        self.parse(text)
    }

    /// The next column as one of the words of an enum, if there is one.
    pub(crate) fn optional_word<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Error> {
        let text: Option<&str> = self.next()?;
        text.map(|text| self.parse(text)).transpose()
    }

    /// The next column as a JSON value that this program wrote.
    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        let text: &str = self.next()?;
        serde_json::from_str(text).map_err(|source| Error::Corrupt { what: self.what, source: source.into() })
    }

    /// The next column as a JSON value that this program wrote, if there is one.
    pub(crate) fn optional_json<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Error> {
        let text: Option<&str> = self.next()?;
        text.map(serde_json::from_str)
            .transpose()
            .map_err(|source| Error::Corrupt { what: self.what, source: source.into() })
    }

    /// The next column as a number of bytes.
    pub(crate) fn bytes(&mut self) -> Result<u64, Error> {
        let value: i64 = self.next()?;
        u64::try_from(value).map_err(|source| Error::Corrupt { what: self.what, source: source.into() })
    }

    fn parse<T: DeserializeOwned>(&self, text: &str) -> Result<T, Error> {
        let word: StrDeserializer<'_, WordError> = text.into_deserializer();
        T::deserialize(word).map_err(|source| Error::Corrupt { what: self.what, source: source.into() })
    }
}

/// The word of an enum as the wire and the database know it.
pub(crate) fn word<T: Serialize>(value: &T) -> Result<String, Error> {
    json("a word", value).map(|text| text.trim_matches('"').to_owned())
}

/// A value as JSON text.
pub(crate) fn json<T: Serialize>(what: &'static str, value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|source| Error::Encode { what, source })
}

/// Turns "no row was changed" into an error.
pub(crate) const fn must_change(rows: u64, entity: &'static str) -> Result<(), Error> {
    if rows == 0 { Err(Error::Missing { entity }) } else { Ok(()) }
}

/// A number of bytes as the database stores it.
pub(crate) fn stored_bytes(bytes: u64) -> Result<i64, Error> {
    i64::try_from(bytes).map_err(|error| Refusal(format!("{bytes} is no position in a file: {error}")).into())
}
