//! Reads the body of a change whole, within its limits, before anything acts on it.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body as HttpBody;

use super::{INCOMPLETE, JSON_DEPTH_MAX, Limit, Refusal, TOO_DEEP, is_change};

/// How long a body may take to arrive.
const TIME_MAX: Duration = Duration::from_secs(30);

/// The body of a change; a reading request's body is not looked at.
pub(super) async fn read<B>(method: &Method, limit: Limit, body: B) -> Result<Bytes, Refusal>
where
    B: HttpBody<Data = Bytes> + Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    if !is_change(method) {
        return Ok(Bytes::new());
    }
    let whole = tokio::time::timeout(TIME_MAX, Limited::new(body, limit.bytes_max).collect());
    let bytes = match whole.await {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(limit.refusal),
        Ok(Err(_)) | Err(_) => return Err(INCOMPLETE),
    };
    if is_shallow(&bytes, JSON_DEPTH_MAX) { Ok(bytes) } else { Err(TOO_DEEP) }
}

/// Whether brackets nest at most `depth_max` deep. What is not JSON may get any answer: a parser refuses it later.
fn is_shallow(json: &[u8], depth_max: usize) -> bool {
    let (mut depth, mut in_text, mut is_escaped) = (0_usize, false, false);
    for byte in json {
        match (in_text, byte) {
            (true, _) if is_escaped => is_escaped = false,
            (true, b'\\') => is_escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b'[' | b'{') => depth += 1,
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > depth_max {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, is_good: bool) {
        assert_eq!(is_shallow(json.as_bytes(), 3), is_good, "{json}");
    }

    #[test]
    fn only_brackets_outside_of_text_count() {
        check("", true);
        check("[[[]]]", true);
        check("[[[[]]]]", false);
        check(r#"{"a":[{"b":1}],"c":[[]]}"#, true);
        check(r#"{"a":"[[[[[[","b\"[[[[":1}"#, true);
        check(r#"["\\",[[[1]]]]"#, false);
        check("]]]][[[", true);
    }
}
