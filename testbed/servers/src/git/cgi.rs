//! `git http-backend`, spoken to by the Common Gateway Interface (RFC 3875).

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, request::Parts};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use tokio::{io::AsyncWriteExt as _, process::Command};

use super::program::ENVIRONMENT;
use crate::faults::{self, Answer};

/// Serves one request for a path below `/`, in the folder that holds the bare repository.
pub(super) async fn serve(backend: &Path, folder: &Path, path: &str, request: Request<Incoming>) -> Response<Answer> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return faults::answer(StatusCode::BAD_REQUEST, "") };
    match run(command(backend, folder, path, &parts), body.to_bytes()).await {
        Ok(output) => parse(&output),
        Err(error) => faults::answer(StatusCode::BAD_GATEWAY, error.to_string()),
    }
}

fn command(backend: &Path, folder: &Path, path: &str, parts: &Parts) -> Command {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut command = Command::new(backend);
    command.env_clear().envs(ENVIRONMENT).envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.env("GIT_PROJECT_ROOT", folder).env("GIT_HTTP_EXPORT_ALL", "1").env("PATH_INFO", path);
    command.env("REMOTE_USER", "deploy").env("REMOTE_ADDR", "127.0.0.1").env("SERVER_PROTOCOL", "HTTP/1.1");
    command.env("REQUEST_METHOD", parts.method.as_str()).env("QUERY_STRING", parts.uri.query().unwrap_or_default());
    command.env("CONTENT_TYPE", header("content-type")).env("GIT_PROTOCOL", header("git-protocol"));
    command.env("HTTP_CONTENT_ENCODING", header("content-encoding"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    command
}

/// Feeds the body while reading the answer; git begins to answer before it has read all.
async fn run(mut command: Command, body: Bytes) -> std::io::Result<Vec<u8>> {
    command.env("CONTENT_LENGTH", body.len().to_string());
    let mut child = command.spawn()?;
    let input = child.stdin.take();
    let feed = async move {
        if let Some(mut input) = input {
            // A program that refuses stops reading.
            drop(input.write_all(&body).await);
        }
    };
    let ((), output) = tokio::join!(feed, child.wait_with_output());
    output.map(|output| output.stdout)
}

/// Header lines, an empty line, the body; a header `Status` is the status.
fn parse(output: &[u8]) -> Response<Answer> {
    let mut rest = output;
    let mut status = StatusCode::OK;
    let mut headers = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, after) = rest.split_at(end);
        rest = after.get(1..).unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end();
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("status") {
            let code = value.trim().get(..3).and_then(|code| code.parse().ok());
            status = code.unwrap_or(StatusCode::BAD_GATEWAY);
        } else if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.trim().parse::<HeaderValue>()) {
            headers.push((name, value));
        }
    }
    let mut response = Response::new(faults::boxed(Full::new(Bytes::copy_from_slice(rest))));
    *response.status_mut() = status;
    response.headers_mut().extend(headers);
    response
}

/// Where git keeps the program.
pub(super) fn backend() -> Result<PathBuf, crate::Error> {
    let folder = super::program::run(Path::new("/"), &["--exec-path"])?;
    let path = Path::new(folder.trim()).join("git-http-backend");
    if path.is_file() {
        return Ok(path);
    }
    Err(crate::Error::Missing {
        names: vec!["git-http-backend".to_owned()],
        remedy: "install the Debian package git".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn status_headers_and_body_of_an_answer_are_told_apart() {
        let response = parse(b"Status: 403 Forbidden\r\nContent-Type: text/plain\r\n\r\na: b\r\n\r\nc");
        assert_eq!(response.status(), 403);
        assert_eq!(response.headers()["content-type"], "text/plain");
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "a: b\r\n\r\nc");
        assert_eq!(parse(b"Expires: never\n\n").status(), 200);
    }
}
