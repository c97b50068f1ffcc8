//! PostgreSQL serves, survives what tests do to it, and ends with its process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use dploy_servers::{Error, Postgres, required};

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
