//! Signing a commit with the user's own key and program.

use std::time::Duration;

use crate::{Error, MergeRefusal, git::Call, hardening::Signing, merge::draft::Draft};

/// A person may be asked for a passphrase.
const SIGN_LIMIT: Duration = Duration::from_secs(120);

/// Ends a call of `commit-tree` that has everything but its tree, and signs it where the user wants that.
pub(super) async fn write(
    draft: &Draft<'_>,
    call: Call<'_>,
    tree: &str,
) -> Result<Result<String, MergeRefusal>, Error> {
    let Some(signing) = wanted(draft) else { return call.arg(tree).text().await.map(Ok) };
    let call = signing.settings().into_iter().fold(call, |call, (key, value)| call.config(key, &value));
    match call.arg("-S").arg(tree).time_limit(SIGN_LIMIT).text().await {
        Err(Error::Git { message, .. }) => Ok(Err(MergeRefusal::SigningFailed { message })),
        Err(Error::TimedOut { seconds, .. }) => {
            let message = format!("no signature after {seconds} s");
            Ok(Err(MergeRefusal::SigningFailed { message }))
        }
        written => written.map(Ok),
    }
}

/// How commits are signed; none where they are not.
pub(super) fn wanted<'a>(draft: &Draft<'a>) -> Option<&'a Signing> {
    draft.scene.git.overrides().signing.as_ref().filter(|_| !draft.is_trial)
}
