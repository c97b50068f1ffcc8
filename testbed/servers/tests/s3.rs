//! The S3 server refuses what S3 refuses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::time::{Duration, SystemTime};

use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    presigning::{PresignedRequest, PresigningConfig},
    primitives::ByteStream,
};
use dploy_servers::{Minio, S3};

fn client(s3: &S3, secret: &str) -> Client {
    client_of(&s3.endpoint(), s3.region(), s3.access_key(), secret)
}

fn client_of(endpoint: &str, region: &'static str, access_key: &str, secret: &str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new(region))
        .credentials_provider(Credentials::new(access_key, secret, None, None, "test"))
        .force_path_style(true)
        .retry_config(aws_sdk_s3::config::retry::RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

/// A digest in base64, as `x-amz-checksum-sha256` wants it, of `hello`.
const HELLO: &str = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";

struct Upload {
    request: PresignedRequest,
    start: SystemTime,
}

/// A URL to put `hello` to key `k`; `bound` to its length and digest.
async fn presign(client: &Client, bucket: &str, bound: bool, start: SystemTime) -> Upload {
    let config = PresigningConfig::builder().start_time(start).expires_in(Duration::from_secs(300)).build().unwrap();
    let mut put = client.put_object().bucket(bucket).key("a/k");
    if bound {
        put = put.content_length(5).checksum_sha256(HELLO);
    }
    Upload { request: put.presigned(config).await.unwrap(), start }
}

/// Sends it, with headers replaced or left out.
async fn send(upload: &Upload, body: &'static str, changes: &[(&str, Option<&str>)]) -> (u16, String) {
    assert!(upload.start <= SystemTime::now());
    send_to(upload.request.uri(), upload, body, changes).await
}

async fn send_to(uri: &str, upload: &Upload, body: &'static str, changes: &[(&str, Option<&str>)]) -> (u16, String) {
    let mut request = reqwest::Client::new().put(uri).body(body);
    for (name, value) in upload.request.headers() {
        if name != "content-length" && !changes.iter().any(|(changed, _)| *changed == name) {
            request = request.header(name, value);
        }
    }
    for (name, value) in changes {
        if let Some(value) = value {
            request = request.header(*name, *value);
        }
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

async fn stored(client: &Client, bucket: &str) -> Option<Vec<u8>> {
    let object = client.get_object().bucket(bucket).key("a/k").send().await.ok()?;
    Some(object.body.collect().await.unwrap().to_vec())
}

#[tokio::test]
async fn an_object_goes_round_by_signed_requests_and_by_presigned_urls() {
    let s3 = S3::start().unwrap();
    let (client, bucket) = (client(&s3, s3.secret_key()), s3.bucket().unwrap());
    client.put_object().bucket(&bucket).key("a/k").body(ByteStream::from_static(b"first")).send().await.unwrap();
    assert_eq!(stored(&client, &bucket).await.unwrap(), b"first");
    for bound in [false, true] {
        let upload = presign(&client, &bucket, bound, SystemTime::now()).await;
        let (status, text) = send(&upload, "hello", &[]).await;
        assert_eq!((status, stored(&client, &bucket).await.unwrap()), (200, b"hello".to_vec()), "{text}");
    }
    let get = PresigningConfig::expires_in(Duration::from_secs(300)).unwrap();
    let get = client.get_object().bucket(&bucket).key("a/k").presigned(get).await.unwrap();
    let got = reqwest::get(get.uri()).await.unwrap();
    assert_eq!((got.status().as_u16(), got.text().await.unwrap().as_str()), (200, "hello"));
    assert!(s3.object_file(&bucket, "a/k").is_file());
}

#[tokio::test]
async fn a_presigned_url_that_is_expired_or_changed_is_refused() {
    let s3 = S3::start().unwrap();
    let (good, bucket) = (client(&s3, s3.secret_key()), s3.bucket().unwrap());
    refuses_urls(&good, &client(&s3, "another"), &s3.endpoint(), &bucket).await;
}

async fn refuses_urls(good: &Client, wrong: &Client, endpoint: &str, bucket: &str) {
    let expired = presign(good, bucket, false, SystemTime::now() - Duration::from_secs(301)).await;
    let (status, text) = send(&expired, "hello", &[]).await;
    assert!(status == 403 && text.contains("expired"), "{status} {text}");

    let fresh = presign(good, bucket, false, SystemTime::now()).await;
    for (from, to) in [("/a/k?", "/a/other?"), ("X-Amz-Expires=300", "X-Amz-Expires=301")] {
        let uri = fresh.request.uri().replacen(from, to, 1);
        assert_ne!(uri, fresh.request.uri());
        let (status, text) = send_to(&uri, &fresh, "hello", &[]).await;
        assert!(status == 403 && text.contains("SignatureDoesNotMatch"), "{status} {text}");
    }
    let weeks = fresh.request.uri().replacen("X-Amz-Expires=300", "X-Amz-Expires=604801", 1);
    let (status, text) = send_to(&weeks, &fresh, "hello", &[]).await;
    assert!(status == 400 && text.contains("AuthorizationQueryParametersError"), "{status} {text}");
    let foreign = presign(wrong, bucket, false, SystemTime::now()).await;
    assert_eq!(send(&foreign, "hello", &[]).await.0, 403);
    let unsigned = reqwest::Client::new().put(format!("{endpoint}/{bucket}/a/k")).body("hello").send();
    assert_eq!(unsigned.await.unwrap().status().as_u16(), 403);
    assert_eq!(stored(good, bucket).await, None);
}

#[tokio::test]
async fn signed_length_and_digest_bind_the_body() {
    let s3 = S3::start().unwrap();
    binds_the_body(&client(&s3, s3.secret_key()), &s3.bucket().unwrap()).await;
}

async fn binds_the_body(client: &Client, bucket: &str) {
    let upload = presign(client, bucket, true, SystemTime::now()).await;
    let signed: Vec<&str> = upload.request.headers().map(|(name, _)| name).collect();
    assert!(signed.contains(&"content-length") && signed.contains(&"x-amz-checksum-sha256"), "{signed:?}");

    let (status, text) = send(&upload, "hello, world", &[]).await;
    assert!(status == 403 && text.contains("SignatureDoesNotMatch"), "another length: {status} {text}");
    let (status, text) = send(&upload, "HELLO", &[]).await;
    assert!(
        status == 400 && (text.contains("BadDigest") || text.contains("ChecksumMismatch")),
        "another body: {status} {text}"
    );
    let (status, text) = send(&upload, "HELLO", &[("x-amz-checksum-sha256", None)]).await;
    assert!(matches!(status, 400 | 403), "no digest: {status} {text}");
    let another = [("x-amz-checksum-sha256", Some("NzPPxpg4DRHxv+2CuPvwxnRoZBHaE2RxRYFZzP41sLk="))];
    let (status, text) = send(&upload, "HELLO", &another).await;
    assert!(status == 403 && text.contains("SignatureDoesNotMatch"), "another digest: {status} {text}");
    let (status, text) = send(&upload, "hello", &[("x-amz-meta-a", Some("b"))]).await;
    assert!(matches!(status, 400 | 403) && text.contains("not signed"), "a stray header: {status} {text}");
    let hash = [("x-amz-content-sha256", Some("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))];
    let (status, text) = send(&upload, "hello", &hash).await;
    // MinIO takes an unsigned hash into the signature that it computes.
    let refusals = [(400, "XAmzContentSHA256Mismatch"), (403, "SignatureDoesNotMatch")];
    let refused = refusals.iter().any(|(code, word)| status == *code && text.contains(word));
    assert!(refused, "another hash: {status} {text}");
    assert_eq!(stored(client, bucket).await, None, "a refused upload leaves nothing behind");

    assert_eq!(send(&upload, "hello", &[]).await.0, 200);
    send(&upload, "HELLO", &[]).await;
    assert_eq!(stored(client, bucket).await.unwrap(), b"hello", "a refused upload replaces nothing");
}

/// What this repository's server refuses is what MinIO refuses.
#[tokio::test]
#[ignore = "needs MinIO, which takes minutes to build"]
async fn minio_refuses_the_same() {
    let Some(minio) = Minio::shared().await.unwrap() else { return };
    let good = client_of(&minio.endpoint(), minio.region(), minio.access_key(), minio.secret_key());
    let wrong = client_of(&minio.endpoint(), minio.region(), minio.access_key(), "another-secret");
    refuses_urls(&good, &wrong, &minio.endpoint(), &minio.bucket().await.unwrap()).await;
    binds_the_body(&good, &minio.bucket().await.unwrap()).await;
}

#[tokio::test]
async fn faults_come_as_often_as_asked_for() {
    let s3 = S3::start().unwrap();
    let (client, bucket) = (client(&s3, s3.secret_key()), s3.bucket().unwrap());
    let put =
        |key: &'static str| client.put_object().bucket(&bucket).key(key).body(ByteStream::from_static(b"x")).send();
    let is_there = |key: &str| s3.object_file(&bucket, key).is_file();

    s3.faults().fail_next(2, 503);
    for key in ["a", "b"] {
        let error = put(key).await.unwrap_err();
        assert_eq!(error.raw_response().unwrap().status().as_u16(), 503);
    }
    put("c").await.unwrap();
    s3.faults().cut_next(1);
    assert!(put("d").await.unwrap_err().raw_response().is_none() && !is_there("d"));
    s3.faults().lose_next(1);
    assert!(put("e").await.unwrap_err().raw_response().is_none() && is_there("e"));
    s3.faults().refuse(true);
    assert!(put("f").await.unwrap_err().raw_response().is_none());
    s3.faults().refuse(false);
    put("f").await.unwrap();
    s3.faults().hang(true);
    assert!(tokio::time::timeout(Duration::from_millis(200), put("g")).await.is_err());
    s3.faults().clear();
    put("g").await.unwrap();
    assert!(s3.faults().requests() >= 8);
}
