//! How many writes a deed takes, by the API server's audit log. Leases, Events and the status of templates, which many
//! deeds share, do not count; the source that environments of a template share is there beforehand.

use dploy_k8s::testing::Request;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    api::People,
    harness::eventually,
    site::{Site, chart, pool_of, run},
};

/// Fails with the writes where there are more than `most`.
fn at_most(most: usize, what: &str, writes: &[Request]) {
    let told: Vec<_> = writes
        .iter()
        .map(|write| {
            format!(
                "{} {} {}/{} {} {:?}",
                write.user, write.verb, write.resource, write.subresource, write.name, write.code
            )
        })
        .collect();
    eprintln!("{what}: {} writes", writes.len());
    assert!(writes.len() <= most, "{what} takes {} writes, {most} are allowed: {told:#?}", writes.len());
}

/// The template in the catalog and without isolation.
fn open(mut template: Value) -> Value {
    template["visible"] = json!(true);
    template["isolation"] = json!({ "level": "none" });
    template
}

/// Waits until the person's environment is healthy.
async fn healthy(people: &People, template: &str, token: &str) {
    eventually(&format!("{template} is healthy"), || async {
        let answer = people.status(0, template, token).await.unwrap();
        (answer.body["status"] == "Healthy").then_some(())
    })
    .await;
}

async fn create(people: &People, template: &str, token: &str) {
    let answer = people.create(0, template, token).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

async fn on_demand(site: &Site, isolation: Value, cold: usize, release: usize) {
    let _stub = site.stub().start();
    let (_operator, api) = (site.operator().await, site.api().await);
    let people = People::of(&[&api]);
    let more = json!({ "visible": true, "isolation": isolation });
    site.template("shell", chart(), more).await;
    people.know(&["shell"]).await;
    let (first, second) = (site.person("first"), site.person("second"));
    create(&people, "shell", &first).await;
    healthy(&people, "shell", &first).await;
    site.settled(site.mark()).await;

    let mark = site.mark();
    create(&people, "shell", &second).await;
    healthy(&people, "shell", &second).await;
    at_most(cold, "a cold environment from claim to Ready", &site.settled(mark).await);

    let mark = site.mark();
    assert_eq!(people.release(0, "shell", &second).await.unwrap().status, StatusCode::NO_CONTENT);
    site.holds(1).await;
    at_most(release, "a release", &site.settled(mark).await);
}

#[test]
fn a_cold_environment_takes_nine_writes_and_its_release_six() {
    run(|site| async move { on_demand(&site, json!({ "level": "none" }), 9, 6).await });
}

#[test]
fn an_isolated_cold_environment_takes_twelve_writes_and_its_release_six() {
    run(|site| async move { on_demand(&site, json!({ "level": "baseline" }), 12, 6).await });
}

#[test]
fn a_warm_claim_takes_four_writes_to_its_answer() {
    run(|site| async move {
        let _stub = site.stub().start();
        let (_operator, api) = (site.operator().await, site.api().await);
        let people = People::of(&[&api]);
        site.template("warm", chart(), open(pool_of(1, false))).await;
        people.know(&["warm"]).await;
        site.pool("warm", 1).await;
        site.settled(site.mark()).await;
        let (mark, token) = (site.mark(), site.person("jane"));
        create(&people, "warm", &token).await;
        at_most(4, "a warm claim from request to answer", &site.writes(mark));
        at_most(4, "a warm claim until all is told", &site.settled(mark).await);
        let mark = site.mark();
        assert_eq!(people.release(0, "warm", &token).await.unwrap().status, StatusCode::NO_CONTENT);
        eventually("a fresh member replaces it", || async {
            let writes = site.writes(mark);
            (writes.iter().filter(|write| write.verb == "create").count() >= 3).then_some(())
        })
        .await;
    });
}

#[test]
fn the_refill_of_one_member_takes_nine_writes_and_a_warm_claim_with_it_thirteen() {
    run(|site| async move {
        let _stub = site.stub().start();
        let (_operator, api) = (site.operator().await, site.api().await);
        let people = People::of(&[&api]);
        site.template("warm", chart(), open(pool_of(1, true))).await;
        people.know(&["warm"]).await;
        site.pool("warm", 1).await;
        site.settled(site.mark()).await;

        let mark = site.mark();
        site.resize("warm", 2).await;
        site.pool("warm", 2).await;
        at_most(9, "one member more", &site.settled(mark).await);

        let mark = site.mark();
        create(&people, "warm", &site.person("jane")).await;
        site.holds(3).await;
        site.pool("warm", 2).await;
        at_most(13, "a warm claim with its refill", &site.settled(mark).await);
    });
}
