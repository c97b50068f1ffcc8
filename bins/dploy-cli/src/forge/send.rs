//! Sends an archive to a URL: as a stream, with a progress bar, several times if need be.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    io::{self, IsTerminal as _},
    pin::Pin,
    task::{Context as Task, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rand::RngExt as _;
use reqwest::{StatusCode, Url, header::CONTENT_TYPE};

use crate::{client, error::Error, terminal::one_line};

/// How often a failed upload is tried again.
const RETRIES: u32 = 3;

/// The wait before the first retry; it doubles with each.
const BACKOFF: Duration = Duration::from_millis(500);

/// How much is handed over at once, in bytes.
const CHUNK: usize = 64 * 1024;

/// Where an archive is sent to.
#[derive(Debug)]
pub(super) struct Destination {
    /// The URL; it is a secret.
    pub(super) url: String,
    /// The headers that the upload has to carry.
    pub(super) headers: BTreeMap<String, String>,
}

/// What an attempt has come to.
enum Attempt {
    Passing(String),
    Final(Error),
}

/// Uploads the archive; server errors, timeouts and lost connections are tried again.
///
/// # Errors
/// The store refuses it, or does not take it.
pub(super) async fn send(timeout: Duration, to: &Destination, archive: Vec<u8>) -> Result<(), Error> {
    let url = Url::parse(&to.url).map_err(|_| Error::usage("the upload URL is not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::usage("the upload URL is not an HTTP URL"));
    }
    let http = client::http(&url, timeout)?;
    let (archive, bar) = (Bytes::from(archive), bar());
    bar.set_length(archive.len() as u64);
    let mut tries = 0;
    loop {
        match attempt(&http, &url, to, &archive, &bar).await {
            Ok(()) => break,
            Err(Attempt::Final(error)) => return Err(error),
            Err(Attempt::Passing(reason)) if tries == RETRIES => {
                return Err(Error::Upload { reason: format!("{reason}, {} times", tries + 1), expired: false });
            }
            Err(Attempt::Passing(_)) => {
                // A little chance keeps clients that failed together from coming back together.
                let share = rand::rng().random_range(0.75..1.25);
                tokio::time::sleep((BACKOFF * 2_u32.pow(tries)).mul_f64(share)).await;
                tries += 1;
            }
        }
    }
    bar.finish_and_clear();
    Ok(())
}

async fn attempt(
    http: &reqwest::Client,
    url: &Url,
    to: &Destination,
    archive: &Bytes,
    bar: &ProgressBar,
) -> Result<(), Attempt> {
    bar.set_position(0);
    let body = Counted { left: archive.clone(), bar: bar.clone() };
    let mut request = http.put(url.clone()).body(reqwest::Body::wrap(body));
    // The client itself tells the length and the host.
    let sent = |name: &str| !["content-length", "host"].contains(&name.to_ascii_lowercase().as_str());
    if !to.headers.keys().any(|name| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str())) {
        request = request.header(CONTENT_TYPE, "application/gzip");
    }
    for (name, value) in to.headers.iter().filter(|(name, _)| sent(name)) {
        request = request.header(name, value);
    }
    match request.send().await {
        Ok(response) if response.status().is_success() => Ok(()),
        Ok(response) => {
            let status = response.status();
            let reason = format!("the store answered {status}{}", told(&response.text().await.unwrap_or_default()));
            if status.is_server_error() || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
            {
                return Err(Attempt::Passing(reason));
            }
            let expired = matches!(status, StatusCode::FORBIDDEN | StatusCode::GONE);
            Err(Attempt::Final(Error::Upload { reason, expired }))
        }
        Err(cause) if cause.is_builder() => {
            Err(Attempt::Final(Error::usage("the headers of the draft cannot be sent")))
        }
        Err(cause) if cause.is_timeout() => Err(Attempt::Passing("the store did not answer in time".to_owned())),
        Err(_) => Err(Attempt::Passing("the store could not be reached".to_owned())),
    }
}

/// What the store says, of its answer in JSON or in S3's XML.
fn told(body: &str) -> String {
    let json = || {
        let body: serde_json::Value = serde_json::from_str(body).ok()?;
        body.pointer("/error/message").and_then(|text| text.as_str()).map(str::to_owned)
    };
    let xml = || Some(body.split_once("<Message>")?.1.split_once("</Message>")?.0.to_owned());
    json().or_else(xml).map(|text| format!(": {}", one_line(&text))).unwrap_or_default()
}

fn bar() -> ProgressBar {
    let target = if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(None, target);
    match ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {bytes_per_sec}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// An archive on its way; its length is known, because stores refuse uploads of unknown length.
struct Counted {
    left: Bytes,
    bar: ProgressBar,
}

impl Body for Counted {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Task<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        let size = self.left.len().min(CHUNK);
        let chunk = self.left.split_to(size);
        self.bar.inc(size as u64);
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn the_stores_own_words_are_told() {
        assert_eq!(told("<Error><Message>Request has expired</Message></Error>"), ": Request has expired");
        assert_eq!(told("{\"error\":{\"code\":\"x\",\"message\":\"too large\"}}"), ": too large");
        assert_eq!(told("nothing"), "");
    }
}
