//! What is known about attached files.

use db::{Error, find_attachment, insert_attachment};
use domain::Attachment;

use crate::support::{Board, now, write};

#[tokio::test]
async fn the_same_content_is_one_attachment_with_its_newest_name() {
    let board = Board::new().await;
    let mut attachment = Attachment {
        id: "a".repeat(64),
        name: "one.png".to_owned(),
        media_type: "image/png".to_owned(),
        byte_count: 3,
    };
    for name in ["one.png", "two \u{1F980}.png"] {
        name.clone_into(&mut attachment.name);
        let stored = attachment.clone();
        write(&board.store, move |tx| Box::pin(async move { insert_attachment(tx, &stored, now(1)).await }))
            .await
            .unwrap();
        let found = find_attachment(&mut board.store.read().await.unwrap(), &attachment.id).await.unwrap();
        assert_eq!(found, attachment);
    }
    let missing = find_attachment(&mut board.store.read().await.unwrap(), "b").await;
    assert!(matches!(missing, Err(Error::Missing { entity: "attachment" })), "{missing:?}");
}
