//! A key of an S3 server, and a signature by it for what a server's setup needs.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The digest of no body at all.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// One key with its secret.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    pub(crate) region: &'static str,
}

impl Credentials {
    /// A key that no other server has.
    pub(crate) fn generate() -> Self {
        let random = || Uuid::new_v4().simple().to_string();
        // MinIO takes 20 characters at most.
        let access_key = random().to_uppercase().chars().take(20).collect();
        Self { access_key, secret_key: random(), region: "us-east-1" }
    }

    /// The headers, as lines, by which a request without a body and without a query is signed (AWS Signature
    /// Version 4).
    pub(crate) fn sign(&self, host: &str, method: &str, path: &str, now: Timestamp) -> String {
        let time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let date = time.get(..8).unwrap_or_default();
        let names = "host;x-amz-content-sha256;x-amz-date";
        let headers = format!("host:{host}\nx-amz-content-sha256:{EMPTY}\nx-amz-date:{time}\n");
        let canonical = format!("{method}\n{path}\n\n{headers}\n{names}\n{EMPTY}");
        let scope = format!("{date}/{}/s3/aws4_request", self.region);
        let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let secret = format!("AWS4{}", self.secret_key).into_bytes();
        let key = [date, self.region, "s3", "aws4_request"].iter().fold(secret, |key, part| mac(&key, part));
        let signature = hex(&mac(&key, &to_sign));
        format!(
            "x-amz-content-sha256: {EMPTY}\r\nx-amz-date: {time}\r\nauthorization: AWS4-HMAC-SHA256 \
             Credential={}/{scope}, SignedHeaders={names}, Signature={signature}\r\n",
            self.access_key
        )
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    // A key of any length will do, so there is no error to pass on.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
