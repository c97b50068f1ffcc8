//! A disk that is full, for the database, the artifacts and the clone alike.

use dploy_servers::Error;

use super::Stand;
use crate::{
    agreement::holds,
    child::{Role, Task, Word},
};

/// Files cannot grow further than this many bytes beyond what the database's log has, which stands in for a full disk:
/// writes stop in their middle with an error.
const SPACE: u64 = 300_000;

#[tokio::test]
async fn s31_w06_a_full_disk_refuses_and_loses_nothing_that_was_told_as_done() -> Result<(), Error> {
    let Some(stand) = Stand::new(|_| {}).await? else { return Ok(()) };
    stand.client.policy("web", "every", "production").await;
    let task = Task { site: stand.site.clone(), role: Role::Fill { app: "web".to_owned() }, stop: None };
    let log = std::fs::metadata(stand.site.folder.join("records.db-wal")).unwrap().len();
    let limit = format!("--fsize={}", log + SPACE);
    let (through, words) = task.run_under(&["env", "--ignore-signal=XFSZ", "prlimit", &limit]);
    assert!(through, "{words:?}");
    let told = words.iter().filter_map(|word| match word {
        Word::Published { version, .. } => Some(version),
        _ => None,
    });
    let told: Vec<_> = told.collect();
    assert!(!told.is_empty() && words.contains(&Word::Full), "{words:?}");
    for version in told {
        assert!(stand.client.version("web", version).await.published.is_some(), "{version} is lost");
    }
    for word in &words {
        if let Word::Queued(id) = word {
            assert!(stand.client.records.find_deployment(id).await.unwrap().is_some(), "deployment {id} is lost");
        }
    }
    // There is space again.
    for draft in stand.client.drafts("web").await {
        stand.client.published_again("web", draft.version.as_str()).await;
    }
    stand.client.settle().await;
    holds(&stand.client, &stand.remote, &[]).await;
    stand.goes_on().await;
    Ok(())
}
