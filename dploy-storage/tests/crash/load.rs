//! What a process does until somebody kills it: all its users and its worker at once.

use std::{sync::Arc, time::Duration};

use dploy_core::releases::{application::AppRef, error::Error, service::RollbackTo};
use tokio::time::sleep;

use crate::{
    child::{Word, tell},
    client::{Client, caller, request},
};

/// Publishes, deploys and rolls back each application until the process ends; `name` tells its versions from others'.
pub(crate) async fn load(client: Client, apps: Vec<String>, name: String) {
    tell(&Word::Ready);
    let client = Arc::new(client);
    for app in apps {
        tokio::spawn(releases(Arc::clone(&client), app, name.clone()));
    }
    loop {
        if let Err(error) = client.pass().await {
            // Another process may have taken the lease of one that was slow.
            eprintln!("a pass ended early: {error:?}");
        }
    }
}

async fn releases(client: Arc<Client>, app: String, name: String) {
    for number in 0.. {
        if let Err(error) = release(&client, &app, &format!("{name}.{number}"), number).await {
            tell(&Word::Failed(format!("{app} {name}.{number}: {error:?}")));
        }
        sleep(Duration::from_millis(rand::random_range(0..40))).await;
    }
}

async fn release(client: &Client, app: &str, version: &str, number: u32) -> Result<(), Error> {
    client.published(app, version).await?;
    tell(&Word::Published { app: app.to_owned(), version: version.to_owned() });
    let queued = client.deploy(app, version, "staging").await?;
    tell(&Word::Queued(queued.id));
    if number % 4 == 3 {
        let (caller, app) = (caller(), AppRef::new(app));
        match client.releases.rollback(&caller, &app, RollbackTo::Previous, request("staging")).await {
            Ok(queued) => tell(&Word::Queued(queued.id)),
            // Nothing ran before.
            Err(Error::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Publishes, deploys and works until there is no space for another version.
pub(crate) async fn fill(client: Client, app: String) {
    for number in 0.. {
        let version = format!("{number}.0.0");
        match client.published(&app, &version).await {
            Ok(_) => tell(&Word::Published { app: app.clone(), version: version.clone() }),
            Err(Error::Records(_) | Error::Artifacts(_)) => return tell(&Word::Full),
            Err(error) => panic!("{error:?}"),
        }
        if let Ok(queued) = client.deploy(&app, &version, "staging").await {
            tell(&Word::Queued(queued.id));
        }
        // The worker may be refused at any step, too.
        drop(client.pass().await);
    }
}
