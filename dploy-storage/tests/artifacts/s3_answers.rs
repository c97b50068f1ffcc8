//! Answers that no server of the tests gives of itself, and what the requests look like.

use std::time::Duration;

use dploy_core::artifact::{ArtifactError, ArtifactStore};
use dploy_storage::object::s3::{S3Artifacts, S3Credentials, S3Settings};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::{bytes, key};

/// A store that gives these answers, one a connection, and returns the heads of the requests.
async fn answering(answers: Vec<String>) -> (S3Artifacts, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let mut heads = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            heads.push(head(&mut stream).await);
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        }
        heads
    });
    let keys = S3Credentials::Keys { id: "AK".to_owned(), secret: "secret".to_owned(), session_token: None };
    let settings = S3Settings {
        endpoint: Some(endpoint),
        path_style: true,
        credentials: keys,
        attempt_timeout: Duration::from_secs(5),
        ..S3Settings::new("artifacts", "us-east-1")
    };
    (S3Artifacts::new(settings).await.unwrap(), server)
}

/// Reads a request to its end and returns its head.
async fn head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split_once("content-length: ").map_or("0", |(_, rest)| rest.lines().next().unwrap());
            if body.len() >= length.parse().unwrap() {
                return head.to_owned();
            }
        }
        assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0, "a request comes whole");
    }
}

fn answer(status: &str, length: usize, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

#[tokio::test]
async fn w24_an_archived_artifact_says_that_it_must_be_restored() {
    let body = "<Error><Code>InvalidObjectState</Code><Message>The operation is not valid for the object's storage \
                class</Message><StorageClass>DEEP_ARCHIVE</StorageClass></Error>";
    let (store, server) = answering(vec![answer("403 Forbidden", body.len(), body)]).await;
    let archived = store.get(&key("a"), 100).await.unwrap_err();
    assert!(matches!(archived, ArtifactError::Archived), "{archived:?}");
    assert!(archived.to_string().contains("must be restored"));
    server.await.unwrap();
}

#[tokio::test]
async fn an_artifact_in_no_bucket_is_not_merely_missing() {
    let body = "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>";
    let (store, server) = answering(vec![answer("404 Not Found", body.len(), body); 3]).await;
    let (got, put) = (store.get(&key("a"), 100).await.map(drop), store.put(&key("a"), bytes("a")).await);
    for result in [got, put, store.remove(&key("a")).await] {
        assert!(matches!(result, Err(ArtifactError::Unavailable(_))), "{result:?}");
    }
    server.await.unwrap();
}

#[tokio::test]
async fn a_body_that_breaks_off_is_asked_for_again() {
    let broken = answer("200 OK", 5, "rig");
    let (store, server) = answering(vec![broken.clone(), broken, answer("200 OK", 5, "right")]).await;
    assert_eq!(*store.get(&key("a"), 100).await.unwrap(), *b"right");
    assert_eq!(server.await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_body_that_breaks_off_each_time_is_unavailable() {
    let (store, server) = answering(vec![answer("200 OK", 5, "rig"); 3]).await;
    let broken = store.get(&key("a"), 100).await;
    assert!(matches!(broken, Err(ArtifactError::Unavailable(_))), "{broken:?}");
    server.await.unwrap();
}

#[tokio::test]
async fn a_store_is_not_asked_for_checksums_it_may_not_know() {
    let (store, server) = answering(vec![answer("200 OK", 0, ""), answer("200 OK", 1, "a")]).await;
    store.put(&key("a"), bytes("a")).await.unwrap();
    store.get(&key("a"), 1).await.unwrap();
    let heads = server.await.unwrap();
    for head in &heads {
        for newer in ["x-amz-checksum", "x-amz-sdk-checksum-algorithm", "aws-chunked", "x-amz-trailer"] {
            assert!(!head.contains(newer), "{head}");
        }
    }
    assert!(heads[0].starts_with("put /artifacts/a?x-id=putobject http/1.1\r\n"), "path style: {}", heads[0]);
}
