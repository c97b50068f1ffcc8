use std::time::{Duration, Instant};

use dploy_core::releases::{
    application::AppRef,
    page::Page,
    ports::{
        ApplicationRecords as _, DeploymentFilter, DeploymentRecords as _, DraftRecords as _, LeaseRecords as _,
        RecordError, VersionRecords as _,
    },
};
use dploy_servers::Postgres;
use dploy_storage::sql::{DatabaseUrl, OpenError, SqlRecords};

use crate::{
    database::{Database, on_both},
    made::{application, deployment, draft, event, publication, target, world},
};

/// Much longer than any call may take.
const PATIENCE: Duration = Duration::from_secs(60);

on_both! {
    w06_a_publish_that_fails_leaves_a_draft_that_a_repeated_publish_completes(database) {
        let records = database.open().await;
        let (app, draft, staging) = world(&records).await;
        let nowhere = target("nowhere");
        let failing = publication(&draft, vec![deployment(&draft, &staging), deployment(&draft, &nowhere)]);
        let failed = records.publish(&failing, &event()).await;
        assert!(matches!(failed, Err(RecordError::Conflict)), "{failed:?}");
        let found = records.find_version(&app.id, &draft.version).await.unwrap();
        assert_eq!(found.as_ref(), Some(&draft));
        let queued = records.list_deployments(&DeploymentFilter::default(), Page::default()).await.unwrap();
        assert_eq!(queued.total, 0);
        let repeated = publication(&draft, vec![deployment(&draft, &staging)]);
        assert_eq!(records.publish(&repeated, &event()).await.unwrap().len(), 1);
    }

    w06_a_call_that_is_given_up_leaves_all_or_nothing(database) {
        let records = database.open().await;
        let (app, first, staging) = world(&records).await;
        for step in 0..40_u64 {
            let draft = draft(&app, &format!("2.{step}"));
            records.create_draft(&draft, &event()).await.unwrap();
            let record = publication(&draft, vec![deployment(&draft, &staging)]);
            let given_up = Duration::from_micros(step * 150);
            let _ = tokio::time::timeout(given_up, records.publish(&record, &event())).await;
            // A commit that was under way may still come: what is seen first is read on both sides of the other.
            let published = async || {
                records.find_version(&app.id, &draft.version).await.unwrap().unwrap().published.is_some()
            };
            let before = published().await;
            let queued = records.find_deployment(&record.deployments[0].id).await.unwrap().is_some();
            let after = published().await;
            assert!(queued || !before, "published without its deployment, given up after {given_up:?}");
            assert!(after || !queued, "queued without its publication, given up after {given_up:?}");
        }
        records.publish(&publication(&first, Vec::new()), &event()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_is_unavailable_and_comes_back() {
    let Some(server) = dploy_servers::required(Postgres::start().await).unwrap() else { return };
    let url = DatabaseUrl::parse(&server.database().await.unwrap()).unwrap();
    let records = SqlRecords::connect(&url).await.unwrap();
    let (app, draft, _) = world(&records).await;
    for stop in [true, false] {
        if stop {
            server.stop().await.unwrap()
        } else {
            server.kill().await.unwrap()
        }
        let begun = Instant::now();
        let refused = records.publish(&publication(&draft, Vec::new()), &event()).await;
        assert!(matches!(refused, Err(RecordError::Unavailable(_))), "{refused:?}");
        let refused = records.ready().await;
        assert!(matches!(refused, Err(RecordError::Unavailable(_))), "{refused:?}");
        assert!(begun.elapsed() < PATIENCE);
        server.restart().await.unwrap();
        records.ready().await.unwrap();
        let found = records.find_version(&app.id, &draft.version).await.unwrap();
        assert_eq!(found.as_ref(), Some(&draft), "nothing half-done");
    }
    records.publish(&publication(&draft, Vec::new()), &event()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_never_answers_is_unavailable() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://user:s3cr3t-word@{}/name?sslmode=disable", silent.local_addr().unwrap());
    let refused = SqlRecords::connect(&DatabaseUrl::parse(&url).unwrap()).await.unwrap_err();
    assert!(matches!(refused, OpenError::Unavailable(_)), "{refused:?}");
    assert!(!format!("{refused:?} {refused}").contains("s3cr3t-word"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_error_holds_the_password() {
    let Some(database) = Database::postgres().await else { return };
    let (user, rest) = database.text.rsplit_once('@').unwrap();
    let (user, _) = user.rsplit_once(':').unwrap();
    for text in [format!("{user}:s3cr3t-word@{rest}"), format!("{user}:s3cr3t-word@{rest}?sslmode=s3cr3t-word-never")] {
        let url = DatabaseUrl::parse(&text).unwrap();
        let refused = SqlRecords::connect(&url).await.unwrap_err();
        let mut told = format!("{url} {url:?} {refused}");
        let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&refused);
        while let Some(error) = cause {
            told = format!("{told} {error}");
            cause = error.source();
        }
        assert!(!told.contains("s3cr3t-word@"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_never_ends_makes_others_unavailable_until_it_does() {
    let database = Database::sqlite();
    let records = database.open().await;
    let (_, draft, staging) = world(&records).await;
    let other = sqlx::SqlitePool::connect(&database.text).await.unwrap();
    let transaction = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let record = publication(&draft, vec![deployment(&draft, &staging)]);
    let refused = records.publish(&record, &event()).await;
    assert!(matches!(refused, Err(RecordError::Unavailable(_))), "{refused:?}");
    assert_eq!(records.find_deployment(&record.deployments[0].id).await.unwrap(), None, "readers do not wait");
    transaction.rollback().await.unwrap();
    records.publish(&record, &event()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_written_is_unavailable() {
    let database = Database::sqlite();
    let records = database.open().await;
    let app = application("web");
    records.create_application(&app, &event()).await.unwrap();
    records.close().await;
    let read_only = DatabaseUrl::parse(&format!("{}?mode=ro", database.text)).unwrap();
    let records = SqlRecords::connect(&read_only).await.unwrap();
    let refused = records.create_application(&application("api"), &event()).await;
    assert!(matches!(refused, Err(RecordError::Unavailable(_))), "{refused:?}");
    assert_eq!(records.find_application(&AppRef::new("api")).await.unwrap(), None);
    assert_eq!(records.find_application(&AppRef::new("web")).await.unwrap(), Some(app));
}
