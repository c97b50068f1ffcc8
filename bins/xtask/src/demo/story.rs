//! The story: two users claim, see their URLs, extend and release; the pool refills; nothing is left.

use std::time::{Duration, Instant};

use super::{Error, platform::Platform, terminal};

/// What may take long: pulling a chart and installing it, or deleting a namespace.
const LONGEST: u64 = 120;

/// Everything that dploy and Flux make for environments.
const TRACES: &str = "dclaim,dinst,hr,gitrepository,helmrepository,ocirepository,controllerrevision";

/// Tells the story; with `keep` the templates stay at its end.
pub(super) async fn tell(platform: &Platform, keep: bool) -> Result<(), Error> {
    terminal::heading("a pool keeps two shells ready before anybody asks");
    filled(platform, "two members of the pool are ready").await?;
    platform.show(&["get", "dtpl,dinst"]).await?;

    terminal::heading("two users claim at once: bob from the pool, alice on demand");
    let (alice, bob) = (platform.login("alice").await?, platform.login("bob").await?);
    alice.dploy(&["template", "list"]).await?;
    let asked = ["env", "create", "webapp", "--param", "message=welcome", "--wait"];
    let (first, second) = tokio::join!(bob.dploy(&["env", "create", "shell"]), alice.dploy(&asked));
    first.and(second)?;
    platform.show(&["get", "dclaim,dinst,hr,ns"]).await?;

    terminal::heading("they list and extend what they have");
    bob.dploy(&["env", "list"]).await?;
    alice.dploy(&["env", "extend", "webapp"]).await?;
    filled(platform, "the pool has refilled").await?;

    terminal::heading("they release it");
    bob.dploy(&["env", "delete", "shell", "--wait"]).await?;
    alice.dploy(&["env", "delete", "webapp", "--wait"]).await?;
    if keep {
        return Ok(());
    }
    platform.show(&["delete", "dtpl", "--all"]).await?;
    gone(platform).await
}

async fn filled(platform: &Platform, what: &str) -> Result<(), Error> {
    let start = Instant::now();
    let ready = ["get", "dtpl", "shell", "-o", "jsonpath={.status.poolAvailable}"];
    until(what, async || Ok(platform.kubectl(&ready).await? == "2")).await?;
    terminal::happened(what, start);
    Ok(())
}

/// Waits until nothing is left of any environment.
async fn gone(platform: &Platform) -> Result<(), Error> {
    let start = Instant::now();
    let left = async || -> Result<String, Error> {
        let objects = platform.kubectl(&["get", TRACES, "-o", "name"]).await?;
        let namespaces = platform.kubectl(&["get", "ns", "-l", "dploy.dev/managed=true", "-o", "name"]).await?;
        Ok(objects + &namespaces)
    };
    if let Err(late) = until("nothing is left", async || Ok(left().await?.trim().is_empty())).await {
        return Err(left().await.map_or(late, Error::LeftOver));
    }
    terminal::happened("what is left: nothing (no claim, instance, release, source, revision or namespace)", start);
    Ok(())
}

async fn until(what: &str, holds: impl AsyncFn() -> Result<bool, Error>) -> Result<(), Error> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(LONGEST) {
        if holds().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Err(Error::Late { what: what.to_owned(), seconds: LONGEST })
}
