//! Many at once, spread on two replicas.

use std::{sync::atomic::Ordering, time::Duration};

use dploy_servers::Error;
use futures::{StreamExt as _, future::join_all, stream};

use crate::{agreement::holds, hand::hand_at_work, site::Site};

/// How many applications are deployed at once in a usual run.
const DEPLOYS: usize = 40;
/// How many in a long one.
const LONG_DEPLOYS: usize = 200;
const POLICIES: [(&str, &str); 4] = [("a", "staging"), ("b", "production"), ("c", "staging"), ("d", "production")];

async fn deploys(count: usize) -> Result<(), Error> {
    let Some(site) = Site::new().await? else { return Ok(()) };
    let replicas = [site.start("a").await, site.start("b").await];
    let users = replicas.each_ref().map(|replica| replica.user());
    let apps: Vec<_> = (0..count).map(|number| (users[number % 2].clone(), format!("app-{number}"))).collect();
    let prepared = stream::iter(&apps).map(|(user, app)| async move {
        user.register(app).await;
        assert_eq!(user.released(app, "1.0.0").await.unwrap().0, 200, "{app}");
    });
    prepared.buffer_unordered(8).collect::<Vec<()>>().await;
    let (ends, hand) = hand_at_work(&site.remote, Duration::from_millis(100));
    let deploys = apps.iter().map(|(user, app)| async move {
        let (status, queued) = user.deploy(app, "1.0.0").await.unwrap();
        assert_eq!(status, 202, "{app}: {queued}");
        user.finished(queued["deploymentId"].as_str().unwrap()).await
    });
    let done = join_all(deploys).await;
    ends.store(true, Ordering::SeqCst);
    let human = hand.join().unwrap();
    for one in &done {
        assert_eq!(one["state"], "succeeded", "{one}");
        let id = one["deploymentId"].as_str().unwrap();
        let carried_out: usize = replicas.iter().map(|replica| replica.carried_out(id)).sum();
        assert_eq!(carried_out, 1, "{one}");
    }
    assert!(human.len() > 1, "nobody worked beside them");
    assert_eq!(site.remote.log("main")?.len(), 1 + count + human.len(), "one commit each");
    holds(&site.kept().await, &site.remote, &human).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s40_s41_w01_w02_two_replicas_carry_out_each_of_many_deploys_once_beside_a_human() -> Result<(), Error> {
    deploys(DEPLOYS).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: 200 deployments"]
async fn s40_s41_w01_w02_two_replicas_carry_out_each_of_200_deploys_once_beside_a_human() -> Result<(), Error> {
    deploys(LONG_DEPLOYS).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s30_of_ten_publishes_on_two_replicas_one_wins() -> Result<(), Error> {
    let Some(site) = Site::new().await? else { return Ok(()) };
    let replicas = [site.start("a").await, site.start("b").await];
    let users = replicas.each_ref().map(|replica| replica.user());
    users[0].register("web").await;
    for (name, target) in POLICIES {
        users[1].policy("web", name, target).await;
    }
    let archive = crate::versions::packed("web", "1.0.0").to_vec();
    assert_eq!(users[0].uploaded("web", "1.0.0", archive).await.unwrap().0, 200);
    let publishes = (0..10).map(|number| users[number % 2].publish("web", "1.0.0"));
    let answers: Vec<_> = join_all(publishes).await.into_iter().map(Result::unwrap).collect();
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(status, _)| *status == 200);
    assert_eq!(won.len(), 1, "{lost:?}");
    for (status, body) in &lost {
        assert_eq!((*status, body["error"]["code"].as_str()), (409, Some("conflict")), "{body}");
    }
    let deployments = won[0].1["deployments"].as_array().unwrap();
    assert_eq!(deployments.len(), POLICIES.len());
    for one in deployments {
        let done = users[1].finished(one["deploymentId"].as_str().unwrap()).await;
        assert_eq!(done["status"], "success", "{done}");
    }
    assert_eq!(users[0].get("/deployments").await["total"], POLICIES.len(), "one set of policy deployments");
    holds(&site.kept().await, &site.remote, &[]).await;
    Ok(())
}
