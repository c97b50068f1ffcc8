//! PostgreSQL serves, survives what tests do to it, and ends with its process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::time::Duration;

use dploy_servers::{Error, Link, Postgres, required};

#[tokio::test]
async fn every_test_gets_an_empty_database_of_its_own() -> Result<(), Error> {
    let Some(postgres) = Postgres::shared().await? else { return Ok(()) };
    let (one, two) = tokio::try_join!(postgres.database(), postgres.database())?;
    assert_ne!(one, two);
    postgres.query(&one, "CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)").await?;
    assert_eq!(postgres.query(&one, "SELECT n, n * 2 FROM t ORDER BY n").await?, "1|2\n2|4");
    assert!(postgres.query(&two, "SELECT * FROM t").await.unwrap_err().to_string().contains("does not exist"));
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_is_refused() -> Result<(), Error> {
    let Some(postgres) = Postgres::shared().await? else { return Ok(()) };
    let url = postgres.url("postgres").replacen('@', "x@", 1);
    let output = std::process::Command::new("psql").args(["-c", "SELECT 1", "--", &url]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("password authentication failed"), "{told}");
    Ok(())
}

#[tokio::test]
async fn what_is_committed_survives_sigkill_and_shutdown_on_the_same_port() -> Result<(), Error> {
    let Some(postgres) = required(Postgres::start().await)? else { return Ok(()) };
    let url = postgres.database().await?;
    postgres.query(&url, "CREATE TABLE t (n int)").await?;
    for n in 1..=2 {
        postgres.query(&url, &format!("INSERT INTO t VALUES ({n})")).await?;
        if n == 1 {
            postgres.kill().await?
        } else {
            postgres.stop().await?
        }
        assert!(postgres.query(&url, "SELECT 1").await.is_err());
        postgres.restart().await?;
        assert_eq!(postgres.query(&url, "SELECT count(*) FROM t").await?, n.to_string());
    }
    Ok(())
}

#[tokio::test]
async fn a_link_to_it_can_be_cut_held_and_refused() -> Result<(), Error> {
    let Some(postgres) = Postgres::shared().await? else { return Ok(()) };
    let link = Link::start(postgres.port())?;
    let query = |sql: &'static str| {
        let url = link.url(&postgres.url("postgres"));
        tokio::task::spawn_blocking(move || {
            let output = std::process::Command::new("psql").args(["-Atc", sql, "--", &url]).output().unwrap();
            if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
        })
    };
    query("SELECT 1").await.unwrap().unwrap();
    link.hang(true);
    let mut held = query("SELECT 2");
    assert!(tokio::time::timeout(Duration::from_millis(300), &mut held).await.is_err());
    link.hang(false);
    held.await.unwrap().unwrap();
    let sleeping = query("SELECT pg_sleep(60)");
    while postgres.query("postgres", "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep'").await?
        == "0"
    {}
    link.cut();
    assert!(sleeping.await.unwrap().unwrap_err().contains("closed the connection"));
    link.refuse(true);
    assert!(query("SELECT 3").await.unwrap().is_err());
    assert_eq!(link.connections(), 4);
    Ok(())
}
