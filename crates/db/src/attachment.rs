//! Table `attachments`: what is known about attached files. Their bytes are files in the home, named by their hash.

use domain::{Attachment, Timestamp};

use crate::row::Columns;
use crate::statement::statements;
use crate::{Connection, Error, WriteTx};

statements! {
    INSERT = "insert into attachments (id, name, media_type, byte_count, created_at) \
              values ($1, $2, $3, $4, $5) \
              on conflict (id) do update set name = excluded.name, media_type = excluded.media_type";
    FIND = "select id, name, media_type, byte_count from attachments where id = $1";
}

/// Stores what is known about a file. The same content again gets the newer name: messages keep their own copy.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_attachment(
    tx: &mut WriteTx,
    attachment: &Attachment,
    now: Timestamp,
) -> Result<(), Error> {
    let statement = INSERT
        .bind(attachment.id.clone())
        .bind(attachment.name.clone())
        .bind(attachment.media_type.clone())
        .bind(attachment.byte_count)
        .bind(now.as_micros());
    statement.execute(tx.connection()).await.map(drop)
}

/// What is known about a file.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_attachment(connection: &mut Connection, id: &str) -> Result<Attachment, Error> {
    let row = FIND.bind(id.to_owned()).first(connection).await?;
    let row = row.ok_or(Error::Missing { entity: "attachment" })?;
    let mut columns = Columns::new(&row, "attachment");
    Ok(Attachment {
        id: columns.next()?,
        name: columns.next()?,
        media_type: columns.next()?,
        byte_count: columns.next()?,
    })
}
