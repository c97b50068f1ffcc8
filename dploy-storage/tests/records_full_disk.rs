//! The records when the disk takes no more bytes. The limit is one of the whole process, hence a test of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![cfg(all(feature = "sqlite", target_os = "linux"))]

use std::process::Command;

use dploy_core::{
    json::Json,
    releases::{
        audit::{AuditEvent, AuditFilter, Outcome},
        page::Page,
        ports::{AuditRecords as _, RecordError},
    },
    time::Timestamp,
};
use dploy_storage::sql::{DatabaseUrl, SqlRecords};
use tokio::signal::unix::{SignalKind, signal};

/// SIGXFSZ: a file would become larger than its process may make it.
const FILE_TOO_LARGE: i32 = 25;

/// Lets no file of this process become larger, until told otherwise.
fn limit_files(size: &str) -> bool {
    let pid = std::process::id().to_string();
    Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={size}:")]).status().is_ok_and(|end| end.success())
}

fn event(number: usize) -> AuditEvent {
    AuditEvent {
        id: format!("event-{number}"),
        at: Timestamp::from_unix_seconds(1_700_000_000),
        actor: "test".to_owned(),
        action: "test.change".to_owned(),
        object: "x".repeat(20_000),
        app: None,
        outcome: Outcome::Done,
        detail: Json::object(),
        request: None,
        address: None,
    }
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_leaves_nothing_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::parse(&format!("sqlite://{}/records.db", folder.path().display())).unwrap();
    let records = SqlRecords::connect(&url).await.unwrap();
    // A handler keeps the signal from ending the process: the write fails as on a full disk.
    let _handler = signal(SignalKind::from_raw(FILE_TOO_LARGE)).unwrap();
    if !limit_files("2000000") {
        eprintln!("SKIPPED a_full_disk_is_an_error_and_leaves_nothing_half_done: prlimit is missing");
        return;
    }
    let mut stored = 0;
    let refused = loop {
        match records.append_event(&event(stored)).await {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, RecordError::Unavailable(_)), "{refused:?}");
    assert!(stored > 5, "some events fitted");
    let total = async || records.list_events(&AuditFilter::default(), Page::default()).await.unwrap().total;
    assert_eq!(total().await, stored as u64, "what was reported as stored is there, nothing else");
    assert!(limit_files("unlimited"));
    records.append_event(&event(stored)).await.unwrap();
    assert_eq!(total().await, stored as u64 + 1, "with room again it goes on");
}
